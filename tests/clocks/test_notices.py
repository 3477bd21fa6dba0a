"""Calendar files as people write them."""

from datetime import date

import pytest

from huying.clocks.policy import Day, parse_csv, parse_toml

TOML = """
year = 2027
edition = 1
effective_on = 2026-11-25
source = "通知"
working_periods = ["09:00-12:00", "13:00-17:30"]

[[holidays]]
name = "元旦"
from = 2027-01-01
to = 2027-01-03
makeup_days = [2026-12-27]
"""
CSV = "日期,名称,类型\n2027-01-01,元旦,休\n2027-01-02,元旦,休\n2026-12-27,元旦,班\n"


def test_toml() -> None:
    notice = parse_toml(TOML)

    assert notice.problems == ()
    assert (notice.year, notice.number, notice.source) == (2027, 1, "通知")
    assert str(notice.effective_at) == "2026-11-25 00:00:00+08:00"
    assert [str(period) for period in notice.periods] == ["09:00-12:00", "13:00-17:30"]
    assert notice.days[date(2026, 12, 27)] == Day("元旦", is_working=True)
    assert len(notice.days) == 4


def test_csv() -> None:
    notice = parse_csv(CSV)

    assert (notice.year, notice.problems) == (2027, ())
    assert notice.days == {
        date(2027, 1, 1): Day("元旦", is_working=False),
        date(2027, 1, 2): Day("元旦", is_working=False),
        date(2026, 12, 27): Day("元旦", is_working=True),
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        # a day that does not exist
        ("2027-02-30,春节,休", "第5行：应为“日期,名称,休或班”，日期如2027-01-01"),
        # a word nobody knows
        ("2027-02-06,春节,假", "第5行：类型“假”不是“休”或“班”"),
        # too few cells
        ("2027-02-06", "第5行：应为“日期,名称,休或班”，日期如2027-01-01"),
        # twice the same day
        ("2027-01-01,元旦,休", "2027-01-01重复出现"),
        # a day of another year
        ("2028-02-06,春节,休", "2028-02-06不属于2027年"),
        # a make-up day on a Monday
        ("2027-02-08,春节,班", "2027-02-08是星期一，不能作补班日"),
    ],
)
def test_a_broken_line_is_named(line: str, problem: str) -> None:
    assert parse_csv(CSV + line + "\n").problems == (problem,)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("year = ", ("不是有效的TOML：Invalid value (at end of document)",)),
        ("year = 2027", ("缺少 [[holidays]]", "没有任何日期")),
        (TOML.replace("year = 2027", ""), ("缺少年份 year",)),
        (TOML.replace("edition = 1", 'edition = "x"'), ("edition 应为正整数",)),
        (TOML.replace("2026-11-25", '"soon"'), ("effective_on 不是日期",)),
        (
            TOML.replace("13:00-17:30", "11:00-17:30"),
            ("working_periods 应为先后不重叠的时段，如 08:00-12:00",),
        ),
        (
            TOML.replace("to = 2027-01-03", "to = 2026-01-03"),
            ("元旦：2027-01-01至2026-01-03不是合理的放假区间", "没有任何日期"),
        ),
        (
            TOML.replace("to = 2027-01-03", ""),
            ("第1个节日：需要 name、from、to（日期），makeup_days 为日期列表", "没有任何日期"),
        ),
    ],
)
def test_what_is_wrong_with_a_toml_is_named(text: str, problems: tuple[str, ...]) -> None:
    assert parse_toml(text).problems == problems
