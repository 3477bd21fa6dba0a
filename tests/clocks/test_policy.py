"""The worked examples of docs/rules/clocks.md, row by row."""

from datetime import UTC, date, datetime, timedelta
from timeit import timeit

import pytest

from huying.clocks.policy import (
    SHANGHAI,
    Calendar,
    Edition,
    Limit,
    Pause,
    due_at,
    explain,
    reckon,
    remaining,
    warn_at,
)
from huying.clocks.states import LimitType

MINUTES, HOURS = LimitType.URGENT_MINUTES, LimitType.URGENT_HOURS
WORK_HOURS, WORK_DAYS, DAYS = LimitType.WORK_HOURS, LimitType.WORK_DAYS, LimitType.NATURAL_DAYS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def stood_still(start: str, end: str | None = None) -> Pause:
    return Pause(at(start), at(end) if end else None)


@pytest.mark.parametrize(
    ("year", "workdays"), [(2019, 250), (2020, 249), (2021, 250), (2025, 248), (2026, 248)]
)
def test_working_days_of_a_year(calendar: Calendar, year: int, workdays: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=offset) for offset in range(365 + (year == 2020)))
    assert sum(calendar.is_workday(day) for day in days) == workdays


def test_the_emergency_notice_of_2020_took_two_working_days(editions: list[Edition]) -> None:
    planned = Calendar(edition for edition in editions if edition.code == "CN-2020.1")
    days = [date(2020, 1, 1) + timedelta(days=offset) for offset in range(366)]
    assert sum(planned.is_workday(day) for day in days) == 251


@pytest.mark.parametrize(
    ("start", "amount", "kind", "due"),
    [
        # §1 urgent: from the moment set, through the night
        ("2026-11-20 23:55", 10, MINUTES, "2026-11-21 00:05"),
        # §1 urgent: through National Day
        ("2026-10-01 01:00", 2, HOURS, "2026-10-01 03:00"),
        # §1 work hours: within the morning
        ("2026-11-20 09:15", 2, WORK_HOURS, "2026-11-20 11:15"),
        # §1 work hours: full at noon means noon, not 14:00
        ("2026-11-20 10:00", 2, WORK_HOURS, "2026-11-20 12:00"),
        # §1 work hours: over the noon break
        ("2026-11-20 11:00", 2, WORK_HOURS, "2026-11-20 15:00"),
        # §1 work hours: Friday evening to Monday morning
        ("2026-11-20 19:30", 1, WORK_HOURS, "2026-11-23 09:00"),
        # §1 work hours: a make-up Sunday is worked
        ("2026-09-19 10:00", 4, WORK_HOURS, "2026-09-20 12:00"),
        # §1 work days: the reference checks, due at close of business
        ("2019-09-30 10:00", 2, WORK_DAYS, "2019-10-09 18:00"),
        # 29 September and 12 October 2019 are worked weekend days
        ("2019-09-27 10:00", 5, WORK_DAYS, "2019-10-10 18:00"),
        # after the emergency notice
        ("2020-01-22 10:00", 5, WORK_DAYS, "2020-02-06 18:00"),
        ("2020-04-03 10:00", 1, WORK_DAYS, "2020-04-07 18:00"),
        ("2021-02-09 10:00", 3, WORK_DAYS, "2021-02-19 18:00"),
        ("2021-04-30 10:00", 1, WORK_DAYS, "2021-05-06 18:00"),
        # started on a day off: the next working day is the first to count
        ("2026-11-21 10:00", 1, WORK_DAYS, "2026-11-23 18:00"),
        # 31 December 2018 was a day off by the notice for 2019, the 29th a working Saturday
        ("2018-12-28 10:00", 2, WORK_DAYS, "2019-01-02 18:00"),
        # §1 natural days: 24:00 of the last day
        ("2026-11-16 10:00", 3, DAYS, "2026-11-20 00:00"),
        # §1 natural days: a last day on Saturday moves to Monday
        ("2026-11-16 10:00", 5, DAYS, "2026-11-24 00:00"),
        # a last day in National Day week moves behind it
        ("2026-09-25 10:00", 7, DAYS, "2026-10-09 00:00"),
        # a last day on a make-up Saturday stays
        ("2026-10-03 10:00", 7, DAYS, "2026-10-11 00:00"),
    ],
)
def test_due_at(calendar: Calendar, start: str, amount: int, kind: LimitType, due: str) -> None:
    assert due_at(at(start), Limit(amount, kind), calendar) == at(due)


@pytest.mark.parametrize(
    ("start", "amount", "kind", "pauses", "due"),
    [
        # §3 urgent: half an hour of standstill, half an hour later
        ("2026-11-20 10:00", 2, HOURS, [("11:00", "11:30")], "2026-11-20 12:30"),
        # §3 urgent: standing still before the start costs nothing
        ("2026-11-20 10:00", 2, HOURS, [("09:00", "10:30")], "2026-11-20 12:30"),
        # §3 overlapping standstills count once
        ("2026-11-20 10:00", 2, HOURS, [("11:00", "11:30"), ("11:10", "11:40")], "2026-11-20 12:40"),
        # §3 work hours: only the working part of 11:00 to 15:00 is lost (2 h)
        ("2026-11-20 10:00", 3, WORK_HOURS, [("11:00", "15:00")], "2026-11-20 17:00"),
        # §3 work days: a minute of standstill costs the whole Monday
        ("2026-11-20 10:00", 1, WORK_DAYS, [("2026-11-23 09:00", "2026-11-23 09:01")], "2026-11-24 18:00"),
        # §3 standing still on the first day, which never counts, costs nothing
        ("2026-11-20 10:00", 1, WORK_DAYS, [("11:00", "2026-11-21 00:00")], "2026-11-23 18:00"),
        # §3 natural days: two days touched, two days later
        ("2026-11-16 10:00", 3, DAYS, [("2026-11-17 23:59", "2026-11-18 00:01")], "2026-11-24 00:00"),
        # §3 the day to which the last one would move was paused too
        ("2026-11-16 10:00", 5, DAYS, [("2026-11-23 10:00", "2026-11-23 11:00")], "2026-11-25 00:00"),
    ],
)  # fmt: skip
def test_due_at_with_standstills(
    calendar: Calendar, start: str, amount: int, kind: LimitType, pauses: list[tuple[str, str]], due: str
) -> None:
    day = start[:11]
    spans = [stood_still(*(text if len(text) > 5 else day + text for text in pause)) for pause in pauses]
    assert due_at(at(start), Limit(amount, kind), calendar, spans) == at(due)


def test_an_open_standstill_has_no_due_moment(calendar: Calendar) -> None:
    reckoning = reckon(at("2026-11-20 10:00"), Limit(2, HOURS), calendar, [stood_still("2026-11-20 11:00")])
    assert (reckoning.due_at, reckoning.warn_at) == (None, None)


def test_an_extension_adds_its_own_unit(calendar: Calendar) -> None:
    assert due_at(at("2019-09-30 10:00"), Limit(2, WORK_DAYS), calendar, extension=1) == at(
        "2019-10-10 18:00"
    )


@pytest.mark.parametrize(
    ("start", "amount", "kind", "warning"),
    [
        # §5 eight of ten minutes
        ("2026-11-20 23:55", 10, MINUTES, "2026-11-21 00:03"),
        # §5 two work hours: 96 minutes, over noon
        ("2026-11-20 11:00", 2, WORK_HOURS, "2026-11-20 14:36"),
        # §5 five work days: the close of the fourth
        ("2026-11-20 10:00", 5, WORK_DAYS, "2026-11-26 18:00"),
        # §5 one work day: 6.4 working hours into it
        ("2026-11-20 10:00", 1, WORK_DAYS, "2026-11-23 16:24"),
        # §5 seven natural days: 0.6 of the sixth
        ("2026-11-16 10:00", 7, DAYS, "2026-11-22 14:24"),
    ],
)
def test_warn_at(calendar: Calendar, start: str, amount: int, kind: LimitType, warning: str) -> None:
    assert warn_at(at(start), Limit(amount, kind), calendar) == at(warning)


def test_a_year_without_calendar_is_a_plain_week_and_provisional(calendar: Calendar) -> None:
    reckoning = reckon(at("2026-12-30 10:00"), Limit(2, WORK_DAYS), calendar)

    assert reckoning.due_at == at("2027-01-01 18:00")
    assert (reckoning.editions, reckoning.provisional) == ("CN-2026.1", True)


def test_due_at_midnight_of_new_year_needs_no_calendar_of_the_new_year(calendar: Calendar) -> None:
    assert reckon(at("2026-12-30 10:00"), Limit(1, DAYS), calendar).provisional is False


def test_the_notice_of_the_next_year_is_named_when_it_moved_december(calendar: Calendar) -> None:
    assert reckon(at("2018-12-28 10:00"), Limit(1, WORK_DAYS), calendar).editions == "CN-2018.1 CN-2019.2"


def test_urgent_limits_need_no_calendar(calendar: Calendar) -> None:
    reckoning = reckon(at("2026-12-31 23:59"), Limit(10, MINUTES), calendar)
    assert (reckoning.editions, reckoning.provisional) == ("", False)


def test_any_time_zone_is_the_same_moment(calendar: Calendar) -> None:
    start = datetime(2019, 9, 29, 16, 30, tzinfo=UTC)  # 30 September 00:30 in Shanghai
    assert due_at(start, Limit(2, WORK_DAYS), calendar) == at("2019-10-09 18:00")


def test_naive_time_is_our_bug(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="aware start"):
        due_at(datetime(2026, 4, 1), Limit(1, MINUTES), calendar)  # noqa: DTZ001


def test_a_limit_of_nothing_is_our_bug() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Limit(0, MINUTES)


def test_urgent_due_moments_cost_microseconds(calendar: Calendar) -> None:
    start, limit = at("2026-11-20 10:00"), Limit(10, MINUTES)
    best = min(timeit(lambda: due_at(start, limit, calendar), number=1_000) / 1_000 for _ in range(5))
    assert best < 30e-6  # seconds


@pytest.mark.parametrize(
    ("start", "limit", "pauses", "extensions", "words"),
    [
        # the days skipped and the make-up day are named
        (
            "2019-09-27 16:00",
            Limit(5, WORK_DAYS),
            [],
            [],
            """时限5个工作日，自2019年9月27日（周五）16:00起算。
起算当日不计入。
计入：9月29日（国庆节调休上班）、9月30日、10月8日至10月10日。
未计入：9月28日（周末）、10月1日至10月7日（国庆节）。
第5个工作日下班时到期。
到期时间：2019年10月10日（周四）18:00。
依据日历CN-2019.2（国务院办公厅 国办发明电〔2019〕3号）。""",
        ),
        # hours day by day, with an extension and a standstill
        (
            "2019-09-27 16:30",
            Limit(8, WORK_HOURS),
            [stood_still("2019-09-29 09:00", "2019-09-29 09:30")],
            [2],
            """时限8个工作小时，自2019年9月27日（周五）16:30起算。
延期2个工作小时。
2019年9月29日（周日）09:00至2019年9月29日（周日）09:30暂停计时，不计入。
只计工作日的工作时段（08:00-12:00、14:00-18:00）。
计入：9月27日计1小时30分钟、9月29日（国庆节调休上班）计7小时30分钟、9月30日计1小时。
未计入：9月28日（周末）。
到期时间：2019年9月30日（周一）09:00。
依据日历CN-2019.2（国务院办公厅 国办发明电〔2019〕3号）。""",
        ),
        # moved behind a weekend, into a year without calendar
        (
            "2026-12-25 16:30",
            Limit(8, DAYS),
            [],
            [],
            """时限8个自然日，自2026年12月25日（周五）16:30起算。
起算当日不计入。
计入：12月26日至1月2日。
最后一日1月2日（周末）不是工作日，顺延至1月4日。
最后一日24:00到期。
到期时间：2027年1月5日（周二）00:00。
依据日历CN-2026.1（国务院办公厅 国办发明电〔2025〕7号）。
2027年日历尚未公布，暂按周一至周五推算，公布后重新计算。""",
        ),
        # urgent
        (
            "2026-11-20 23:55",
            Limit(10, MINUTES),
            [],
            [],
            """时限10分钟，自2026年11月20日（周五）23:55起算。
昼夜及节假日连续计时，计满10分钟到期。
到期时间：2026年11月21日（周六）00:05。""",
        ),
        # standing still
        (
            "2026-11-20 10:00",
            Limit(2, HOURS),
            [stood_still("2026-11-20 11:00")],
            [],
            """时限2小时，自2026年11月20日（周五）10:00起算。
2026年11月20日（周五）11:00起暂停计时。
计时暂停中，恢复后重新推算到期时间。""",
        ),
    ],
)
def test_explain(
    calendar: Calendar, start: str, limit: Limit, pauses: list[Pause], extensions: list[int], words: str
) -> None:
    assert explain(at(start), limit, calendar, pauses, extensions) == words


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, "还剩不到1分钟"),  # the very moment is in time
        (0.5, "还剩不到1分钟"),
        (15, "还剩15分钟"),
        (200, "还剩3小时20分钟"),
        (3 * 1440 + 130, "还剩3天2小时"),
        (-0.5, "已超时不到1分钟"),
        (-15, "已超时15分钟"),
        (-2 * 1440, "已超时2天0小时"),
    ],
)
def test_how_much_time_is_left(minutes: float, told: str) -> None:
    now = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    assert remaining(now + timedelta(minutes=minutes), now) == told
