"""F15: everything is killed at once and comes back in any order."""

import os
import random
import signal
import sys
import time

import pytest

from .clients import Load, filed
from .oracle import hasten, judge, latest_by, waiting
from .street import HERE, Street, until
from .tally import Tally

pytestmark = pytest.mark.fault

REPORTS = 60
AWAY_SECONDS = 4
ORDERS = (1, 2, 3)  # seeds


def kill_everything(street: Street) -> None:
    for child in street.children:
        child.kill()
    street.kill_database()
    for child in street.children:
        child.wait()


@pytest.mark.parametrize("seed", ORDERS)
def test_what_fell_due_meanwhile_fires_once_and_says_how_late(
    street: Street, tally: Tally, seed: int
) -> None:
    street.start_web()
    street.start_worker()
    with Load(street, "f15") as load:
        load.wait_for(REPORTS)
        hasten(street, 0, AWAY_SECONDS)
        kill_everything(street)
        time.sleep(AWAY_SECONDS)
        starts = [street.start_database, lambda: street.start_web(wait=False), street.start_worker]
        for start in random.Random(seed).sample(starts, len(starts)):
            start()
        load.wait_for(REPORTS)
    until(lambda: not waiting(street), street.said)
    assert latest_by(street) > 1
    assert load.log.improper == [], street.complained()
    tally.kept("F15", judge(street, load.log))


def test_control_timers_in_memory_are_gone(street: Street, tally: Tally) -> None:
    street.start_web()
    filed(street, REPORTS)
    street.stop(street.web, signal.SIGTERM)
    hasten(street, 2, 3)
    timers = street.spawn([sys.executable, HERE / "timers.py", street.url, "arm"])
    until(lambda: "armed" in street.said())
    os.kill(timers.pid, signal.SIGKILL)
    street.kill_database()
    time.sleep(3)
    street.start_database()
    street.spawn([sys.executable, HERE / "timers.py", street.url, "again"])
    time.sleep(2)
    verdict = judge(street, grace=0, invariants=False)
    tally.control("F15", failed=verdict.missed >= REPORTS, seen=verdict)
