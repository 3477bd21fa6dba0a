"""The one thread that reads what happened: woken by NOTIFY, and once a second anyway."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import psycopg
from django.db import Error, connection

from huying.cases import queries as cases
from huying.cases.queries import News
from huying.database.waking import CHANNEL
from huying.shared.errors import Incomplete

POLL_SECONDS = 1.0
SOON_SECONDS = 0.15  # longer than a writer keeps quiet after it woke us (database/waking.py)
GATHER_SECONDS = 0.05  # steps that come together go out together
AGAIN_SECONDS = 1.0  # after the database was away
MOST = 2_000  # steps of one look; more is a gap: a bulk import

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Reader:
    """Tells everything committed from its start on, in order and once, until `stop`.

    tell: called in this thread with what happened; also with nothing, when only time went by.
    """

    tell: Callable[[News], None]
    stop: Event
    position: str = ""  # up to where everything was told; "" = the database was not reached yet

    def run(self) -> None:
        """Survives a database that goes away: the position is kept meanwhile."""
        while not self.stop.is_set():
            try:
                self._follow()
            except (Error, psycopg.Error) as error:
                logger.warning("live: the database is away: %s", error)
                connection.close()
                self.stop.wait(AGAIN_SECONDS)
        connection.close()

    def _follow(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        while not self.stop.is_set():
            found = self.look()
            if not self._woken(SOON_SECONDS if found else POLL_SECONDS):
                continue
            self.stop.wait(GATHER_SECONDS)
            self.look()
            self._woken(SOON_SECONDS)

    def look(self) -> bool:
        """Read once; tell whether there was anything."""
        news = self._news()
        self.position = news.until
        self.tell(news)
        return bool(news.steps)

    def _news(self) -> News:
        if not self.position:
            return News([], cases.position(), is_complete=True)
        try:
            return cases.steps_since(self.position, most=MOST)
        except Incomplete:  # the database was restored to an earlier state: everybody fetches anew
            return News([], cases.position(), is_complete=False)

    def _woken(self, patience: float) -> bool:
        """Wait for a NOTIFY so long; tell whether one came."""
        return any(connection.connection.notifies(timeout=patience, stop_after=1))
