"""Counting time the slow way: minute by minute and day by day, from the words of docs/rules/clocks.md.

Shares no code with `clocks/policy` but the words of the limit types.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huying.clocks import states
from huying.clocks.policy import Day
from huying.clocks.states import LimitType

HERE = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEGIN = datetime(2026, 12, 18, 9, tzinfo=HERE)  # deadlines reach into 2027, which has no calendar yet
LIMITS = [
    (5, LimitType.URGENT_MINUTES),
    (30, LimitType.URGENT_MINUTES),
    (2, LimitType.URGENT_HOURS),
    (1, LimitType.WORK_HOURS),
    (10, LimitType.WORK_HOURS),
    (1, LimitType.WORK_DAYS),
    (3, LimitType.WORK_DAYS),
    (5, LimitType.WORK_DAYS),
    (1, LimitType.NATURAL_DAYS),
    (7, LimitType.NATURAL_DAYS),
]


@dataclass
class Year:
    """Days off and make-up days of one notice."""

    off: set[date] = field(default_factory=set)
    on: set[date] = field(default_factory=set)


def notice_of_2026() -> Year:
    file = Path(states.__file__).parent / "calendars" / "CN-2026.1.toml"
    year = Year()
    for holiday in tomllib.loads(file.read_text("utf-8"))["holidays"]:
        day = holiday["from"]
        while day <= holiday["to"]:
            year.off.add(day)
            day += DAY
        year.on.update(holiday.get("makeup_days", []))
    return year


@dataclass
class Promise:
    """What the oracle needs to know; pauses are (from, to), to None while open."""

    start: datetime
    amount: int
    kind: LimitType
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    extra: int = 0

    def stands_still(self, moment: datetime) -> bool:
        return any(stopped <= moment and (end is None or moment < end) for stopped, end in self.pauses)


def workday(years: dict[int, Year], day: date) -> bool:
    for year in sorted(years, reverse=True):  # the later notice also speaks for December before
        if day in years[year].on:
            return True
        if day in years[year].off:
            return False
    return day.weekday() < 5


def worked_minute(years: dict[int, Year], moment: datetime) -> bool:
    hour = moment.time()
    inside = time(8) <= hour < time(12) or time(14) <= hour < time(18)
    return inside and workday(years, moment.date())


def minutes_on(day: date) -> Iterator[datetime]:
    first = datetime.combine(day, time(), HERE)
    return (first + MINUTE * number for number in range(1440))


def walk(start: datetime, needed: int, counts: Callable[[datetime], bool]) -> datetime:
    """Walk until `needed` minutes have counted."""
    moment = start
    while needed:
        needed -= counts(moment)
        moment += MINUTE
    return moment


def slow(promise: Promise, years: dict[int, Year], tenths: int = 10) -> datetime | None:
    if any(end is None for _, end in promise.pauses):
        return None
    amount = (promise.amount + promise.extra) * tenths
    if promise.kind == LimitType.URGENT_MINUTES:
        return walk(promise.start, amount // 10, lambda m: not promise.stands_still(m))
    if promise.kind == LimitType.URGENT_HOURS:
        return walk(promise.start, amount * 6, lambda m: not promise.stands_still(m))
    if promise.kind == LimitType.WORK_HOURS:
        return walk(
            promise.start, amount * 6, lambda m: worked_minute(years, m) and not promise.stands_still(m)
        )
    return slow_days(promise, years, amount)


def slow_days(promise: Promise, years: dict[int, Year], amount: int) -> datetime:
    def whole(day: date) -> bool:
        return not promise.pauses or not any(promise.stands_still(moment) for moment in minutes_on(day))

    natural = promise.kind == LimitType.NATURAL_DAYS
    ends = time(23, 59) if natural else time(17, 59)  # the last minute that belongs to the day
    day, left = promise.start.date(), amount
    while left >= 10:
        day += DAY
        if (natural or workday(years, day)) and whole(day):
            left -= 10
    if left:
        day += DAY
        while not ((natural or workday(years, day)) and whole(day)):
            day += DAY
        counts = (lambda m: True) if natural else (lambda m: worked_minute(years, m))
        return walk(datetime.combine(day, time(), HERE), (144 if natural else 48) * left, counts)
    if natural and amount == (promise.amount + promise.extra) * 10:
        while not (workday(years, day) and whole(day)):
            day += DAY
    return datetime.combine(day, ends, HERE) + MINUTE


def needs_missing_year(promise: Promise, due: datetime, years: dict[int, Year]) -> bool:
    if promise.kind in (LimitType.URGENT_MINUTES, LimitType.URGENT_HOURS):
        return False
    return any(year not in years for year in range(promise.start.year, (due - MINUTE).year + 1))


def notice_days(year: Year) -> dict[date, Day]:
    return {day: Day("节", day in year.on) for day in year.off | year.on}
