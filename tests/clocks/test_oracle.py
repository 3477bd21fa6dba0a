"""The rules agree with slow counting."""

import os
from datetime import date

from hypothesis import given, seed, settings
from hypothesis import strategies as st
from tests.clocks.oracle import BEGIN, LIMITS, MINUTE, Promise, Year, notice_days, notice_of_2026, slow

from huying.clocks.policy import Calendar, Edition, Limit, Pause, due_at, warn_at
from huying.clocks.states import LimitType

SEED = int(os.environ.get("HUYING_SEED", "20261121"))
minutes = st.integers(min_value=0, max_value=12 * 1440)


@seed(SEED)
@settings(max_examples=300, deadline=None, database=None)
@given(
    limit=st.sampled_from(LIMITS),
    begin=minutes,
    gaps=st.lists(minutes, max_size=4),
    extra=st.integers(0, 3),
    new_year=st.booleans(),
)
def test_rules_agree_with_slow_counting(
    limit: tuple[int, LimitType], begin: int, gaps: list[int], extra: int, new_year: bool
) -> None:
    moment = BEGIN + MINUTE * begin
    promise = Promise(moment, *limit, extra=extra)
    for number, gap in enumerate(gaps):
        after = moment + MINUTE * (gap % 4_000)
        if number % 2:
            promise.pauses.append((moment, after))
        moment = after
    years = {2026: notice_of_2026()}
    if new_year:
        years[2027] = Year({date(2027, 1, 1), date(2026, 12, 31)}, {date(2026, 12, 27)})

    if promise.kind is LimitType.URGENT_MINUTES:
        promise.extra *= 5  # the oracle walks in whole minutes, also to 80 %
    facts = (promise.start, Limit(*limit), quick_calendar(years), spans(promise), promise.extra)

    assert due_at(*facts) == slow(promise, years)
    assert warn_at(*facts) == slow(promise, years, tenths=8)


def quick_calendar(years: dict[int, Year]) -> Calendar:
    return Calendar(Edition(number, 1, notice_days(year)) for number, year in years.items())


def spans(promise: Promise) -> list[Pause]:
    return [Pause(stopped, end) for stopped, end in promise.pauses]
