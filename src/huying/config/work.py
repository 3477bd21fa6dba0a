"""The background tasks of one worker process, a thread for each."""

import logging
from collections.abc import Callable
from importlib.util import find_spec
from threading import Event, Thread
from time import monotonic

from django.db import connection
from django.utils.module_loading import import_string

TASKS = (
    "huying.clocks.tasks.sweep_forever",
    "huying.messages.tasks.deliver_forever",
    "huying.config.jobs.run_forever",
    "huying.intake.tasks.account_forever",
    "huying.ledger.tasks.sequence_forever",
    "huying.ledger.cosigning.cosign_forever",
    "huying.config.archiving.archive_forever",
)  # each takes an Event and returns soon after it is set
AGAIN_SECONDS = (1, 2, 5, 10, 30, 60)  # a task that breaks is started again after so long
HEALTHY_SECONDS = 300  # one that ran so long starts again at once

logger = logging.getLogger(__name__)


def run(stop: Event) -> None:
    """Run every task until `stop`. One that breaks is started again; the others go on meanwhile."""
    tasks = [import_string(name) for name in TASKS if find_spec(name.rpartition(".")[0])]
    threads = [Thread(target=keep_running, args=[task, stop], name=task.__name__) for task in tasks]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def keep_running(task: Callable[[Event], object], stop: Event) -> None:
    """Run a task until `stop`, again and again when it breaks or returns before."""
    failures = 0
    while not stop.is_set():
        started = monotonic()
        try:
            task(stop)
        except Exception:
            logger.exception("background task %s broke", task.__name__)
        finally:
            connection.close()
        failures = 0 if monotonic() - started > HEALTHY_SECONDS else failures + 1
        stop.wait(AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS)) - 1] if failures else 0)
