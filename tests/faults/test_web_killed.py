"""F2: a web process is killed again and again while every report is sent twice at once."""

import os
import random
import signal
import time
from contextlib import suppress

import pytest

from .clients import Load
from .oracle import judge
from .street import Street
from .tally import Tally

pytestmark = pytest.mark.fault

PAUSE_SECONDS = 0.5
SEED = 20261121


def kill_web_processes(street: Street, load: Load, seconds: float) -> None:
    """Kill one at random every half second; the supervisor brings them back, ever more slowly."""
    dice = random.Random(SEED)
    load.wait_for(50)
    for _ in range(int(seconds / PAUSE_SECONDS)):
        time.sleep(PAUSE_SECONDS)
        if victims := street.web_processes():
            with suppress(ProcessLookupError):
                os.kill(dice.choice(victims), signal.SIGKILL)
    load.wait_for(50)


@pytest.mark.parametrize("seconds", [2, 30])
def test_who_sends_again_with_his_key_is_counted_once(street: Street, tally: Tally, seconds: float) -> None:
    street.start_all()
    with Load(street, "f2", doubly=True) as load:
        kill_web_processes(street, load, seconds)
    assert load.log.improper == []
    assert load.log.statuses[0] > 0  # the fault was felt
    tally.kept("F2", judge(street, load.log))


def test_control_without_the_unique_key_reports_are_doubled(street: Street, tally: Tally) -> None:
    street.fetch("ALTER TABLE cases_case DROP CONSTRAINT case_reported_once")
    street.start_all()
    with Load(street, "f2", doubly=True) as load:
        kill_web_processes(street, load, 1)
    verdict = judge(street, load.log, invariants=False)
    tally.control("F2", failed=verdict.doubled > 0, seen=verdict)
