"""F12: the web process's clock is five minutes ahead of the database's."""

import sys

import pytest

from .clients import hotline, report
from .clock import FakeClock
from .street import Street, free_port
from .tally import Tally, Verdict

AHEAD_SECONDS = 300
_AHEAD = "SELECT extract(epoch FROM max(reported_at) - clock_timestamp()) FROM cases_case"


@pytest.fixture
def clock(street: Street) -> FakeClock:
    """The clock of the web processes."""
    clock = FakeClock(street.home / "clock")
    clock.set("+0")
    return clock


def drift(street: Street, clock: FakeClock) -> None:
    clock.set(f"+{AHEAD_SECONDS}")


def test_a_drifted_clock_is_seen_and_no_site_starts_with_it(
    street: Street, tally: Tally, clock: FakeClock
) -> None:
    street.start_web(**clock.environment)
    drift(street, clock)
    status, text = street.answer("/readyz")
    assert status == 503
    assert text.startswith("本机时钟与数据库相差+")
    skews = [
        line for line in street.answer("/metrics")[1].splitlines() if line.startswith("huying_clock_skew")
    ]
    assert abs(float(skews[0].split()[1]) - AHEAD_SECONDS) < 5
    clock.set("+0")
    assert street.answer("/readyz")[0] == 200

    drift(street, clock)
    second = street.spawn(
        [sys.executable, "-m", "huying", "web", "--port", str(free_port())], **clock.environment
    )
    assert second.wait(60) == 2
    assert "请先校准时钟" in street.said()
    tally.kept("F12", Verdict())


def test_control_without_the_comparison_deadlines_are_minutes_off(
    street: Street, tally: Tally, clock: FakeClock
) -> None:
    street.start_web(without="skew", **clock.environment)
    drift(street, clock)
    answer = hotline(street).post("/reports", report(street, 1), Idempotency_Key="f12")
    off = float(str(street.one(_AHEAD)))
    seen = (answer.status, street.answer("/readyz")[0], off)
    tally.control("F12", failed=seen[:2] == (201, 200) and off > AHEAD_SECONDS - 60, seen=seen)
