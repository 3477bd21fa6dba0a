"""The sweeper: one loop in each worker, one of which holds the turn."""

import logging
import os
import socket
import time
from pathlib import Path
from threading import Event

from django.db import Error, connection

from huying.clocks.actions import beat, sweep
from huying.clocks.policy import Reading

TURN = 0x68757969_6E67_0001  # advisory lock key: "huying", 1
PERIOD_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 5.0
BATCH = 1_000
TICKING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # counts through a suspended machine
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux only

logger = logging.getLogger(__name__)


def sweep_forever(stop: Event) -> None:
    """Fire deadlines until `stop`. Any number may run: one sweeps, the others take over within a second."""
    sweeper, failures = Sweeper(), 0
    while not stop.is_set():
        seconds = PERIOD_SECONDS
        try:
            if sweeper.has_turn() and sweeper.step(read_clocks()):
                seconds = 0.0
            failures = 0
        except Error:
            failures += 1
            seconds = min(PERIOD_SECONDS * 2**failures, MAX_BACKOFF_SECONDS)
            logger.exception("sweep failed, trying again in %.1f s", seconds)
            connection.close()  # the turn goes with the session
        stop.wait(seconds)  # not time.sleep: it fails when the clock is set back
    connection.close()


class Sweeper:
    """One worker's part: it sweeps while its database session holds the turn."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.session: object = None  # the session that holds the turn
        self.is_halted = False

    def has_turn(self) -> bool:
        """Hold or take the turn. It falls free by itself when the holder's session ends."""
        if self.session is not None and self.session is connection.connection:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
            is_ours = bool(cursor.fetchone()[0])
        self.session = connection.connection if is_ours else None
        return is_ours

    def step(self, reading: Reading) -> bool:
        """Leave a pulse and sweep one batch; return whether more may be waiting."""
        guard = beat(reading, worker=self.name)
        self._tell(bool(guard.halted_at), guard.skew_seconds)
        if guard.halted_at:
            return False
        swept = sweep(now=reading.wall, batch=BATCH)
        return BATCH in (swept.fired, swept.warned)

    def _tell(self, is_halted: bool, skew_seconds: float) -> None:
        if is_halted and not self.is_halted:
            logger.critical("clock jumped by %+.0f s: firing no deadlines until it is right", skew_seconds)
        if self.is_halted and not is_halted:
            logger.warning("clock trusted again, deadlines are fired")
        self.is_halted = is_halted


def read_clocks() -> Reading:
    """Read the database's wall clock and this machine's ticks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        wall = cursor.fetchone()[0]
    boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else socket.gethostname()
    return Reading(wall, time.clock_gettime(TICKING), boot)
