from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.org.policy import Away, Duty, Window, roster_gaps
from huying.org.policy.gaps import is_overdue
from huying.org.policy.roster import check_confirmation, check_hand_over, check_shift
from huying.shared.errors import Conflict, IllegalMove, Incomplete, NotPermitted, Refused
from huying.shared.ids import StaffId

MIDNIGHT = datetime(2026, 4, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
CHEN, SUN = StaffId(1), StaffId(2)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def duty(start: float, end: float, staff: StaffId = CHEN) -> Duty:
    return Duty(staff, at(start), at(end))


def gap(start: float, end: float) -> Window:
    return Window(at(start), at(end))


@pytest.mark.parametrize(
    ("duties", "absences", "gaps"),
    [
        # §4.1 nobody at all
        ([], [], [gap(0, 24)]),
        # §4.2 three shifts that meet
        ([duty(0, 8), duty(8, 16, SUN), duty(16, 24)], [], []),
        # §4.3 an hour between two shifts
        ([duty(0, 8), duty(9, 24, SUN)], [], [gap(8, 9)]),
        # §4.4 a shift of the day before reaches in, the last one reaches out
        ([duty(-4, 12), duty(12, 30, SUN)], [], []),
        # §4.5 overlapping shifts hide no gap
        ([duty(0, 10), duty(2, 6, SUN), duty(12, 24)], [], [gap(10, 12)]),
        # §4.6 somebody away is not on duty
        ([duty(0, 24)], [Away(CHEN, at(6), at(7))], [gap(6, 7)]),
        # §4.7 away, but a colleague is on the same shift
        ([duty(0, 24), duty(0, 24, SUN)], [Away(CHEN, at(6), None)], []),
        # §4.8 a shift after the window does not count
        ([duty(24, 32)], [], [gap(0, 24)]),
        # §4.9 the absence of somebody else changes nothing
        ([duty(0, 24)], [Away(SUN, at(0), None)], []),
        # §4.10 away from before the shift until its middle
        ([duty(0, 24)], [Away(CHEN, at(-3), at(5)), Away(CHEN, at(1), at(2))], [gap(0, 5)]),
    ],
)
def test_roster_gaps(duties: list[Duty], absences: list[Away], gaps: list[Window]) -> None:
    assert roster_gaps(duties, at(0), at(24), absences) == tuple(gaps)


HOURS = st.integers(-5, 30)
SPANS = st.tuples(HOURS, st.integers(1, 12))
PEOPLE = st.sampled_from([CHEN, SUN])


@given(
    st.lists(st.builds(lambda p, s: duty(s[0], sum(s), p), PEOPLE, SPANS)),
    st.lists(st.builds(lambda p, s: Away(p, at(s[0]), at(sum(s))), PEOPLE, SPANS)),
)
def test_every_half_hour_is_in_a_gap_exactly_when_nobody_works(
    duties: list[Duty], absences: list[Away]
) -> None:
    gaps = roster_gaps(duties, at(0), at(24), absences)
    for half_hour in range(48):
        moment = at(half_hour / 2 + 0.25)
        absent = {a.staff_id for a in absences if a.starts_at <= moment and a.ends_at and moment < a.ends_at}
        works = any(d.starts_at <= moment < d.ends_at and d.staff_id not in absent for d in duties)
        assert any(g.starts_at <= moment < g.ends_at for g in gaps) is not works


@pytest.mark.parametrize(
    ("new", "others", "refusal"),
    [
        # the same person twice
        (duty(8, 16), [duty(0, 9)], Conflict),
        # no length
        (duty(8, 8), [], Incomplete),
        # 25 hours
        (duty(0, 25), [], Incomplete),
        # ends before it starts
        (duty(8, 6), [], Incomplete),
    ],
)
def test_shifts_that_cannot_be(new: Duty, others: list[Duty], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        check_shift(new, others)


def test_shifts_that_can_be() -> None:
    check_shift(duty(8, 16), [duty(0, 8), duty(16, 24)])  # meeting is not overlapping
    check_shift(duty(8, 16), [duty(8, 16, SUN)])  # two people share a shift
    check_shift(duty(0, 24), [])


@pytest.mark.parametrize(
    ("writer", "coming", "text", "hour", "refusal"),
    [
        # §5.1 only who was on duty hands over
        (SUN, duty(8, 16, SUN), "无", 8, NotPermitted),
        (None, duty(8, 16, SUN), "无", 8, NotPermitted),
        # §5.2 not before the shift began
        (CHEN, duty(8, 16, SUN), "无", -1, IllegalMove),
        # §5.3 something must be said
        (CHEN, duty(8, 16, SUN), "  ", 8, Incomplete),
        # §5.4 to somebody who is on the roster, and not to oneself
        (CHEN, None, "无", 8, Incomplete),
        (CHEN, duty(8, 16, CHEN), "无", 8, Incomplete),
    ],
)
def test_hand_overs_that_are_refused(
    writer: StaffId | None, coming: Duty | None, text: str, hour: int, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        check_hand_over(duty(0, 8), writer, coming, text, at(hour))


def test_hand_over_by_the_leaving_officer_to_the_coming_one() -> None:
    check_hand_over(duty(0, 8), CHEN, duty(8, 16, SUN), "无", at(8))


@pytest.mark.parametrize(
    ("confirmer", "confirmed_at", "now", "refusal"),
    [
        # §5.5 only the coming officer confirms
        (CHEN, None, at(8), NotPermitted),
        # §5.6 once
        (SUN, at(8), at(9), IllegalMove),
        # not before it was written
        (SUN, None, at(7), IllegalMove),
    ],
)
def test_confirmations_that_are_refused(
    confirmer: StaffId, confirmed_at: datetime | None, now: datetime, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        check_confirmation(SUN, confirmer, confirmed_at, now, at(8))


def test_the_coming_officer_confirms_once() -> None:
    check_confirmation(SUN, SUN, None, at(8), at(8))


@pytest.mark.parametrize(
    ("confirmed_at", "hour", "overdue"),
    [
        # §5.7 within the quarter of an hour
        (None, 8.2, False),
        # the quarter is over
        (None, 8.25, True),
        # confirmed
        (at(8), 20, False),
    ],
)
def test_is_overdue(confirmed_at: datetime | None, hour: float, overdue: bool) -> None:
    assert is_overdue(at(8), confirmed_at, at(hour)) is overdue
