"""What the worker does for the door: it adds up the counts, and forgets what has been kept long enough."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from django.conf import settings
from django.db import Error, connection
from django.utils.timezone import now

from huying.intake import actions

PERIOD_SECONDS = 1.0
FORGET_EVERY = timedelta(hours=1)

logger = logging.getLogger(__name__)


def account_forever(stop: Event) -> None:
    """Add up what this machine's web processes counted, until `stop`. Any number of workers may run."""
    forgotten_at: datetime | None = None
    while not stop.wait(PERIOD_SECONDS):
        moment = now()
        try:
            actions.fold(Path(settings.DOOR_FOLDER), now=moment)
            if forgotten_at is None or moment - forgotten_at > FORGET_EVERY:
                actions.forget(now=moment)
                forgotten_at = moment
        except (Error, OSError):
            logger.exception("counts of the door not added up, trying again")
            connection.close()
    connection.close()
