"""Counting time: by the clock for minutes and hours, by the day for days."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huying.clocks.policy.calendar import ONE_DAY, SHANGHAI, Calendar, Edition, days_after, midnight
from huying.clocks.policy.limits import URGENT, Limit, Pause, Span, closed
from huying.clocks.states import LimitType

WARN_TENTHS = 8  # a warning comes at 80 % of the counted time
FOREVER = datetime(9999, 1, 1, tzinfo=SHANGHAI)
UNIT = {
    LimitType.URGENT_MINUTES: timedelta(minutes=1),
    LimitType.URGENT_HOURS: timedelta(hours=1),
    LimitType.WORK_HOURS: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a deadline stores. due_at and warn_at are None while a pause is open."""

    due_at: datetime | None
    warn_at: datetime | None
    editions: str = ""  # codes of the calendar editions counted through, e.g. "CN-2019.2 CN-2020.1"
    provisional: bool = False  # a year without calendar was counted through


def reckon(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Pause] = (), extension: int = 0
) -> Reckoning:
    """Return due and warning moment together with the calendar editions they rest on."""
    due = due_at(start, limit, calendar, pauses, extension)
    if due is None:
        return Reckoning(None, None)
    warn = warn_at(start, limit, calendar, pauses, extension)
    if limit.type in URGENT:
        return Reckoning(due, warn)
    editions, missing = consulted(start, due, calendar)
    return Reckoning(due, warn, " ".join(edition.code for edition in editions), bool(missing))


def due_at(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Pause] = (), extension: int = 0
) -> datetime | None:
    """Return the moment the limit runs out, in Shanghai time; None while a pause is open.

    extension: more of the limit's own unit. Ending at the very moment is in time.
    Raises ValueError for a naive start. Source: docs/rules/clocks.md §1, §3, §4.
    """
    return _tenths(start, limit.plus(extension), calendar, pauses, 10)


def warn_at(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Pause] = (), extension: int = 0
) -> datetime | None:
    """Return the moment at which 80 % of the time has been counted, in the limit's own counting.

    Always before the due moment. Source: docs/rules/clocks.md §5.
    """
    return _tenths(start, limit.plus(extension), calendar, pauses, WARN_TENTHS)


def consulted(start: datetime, due: datetime, calendar: Calendar) -> tuple[list[Edition], list[int]]:
    """Return the editions a deadline rests on and the years it counts through that have none.

    A deadline due at 00:00 ends on the day before.
    """
    last = (due - timedelta.resolution).astimezone(SHANGHAI).date()
    years = range(start.astimezone(SHANGHAI).year, last.year + 1)
    next_year = calendar.editions.get(last.year + 1)
    editions = [calendar.editions[year] for year in years if year in calendar.editions]
    if next_year and next_year.first_day <= last:
        editions.append(next_year)
    return editions, [year for year in years if year not in calendar.editions]


def _tenths(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Pause], tenths: int
) -> datetime | None:
    if start.tzinfo is None:
        raise ValueError(f"aware start needed, got {start!r}")
    standstills = closed(pauses)
    if standstills is None:
        return None
    return _COUNT[limit.type](start.astimezone(SHANGHAI), limit, calendar, standstills, tenths)


def _by_the_clock(
    start: datetime, limit: Limit, calendar: Calendar, standstills: Sequence[Span], tenths: int
) -> datetime:
    amount = limit.amount * UNIT[limit.type] * tenths // 10
    if limit.type in URGENT:
        return elapse(running(start, FOREVER, standstills), amount)
    return elapse(worked(start, calendar, standstills), amount)


def _by_the_day(
    start: datetime, limit: Limit, calendar: Calendar, standstills: Sequence[Span], tenths: int
) -> datetime:
    whole, part = divmod(limit.amount * tenths, 10)
    days = counted_days(start, limit.type, calendar, standstills)
    day = start.date()
    for _ in range(whole):
        day = next(days)
    if tenths == 10:
        return _end_of_last(day, limit.type, calendar, standstills)
    if part == 0:
        return _end_of(day, limit.type, calendar)
    return _part_of(next(days), part, limit.type, calendar)


def _end_of(day: date, limit_type: LimitType, calendar: Calendar) -> datetime:
    return calendar.closes_at(day) if limit_type is LimitType.WORK_DAYS else midnight(day + ONE_DAY)


def _end_of_last(
    day: date, limit_type: LimitType, calendar: Calendar, standstills: Sequence[Span]
) -> datetime:
    """A last natural day off moves to the next working day. Source: Civil Code Art. 203."""
    return _end_of(due_day(day, calendar, standstills), limit_type, calendar)


def _part_of(day: date, tenths: int, limit_type: LimitType, calendar: Calendar) -> datetime:
    if limit_type is LimitType.NATURAL_DAYS:
        return midnight(day) + ONE_DAY * tenths / 10
    hours = list(_work_on(day, calendar))
    return elapse(hours, sum((end - begin for begin, end in hours), timedelta()) * tenths / 10)


_Rule = Callable[[datetime, Limit, Calendar, Sequence[Span], int], datetime]
_COUNT: dict[LimitType, _Rule] = {
    LimitType.URGENT_MINUTES: _by_the_clock,
    LimitType.URGENT_HOURS: _by_the_clock,
    LimitType.WORK_HOURS: _by_the_clock,
    LimitType.WORK_DAYS: _by_the_day,
    LimitType.NATURAL_DAYS: _by_the_day,
}


def elapse(spans: Iterable[Span], amount: timedelta) -> datetime:
    """Return the earliest moment by which `amount` of the spans has passed."""
    for begin, end in spans:
        if amount <= end - begin:
            return begin + amount
        amount -= end - begin
    raise ValueError("the spans are shorter than the amount")


def running(begin: datetime, end: datetime, standstills: Iterable[Span]) -> Iterator[Span]:
    """Yield the parts of [begin, end) in which the clock ran. standstills: earliest first."""
    for stopped, resumed in standstills:
        if stopped >= end:
            break
        if stopped > begin:
            yield begin, stopped
        begin = max(begin, resumed.astimezone(SHANGHAI))
    if begin < end:
        yield begin, end


def worked(start: datetime, calendar: Calendar, standstills: Sequence[Span]) -> Iterator[Span]:
    """Yield the working time from `start` on in which the clock ran, without end."""
    for day in days_after(start.date() - ONE_DAY):
        if calendar.is_workday(day):
            for begin, end in _work_on(day, calendar):
                yield from running(max(begin, start), end, standstills)


def counted_days(
    start: datetime, limit_type: LimitType, calendar: Calendar, standstills: Sequence[Span]
) -> Iterator[date]:
    """Yield the days that count; the first day never does."""
    for day in days_after(start.date()):
        if limit_type is LimitType.WORK_DAYS and not calendar.is_workday(day):
            continue
        if not stood_still(day, standstills):
            yield day


def due_day(last: date, calendar: Calendar, standstills: Sequence[Span]) -> date:
    """Return the last counted day, or the next working day without standstill when it is a day off."""
    if calendar.is_workday(last):
        return last
    days = days_after(last)
    return next(day for day in days if calendar.is_workday(day) and not stood_still(day, standstills))


def stood_still(day: date, standstills: Iterable[Span]) -> bool:
    """Tell whether the clock stood still at any moment of the day."""
    begin, end = midnight(day), midnight(day + ONE_DAY)
    return any(max(begin, stopped) < min(end, resumed) for stopped, resumed in standstills)


def _work_on(day: date, calendar: Calendar) -> Iterator[Span]:
    for period in calendar.periods(day):
        yield (
            datetime.combine(day, period.opens, SHANGHAI),
            datetime.combine(day, period.closes, SHANGHAI),
        )
