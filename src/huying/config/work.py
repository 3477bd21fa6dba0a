"""The background tasks of one worker process, a thread for each."""

import logging
from collections.abc import Callable
from importlib.util import find_spec
from threading import Event, Thread

from django.db import connection
from django.utils.module_loading import import_string

TASKS = (
    "huying.clocks.tasks.sweep_forever",
    "huying.intake.tasks.account_forever",
    "huying.ledger.tasks.sequence_forever",
)  # each takes an Event and returns soon after it is set

logger = logging.getLogger(__name__)


def run(stop: Event) -> None:
    """Run every task until `stop`. Exits with code 1 when one broke: the supervisor starts us anew."""
    broken: list[str] = []
    tasks = [import_string(name) for name in TASKS if find_spec(name.rpartition(".")[0])]
    threads = [Thread(target=_attempt, args=[task, stop, broken], name=task.__name__) for task in tasks]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()
    if broken:
        raise SystemExit(1)


def _attempt(task: Callable[[Event], object], stop: Event, broken: list[str]) -> None:
    try:
        task(stop)
    except Exception:
        logger.exception("background task %s broke", task.__name__)
        broken.append(task.__name__)
        stop.set()
    finally:
        connection.close()
