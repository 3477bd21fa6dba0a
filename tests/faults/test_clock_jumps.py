"""F11: the database's clock jumps three days ahead, then two hours back, then is right again."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from .clients import filed
from .clock import FakeClock
from .oracle import fired, hasten, judge, latest_by, waiting
from .street import Street, until
from .tally import Tally

pytestmark = pytest.mark.fault

REPORTS = 60
TRUST_SECONDS = 90  # clocks that agree for a minute are trusted again


@pytest.fixture
def clock(street: Street) -> Iterator[FakeClock]:
    """The clock of the street's database, which is started anew with it; web and worker run.

    Afterwards it is right: the next test may find the same server.
    """
    clock = FakeClock(street.home / "clock")
    clock.set("+0")
    street.cluster.stop()
    street.start_database(**clock.environment)
    street.start_web()
    yield clock
    clock.set("+0")


def alarm(street: Street) -> str:
    """Return what `huying clocks status` complains of, "" when all is well."""
    done = street.huying("clocks", "status")
    return done.stdout if done.returncode else ""


def test_a_false_clock_fires_nothing_and_the_right_one_everything_once(
    street: Street, tally: Tally, clock: FakeClock
) -> None:
    log = filed(street, REPORTS)
    street.start_worker()
    until(lambda: street.one("SELECT beat_at IS NOT NULL FROM clocks_sweeperstate"))
    hasten(street, 5, 60)  # all fall due while nobody knows what time it is
    for offset in ("+3d", "-2h"):
        clock.set(offset)
        time.sleep(3)
        assert "时钟跳变" in alarm(street)
        assert "huying_sweeper_halted 1" in street.answer("/metrics")[1]
    escalated = fired(street)
    clock.set("+0")
    until(lambda: fired(street) and not waiting(street), street.said, TRUST_SECONDS)
    until(lambda: fired(street) >= REPORTS)
    assert latest_by(street) > 30  # it came late, and the ledger says by how much
    verdict = judge(street, log)
    tally.kept("F11", replace(verdict, early=verdict.early + escalated))


def test_control_a_sweeper_that_believes_any_clock_escalates_the_town(
    street: Street, tally: Tally, clock: FakeClock
) -> None:
    filed(street, REPORTS)  # due in ten minutes
    street.start_worker(without="guard")
    until(lambda: street.one("SELECT beat_at IS NOT NULL FROM clocks_sweeperstate"))
    clock.set("+3d")
    time.sleep(3)
    escalated = fired(street)
    tally.control("F11", failed=escalated >= REPORTS, seen=escalated)
