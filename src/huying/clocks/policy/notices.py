"""Reading a calendar notice: TOML as shipped in `calendars/`, or CSV as a clerk would type it."""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from huying.clocks.policy.calendar import ONE_DAY, STANDARD_PERIODS, Day, Period, midnight

LONGEST_HOLIDAY = timedelta(days=31)  # longer is a typing slip
WORKING = {"班": True, "补班": True, "上班": True, "work": True, "休": False, "放假": False, "off": False}


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as read. With problems it must not be published."""

    year: int
    days: Mapping[date, Day]
    number: int | None = None  # edition of the year; None = the next one
    effective_at: datetime | None = None  # None = when published
    source: str = ""
    periods: tuple[Period, ...] = STANDARD_PERIODS
    problems: tuple[str, ...] = field(default=())


class _Days:
    """Collects days and what is wrong with them."""

    def __init__(self) -> None:
        self.days: dict[date, Day] = {}
        self.problems: list[str] = []

    def add(self, day: date, name: str, is_working: bool) -> None:
        if day in self.days:
            self.problems.append(f"{day}重复出现")
        self.days[day] = Day(name, is_working)


def parse_toml(text: str) -> Notice:
    """Read `year`, `source`, optional `edition`, `effective_on`, `working_periods`, and `[[holidays]]`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Notice(0, {}, problems=(f"不是有效的TOML：{error}",))
    read = _Days()
    for number, holiday in enumerate(_tables(table.get("holidays"), read), start=1):
        _add_holiday(number, holiday, read)
    year = table.get("year")
    return _checked(
        Notice(
            year=year if isinstance(year, int) else 0,
            days=read.days,
            number=_edition(table.get("edition"), read),
            effective_at=_effective_at(table.get("effective_on"), read),
            source=str(table.get("source", "")),
            periods=_periods(table.get("working_periods"), read),
            problems=tuple(read.problems),
        )
    )


def parse_csv(text: str) -> Notice:
    """Read rows `date,name,kind` (kind 休 or 班); a heading row is skipped. The year is that of most days."""
    read = _Days()
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        if row and not (number == 1 and not row[0][:1].isdigit()):
            _add_row(number, [cell.strip() for cell in row], read)
    years = Counter(day.year for day in read.days)
    year = years.most_common(1)[0][0] if years else 0
    return _checked(Notice(year=year, days=read.days, problems=tuple(read.problems)))


def _add_row(number: int, row: list[str], read: _Days) -> None:
    try:
        day, name, kind = row[:3]
        read.add(date.fromisoformat(day), name, WORKING[kind])
    except KeyError:
        read.problems.append(f"第{number}行：类型“{row[2]}”不是“休”或“班”")
    except ValueError:
        read.problems.append(f"第{number}行：应为“日期,名称,休或班”，日期如2027-01-01")


def _add_holiday(number: int, holiday: Mapping[str, object], read: _Days) -> None:
    name, first, last = (holiday.get(key) for key in ("name", "from", "to"))
    makeup_days = holiday.get("makeup_days", [])
    if not name or type(first) is not date or type(last) is not date or not isinstance(makeup_days, list):
        read.problems.append(f"第{number}个节日：需要 name、from、to（日期），makeup_days 为日期列表")
        return
    if not first <= last <= first + LONGEST_HOLIDAY:
        read.problems.append(f"{name}：{first}至{last}不是合理的放假区间")
        return
    for offset in range((last - first).days + 1):
        read.add(first + ONE_DAY * offset, str(name), False)
    for day in makeup_days:
        if type(day) is date:
            read.add(day, str(name), True)
        else:
            read.problems.append(f"{name}：makeup_days 中的“{day}”不是日期")


def _tables(value: object, read: _Days) -> Iterator[Mapping[str, object]]:
    tables = value if isinstance(value, list) else []
    if not tables or not all(isinstance(item, dict) for item in tables):
        read.problems.append("缺少 [[holidays]]")
        return
    yield from tables


def _edition(value: object, read: _Days) -> int | None:
    if value is None or (isinstance(value, int) and value > 0):
        return value
    read.problems.append("edition 应为正整数")
    return None


def _effective_at(value: object, read: _Days) -> datetime | None:
    if type(value) is date:
        return midnight(value)
    if value is not None:
        read.problems.append("effective_on 不是日期")
    return None


def _periods(value: object, read: _Days) -> tuple[Period, ...]:
    if value is None:
        return STANDARD_PERIODS
    try:
        return parse_periods(value if isinstance(value, list) else [])
    except ValueError:
        read.problems.append("working_periods 应为先后不重叠的时段，如 08:00-12:00")
        return STANDARD_PERIODS


def parse_periods(texts: Iterable[object]) -> tuple[Period, ...]:
    """Read "08:00-12:00" texts. Raises ValueError unless there are some, in order, without overlap."""
    periods = []
    for text in texts:
        opens, closes = (time.fromisoformat(part) for part in str(text).split("-"))
        periods.append(Period(opens, closes))
    moments = [moment for period in periods for moment in (period.opens, period.closes)]
    if not moments or any(a >= b for a, b in pairwise(moments)):
        raise ValueError(f"periods out of order: {moments}")
    return tuple(periods)


def _checked(notice: Notice) -> Notice:
    """Add what only the whole notice shows: wrong year, no days, a make-up day that is no weekend."""
    problems = list(notice.problems)
    if not 2000 <= notice.year <= 2100:
        problems.append("缺少年份 year")
    elif not notice.days:
        problems.append("没有任何日期")
    else:
        problems += _odd_days(notice)
    return replace(notice, problems=tuple(problems))


def _odd_days(notice: Notice) -> Iterator[str]:
    for day, rule in sorted(notice.days.items()):
        if not date(notice.year - 1, 12, 1) <= day <= date(notice.year, 12, 31):
            yield f"{day}不属于{notice.year}年"
        if rule.is_working and day.weekday() < 5:
            yield f"{day}是星期{'一二三四五'[day.weekday()]}，不能作补班日"
