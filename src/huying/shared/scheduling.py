"""How the kernel shares the cores among our processes."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

_CALLER = 0


def work_in_turn() -> None:
    """Let this thread, and what it starts from now on, wait for a core instead of interrupting who computes.

    With every step control goes to and fro between a web process and the database. By default who is woken
    displaces who woke it, in mid-work and holding the interpreter; as SCHED_BATCH (man 7 sched) it goes on
    when a core is free: ADR 0015. Who was given another policy than the usual keeps it. Where a container
    forbids the change all goes on as before, and the log says so.
    """
    try:
        if os.sched_getscheduler(_CALLER) == os.SCHED_OTHER:
            os.sched_setscheduler(_CALLER, os.SCHED_BATCH, os.sched_param(0))
    except OSError as error:
        logger.warning("processes keep the usual scheduling: %s", error)


@contextmanager
def started_in_turn() -> Iterator[None]:
    """Let what is started within the block work in turn, and this thread as before afterwards."""
    before = os.sched_getscheduler(_CALLER)
    work_in_turn()
    try:
        yield
    finally:
        if os.sched_getscheduler(_CALLER) != before:
            os.sched_setscheduler(_CALLER, before, os.sched_param(0))
