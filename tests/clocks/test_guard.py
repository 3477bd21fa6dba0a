"""When the sweeper may trust the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from huying.clocks.policy import Guard, Reading, judge

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def after(seconds: float, jump: float = 0.0, boot: str = "a") -> Reading:
    """The clocks `seconds` after noon, the wall clock off by `jump`."""
    return Reading(NOON + timedelta(seconds=seconds + jump), 1_000.0 + seconds, boot)


@pytest.mark.parametrize(
    ("readings", "is_halted"),
    [
        # clocks that agree
        ([after(0), after(10), after(20)], False),
        # a jump of two minutes is borne, one second more is not
        ([after(0), after(10, 120)], False),
        ([after(0), after(10, 121)], True),
        # two days ahead, three hours back
        ([after(0), after(1, 172_800)], True),
        ([after(0), after(1, -10_800)], True),
        # back again: not yet trusted after 59 s, trusted after 60 s
        ([after(0), after(1, 7_200), after(2), after(61)], True),
        ([after(0), after(1, 7_200), after(2), after(62)], False),
        # another jump starts the minute anew
        ([after(0), after(1, 7_200), after(2), after(30, 7_200), after(31), after(62)], True),
        # staying ahead never makes it right
        ([after(0), after(1, 7_200), after(4_000, 7_200)], True),
        # a reboot starts anew, but not for one who had halted
        ([after(0), after(1, 7_200, "b")], False),
        ([after(0), after(1, 7_200), after(2, 7_200, "b")], True),
        # slow drift: a minute and a half in each of three hours
        ([after(0), after(3_600, 90), after(7_200, 180), after(10_800, 270)], False),
    ],
)
def test_judge(readings: list[Reading], is_halted: bool) -> None:
    guard = Guard()
    for reading in readings:
        guard = judge(guard, reading)
    assert bool(guard.halted_at) is is_halted


def test_the_skew_is_told() -> None:
    guard = judge(judge(Guard(), after(0)), after(1, 7_200))
    assert (guard.skew_seconds, guard.halted_at) == (7_200.0, NOON + timedelta(seconds=7_201))
