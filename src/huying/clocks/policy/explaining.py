"""How a deadline came about, in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice, takewhile

from huying.clocks.policy.calendar import ONE_DAY, SHANGHAI, Calendar, days_after
from huying.clocks.policy.counting import (
    consulted,
    counted_days,
    due_at,
    due_day,
    stood_still,
    worked,
)
from huying.clocks.policy.limits import URGENT, Limit, Pause, Span, closed
from huying.clocks.states import LimitType

WEEKDAYS = "一二三四五六日"
Run = tuple[date, date, str]  # first day, last day, remark


@dataclass(frozen=True, slots=True)
class Course:
    """A deadline whose end is known, ready to be told."""

    start: datetime
    due: datetime
    limit: Limit  # with extensions
    calendar: Calendar
    standstills: Sequence[Span]

    def counted(self, last: date) -> Iterator[date]:
        """Yield the days that count, up to `last`."""
        days = counted_days(self.start, self.limit.type, self.calendar, self.standstills)
        return takewhile(lambda day: day <= last, days)


def explain(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[int] = (),
) -> str:
    """Return one sentence a line: limit, start, extensions, pauses, what counted or not, result, source."""
    due = due_at(start, limit, calendar, pauses, sum(extensions))
    lines = [f"时限{limit}，自{moment(start)}起算。"]
    lines += [f"延期{Limit(amount, limit.type)}。" for amount in extensions]
    lines += [_pause(pause) for pause in pauses]
    if due is None:
        return "\n".join([*lines, "计时暂停中，恢复后重新推算到期时间。"])
    whole = limit.plus(sum(extensions))
    lines += _TELL[limit.type](Course(start.astimezone(SHANGHAI), due, whole, calendar, closed(pauses) or ()))
    lines.append(f"到期时间：{moment(due)}。")
    if limit.type not in URGENT:
        lines += _sources(start, due, calendar)
    return "\n".join(lines)


def moment(at: datetime) -> str:
    """Return 2019年9月30日(周一)16:00; seconds only when there are any."""
    local = at.astimezone(SHANGHAI)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local.year}年{_short(local.date())}（周{WEEKDAYS[local.weekday()]}）{clock}"


def remaining(due_at: datetime, now: datetime) -> str:
    """Tell how much time is left, or how long it has been over: "还剩2天3小时", "已超时15分钟"."""
    left = due_at - now
    return f"已超时{_roughly(-left)}" if left < timedelta(0) else f"还剩{_roughly(left)}"


def _roughly(time: timedelta) -> str:
    if time < timedelta(minutes=1):
        return "不到1分钟"
    days, rest = divmod(time, ONE_DAY)
    return f"{days}天{rest // timedelta(hours=1)}小时" if days else _duration(time)


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _pause(pause: Pause) -> str:
    if pause.ended_at is None:
        return f"{moment(pause.started_at)}起暂停计时。"
    return f"{moment(pause.started_at)}至{moment(pause.ended_at)}暂停计时，不计入。"


def _urgent(course: Course) -> Iterator[str]:
    yield f"昼夜及节假日连续计时，计满{course.limit}到期。"


def _work_hours(course: Course) -> Iterator[str]:
    periods = "、".join(str(period) for period in course.calendar.periods(course.start.date()))
    yield f"只计工作日的工作时段（{periods}）。"
    spans = takewhile(
        lambda span: span[0] < course.due, worked(course.start, course.calendar, course.standstills)
    )
    parts = []
    for day, group in groupby(spans, key=lambda span: span[0].date()):
        time = sum((min(end, course.due) - begin for begin, end in group), timedelta())
        parts.append(f"{_short(day)}{_named(day, course.calendar)}计{_duration(time)}")
    yield f"计入：{'、'.join(parts)}。"
    yield from _skipped(course, course.start.date() - ONE_DAY, course.due.date())


def _work_days(course: Course) -> Iterator[str]:
    yield from _days(course, course.due.date())
    yield f"第{course.limit.amount}个工作日下班时到期。"


def _natural_days(course: Course) -> Iterator[str]:
    days = counted_days(course.start, course.limit.type, course.calendar, course.standstills)
    last = next(islice(days, course.limit.amount - 1, None))
    yield from _days(course, last)
    moved = due_day(last, course.calendar, course.standstills)
    if moved != last:
        yield f"最后一日{_short(last)}（{_reason(last, course.calendar)}）不是工作日，顺延至{_short(moved)}。"
    yield "最后一日24:00到期。"


def _days(course: Course, last: date) -> Iterator[str]:
    yield "起算当日不计入。"
    yield f"计入：{_listed(course.counted(last), course.calendar)}。"
    yield from _skipped(course, course.start.date(), last)


_TELL = {
    LimitType.URGENT_MINUTES: _urgent,
    LimitType.URGENT_HOURS: _urgent,
    LimitType.WORK_HOURS: _work_hours,
    LimitType.WORK_DAYS: _work_days,
    LimitType.NATURAL_DAYS: _natural_days,
}


def _skipped(course: Course, first: date, last: date) -> Iterator[str]:
    """Yield the days after `first` and up to `last` that did not count, each run with its reason."""
    runs: list[Run] = []
    for day in takewhile(lambda day: day <= last, days_after(first)):
        if reason := _why_skipped(day, course):
            _append(runs, day, reason)
    if runs:
        yield f"未计入：{_joined(runs)}。"


def _why_skipped(day: date, course: Course) -> str:
    counts_by_day = course.limit.type is not LimitType.WORK_HOURS  # hours lose only the paused hours
    if counts_by_day and stood_still(day, course.standstills):
        return "暂停计时"
    if course.limit.type is LimitType.NATURAL_DAYS or course.calendar.is_workday(day):
        return ""
    return _reason(day, course.calendar)


def _listed(days: Iterable[date], calendar: Calendar) -> str:
    runs: list[Run] = []
    for day in days:
        _append(runs, day, _named(day, calendar).strip("（）"))
    return _joined(runs)


def _append(runs: list[Run], day: date, reason: str) -> None:
    """Lengthen the last run when the day follows it for the same reason."""
    if runs and runs[-1][1] + ONE_DAY == day and runs[-1][2] == reason:
        runs[-1] = (runs[-1][0], day, reason)
    else:
        runs.append((day, day, reason))


def _joined(runs: Iterable[Run]) -> str:
    return "、".join(
        (_short(first) if first == last else f"{_short(first)}至{_short(last)}")
        + (reason and f"（{reason}）")
        for first, last, reason in runs
    )


def _named(day: date, calendar: Calendar) -> str:
    """Return the remark on a day that counts: only make-up days need one."""
    notice = calendar.notice(day)
    return f"（{notice.name}调休上班）" if notice and notice.is_working else ""


def _reason(day: date, calendar: Calendar) -> str:
    notice = calendar.notice(day)
    return notice.name if notice else "周末"


def _duration(time: timedelta) -> str:
    hours, rest = divmod(time // timedelta(minutes=1), 60)
    return (f"{hours}小时" if hours else "") + (f"{rest}分钟" if rest or not hours else "")


def _sources(start: datetime, due: datetime, calendar: Calendar) -> Iterator[str]:
    editions, missing = consulted(start, due, calendar)
    for edition in editions:
        yield f"依据日历{edition.code}（{edition.source}）。"
    for year in missing:
        yield f"{year}年日历尚未公布，暂按周一至周五推算，公布后重新计算。"
