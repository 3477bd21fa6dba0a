"""Working days and working hours, by the notices in force."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")  # the only time zone of the clocks
ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A part of a working day, local time."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


STANDARD_PERIODS = (Period(time(8), time(12)), Period(time(14), time(18)))


@dataclass(frozen=True, slots=True)
class Day:
    """What a notice says about one day."""

    name: str  # the holiday: 国庆节
    is_working: bool  # True = make-up day


@dataclass(frozen=True, slots=True)
class Edition:
    """One notice about one year. Its days may reach into the December before."""

    year: int
    number: int
    days: Mapping[date, Day]
    source: str = ""
    periods: tuple[Period, ...] = STANDARD_PERIODS  # in order, without overlap; the last end closes business

    @property
    def code(self) -> str:
        return f"CN-{self.year}.{self.number}"

    @property
    def first_day(self) -> date:
        """Return the first day the notice has a say about, in this year or the December before."""
        return min(date(self.year, 1, 1), min(self.days, default=date.max))


@dataclass(frozen=True, slots=True, init=False)
class Calendar:
    """The newest edition of each year. A year without one is a plain Monday-to-Friday week."""

    editions: Mapping[int, Edition]
    _days: Mapping[date, Day] = field(repr=False)

    def __init__(self, editions: Iterable[Edition] = ()) -> None:
        newest = {edition.year: edition for edition in sorted(editions, key=lambda e: (e.year, e.number))}
        days: dict[date, Day] = {}
        for edition in newest.values():  # a later year's notice overrules December of the year before
            days.update(edition.days)
        object.__setattr__(self, "editions", newest)
        object.__setattr__(self, "_days", days)

    def notice(self, day: date) -> Day | None:
        """Return what a notice says about the day, if one does."""
        return self._days.get(day)

    def is_workday(self, day: date) -> bool:
        notice = self._days.get(day)
        return day.weekday() < SATURDAY if notice is None else notice.is_working

    def periods(self, day: date) -> tuple[Period, ...]:
        """Return the working periods of the day's year, whether or not the day is a working day."""
        edition = self.editions.get(day.year)
        return edition.periods if edition else STANDARD_PERIODS

    def closes_at(self, day: date) -> datetime:
        """Return the close of business."""
        return datetime.combine(day, self.periods(day)[-1].closes, SHANGHAI)


def midnight(day: date) -> datetime:
    """Return 00:00 of the day, local time."""
    return datetime.combine(day, time(), SHANGHAI)


def days_after(day: date) -> Iterator[date]:
    """Yield the days following `day`, without end."""
    while True:
        day += ONE_DAY
        yield day
