"""F13: a limit runs into a year whose holidays nobody has announced yet."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .clients import hotline, report
from .oracle import judge
from .street import Street
from .tally import Tally

pytestmark = pytest.mark.fault

DAY = timedelta(days=1)
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
_YEARS = "SELECT DISTINCT year FROM clocks_calendaredition"
_DAYS = """
SELECT DISTINCT ON (day) day, is_working FROM clocks_calendarday
JOIN clocks_calendaredition AS edition ON edition.id = edition_id ORDER BY day, edition.year DESC, number DESC
"""
_DUE = "SELECT due_at AT TIME ZONE 'Asia/Shanghai', provisional FROM clocks_deadline"


def unknown_year(street: Street) -> int:
    """Return the first year from this one on that has no calendar."""
    known = {year for (year,) in street.fetch(_YEARS)}
    year = TODAY.year
    while year in known:
        year += 1
    return year


def last_day(start: date, workdays: int, named: dict[date, bool]) -> date:
    """Return the day on which so many working days after `start` have passed, counted day by day."""
    day = start
    while workdays:
        day += DAY
        workdays -= named.get(day, day.weekday() < 5)
    return day


def limit_accepting(street: Street, workdays: int) -> None:
    street.django(
        "from django.utils.timezone import now; from huying.clocks.actions import set_stage_limit;"
        "from huying.clocks.policy import Limit; from huying.clocks.states import LimitType, Stage;"
        "from huying.org.policy import SYSTEM;"
        f"limit = Limit({workdays}, LimitType.WORK_DAYS);"
        "set_stage_limit(Stage.ACCEPT, False, limit, actor=SYSTEM, now=now())"
    )


def into_the_unknown(street: Street) -> tuple[int, int]:
    """Let acceptance take until late in January of the first year without calendar; return year and days."""
    year, today = unknown_year(street), TODAY
    workdays = sum((today + DAY * n).weekday() < 5 for n in range((date(year, 1, 25) - today).days))
    limit_accepting(street, max(workdays, 10))
    return year, max(workdays, 10)


def notice(year: int) -> str:
    """Five days off at New Year, paid for by the Saturday after: fewer working days than in a plain week."""
    off = [date(year, 1, 1) + DAY * n for n in range(5)]
    saturday = next(day for day in (date(year, 1, 6) + DAY * n for n in range(7)) if day.weekday() == 5)
    rows = [f"{day},元旦,休" for day in off] + [f"{saturday},元旦,班"]
    return "\n".join(["日期,名称,类型", *rows, ""])


def test_it_is_counted_by_the_plain_week_then_by_the_notice(street: Street, tally: Tally) -> None:
    year, workdays = into_the_unknown(street)
    street.start_web()
    assert hotline(street).post("/reports", report(street, 1), Idempotency_Key="f13").status == 201
    named = dict(street.fetch(_DAYS))
    ((due, provisional),) = street.fetch(_DUE)
    start = street.one("SELECT (started_at AT TIME ZONE 'Asia/Shanghai')::date FROM clocks_deadline")
    assert (ends_on(due), provisional) == (last_day(start, workdays, named), True)
    assert f"缺少{year}年" in street.django(
        "from datetime import datetime; from huying.clocks.policy import SHANGHAI;"
        "from huying.clocks.queries import calendar_warnings;"
        f"print(calendar_warnings(datetime({year - 1}, 11, 1, 8, tzinfo=SHANGHAI)))"
    )

    file = street.home / f"{year}.csv"
    file.write_text(notice(year))
    imported = street.huying("import", "calendar", file)
    assert imported.returncode == 0, imported
    ((due, provisional),) = street.fetch(_DUE)
    assert (ends_on(due), provisional) == (last_day(start, workdays, dict(street.fetch(_DAYS))), False)
    assert street.one("SELECT count(*) FROM ledger_entry WHERE verb = 'deadline_recalculated'") == 1
    tally.kept("F13", judge(street))


def ends_on(due: datetime) -> date:
    """Return the last day that counts: due at its end of business, or at midnight after it."""
    return (due - timedelta(microseconds=1)).date()


def test_control_a_calendar_without_fallback_takes_no_report(street: Street, tally: Tally) -> None:
    into_the_unknown(street)
    street.start_web(without="fallback")
    answer = hotline(street).post("/reports", report(street, 1), Idempotency_Key="f13")
    tally.control("F13", failed=answer.status == 500, seen=answer)
