"""Cells as people fill them; each row says in words what it is."""

from datetime import date, datetime, time

import pytest

from huying.administration.policy import columns, headers, moments
from huying.administration.policy.columns import Column
from huying.administration.policy.reach import is_within, reach
from huying.administration.states import Kind
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Employment, Role
from huying.shared.errors import Incomplete
from huying.shared.ids import UnitId

PHONE = Column("phone", ("电话",), Kind.PHONE)
CODE = Column("code", ("编码",), Kind.CODE)
NAME = Column("name", ("姓名",), Kind.NAME)
NUMBER = Column("floors", ("层数",), Kind.NUMBER)
WORK = Column("employment", ("用工性质",), Kind.WORD, words=Employment)
LIST = Column("aliases", ("别名",), Kind.LIST)
TEXT = Column("note", ("备注",), longest=5)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (PHONE, "13800138000", "13800138000"),
        (PHONE, "138-0013-8000", "13800138000"),  # as read out
        (PHONE, "+86 138 0013 8000", "13800138000"),  # from a contact list
        (PHONE, "\uff11\uff13800138000", "13800138000"),  # full width
        (PHONE, " 0571-8205\u3000", "0571-8205"),  # blanks of two kinds
        (PHONE, "12345", "12345"),  # a hotline
        (CODE, "'00123", "00123"),  # the mark of a text cell left over
        (CODE, "330109001.0", "330109001"),  # a number that went through another program
        (CODE, "CX-001", "CX-001"),
        (NAME, "张 三", "张三"),  # set wide by hand
        (NAME, "买买提 Ali", "买买提 Ali"),  # a blank that means something
        (NUMBER, "1,234.50", "1234.5"),
        (NUMBER, "6", "6"),
        (WORK, "专职", "专职"),
        (WORK, "full_time", "专职"),
        (LIST, "甲,乙; 丙、甲", "甲、乙、丙"),
        (TEXT, "  a  b ", "a b"),
        (TEXT, "清空", "清空"),
        (PHONE, "", ""),
    ],
)
def test_what_a_cell_says(column: Column, cell: str, said: str) -> None:
    assert columns.read(column, cell) == said


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        (PHONE, "1.38E+10", "电话“1.38E+10”是科学计数，末几位已经丢失；请把这一列设为文本格式后重新填写"),
        (
            CODE,
            "3.30108e+17",
            "编码“3.30108e+17”是科学计数，末几位已经丢失；请把这一列设为文本格式后重新填写",
        ),
        (PHONE, "同上", "电话“同上”不是电话号码"),
        (NUMBER, "六", "层数“六”不是数字"),
        (NUMBER, "inf", "层数“inf”不是数字"),
        (WORK, "临时", "用工性质“临时”不在“专职；兼职；义工”之中"),
        (TEXT, "一二三四五六", "备注超过5字"),
        (TEXT, "a\x00b", "含有无法显示的字符，请重新输入"),
    ],
)
def test_why_a_cell_is_refused(column: Column, cell: str, why: str) -> None:
    with pytest.raises(Incomplete) as refused:
        columns.read(column, cell)
    assert refused.value.facts["reason"] == why


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "2026年11月21日",
        "20261121",
        "2026-11-21 00:00:00",
        "\uff12026-11-21",
        "46347",  # days since 1899-12-30
        "2026年11月21日(星期六)",
    ],
)
def test_days_in_every_shape(cell: str) -> None:
    assert moments.day(cell, "日期") == date(2026, 11, 21)


@pytest.mark.parametrize("cell", ["11月21日", "21/11/2026", "2026-02-30", "明天", "19000"])
def test_a_day_is_never_guessed(cell: str) -> None:
    with pytest.raises(Incomplete):
        moments.day(cell, "日期")


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("8:00", time(8)),
        ("08:00:00", time(8)),
        ("8点", time(8)),
        ("8时30分", time(8, 30)),
        ("下午2:30", time(14, 30)),
        ("0.5", time(12)),  # half a day
        ("24:00", time(0)),
        ("18:30", time(18, 30)),
    ],
)
def test_times_in_every_shape(cell: str, at: time) -> None:
    assert moments.time_of_day(cell, "开始") == at


@pytest.mark.parametrize("cell", ["25:00", "8:61", "早班", "800"])
def test_times_that_are_none(cell: str) -> None:
    with pytest.raises(Incomplete):
        moments.time_of_day(cell, "开始")


def test_a_moment_needs_its_time() -> None:
    assert moments.moment("2026/11/21 8:00", "起") == datetime(2026, 11, 21, 8)  # noqa: DTZ001  # local
    assert moments.moment("46347.5", "起") == datetime(2026, 11, 21, 12)  # noqa: DTZ001
    with pytest.raises(Incomplete):
        moments.moment("2026-11-21", "起")


def test_the_lowest_of_equal_headers_counts_and_each_cell_once() -> None:
    wanted = (
        Column("unit", ("单位代码",)),
        Column("name", ("名称", "单位")),
        Column("kind", ("类型", "单位")),
    )
    grid = [
        ["花名册", "花名册", ""],
        ["单位", "单位", "电话"],
        ["单位代码", "单位*", "类型(必填)"],
        ["A", "B", "C"],
    ]
    header = headers.recognise(grid, wanted)
    assert header is not None
    assert (header.row, dict(header.columns)) == (2, {"unit": 0, "name": 1, "kind": 2})
    assert headers.recognise([["甲", "乙"]], wanted) is None


@pytest.mark.parametrize(
    ("cells", "is_remark"),
    [
        (["合 计", "", "5"], True),
        (["共5人", "", ""], True),
        (["制表人:王五", "审核人:赵六", ""], True),
        (["注:本表一式两份"], True),
        (["合计村", "3301"], False),  # a place of this name
        (["", ""], False),
    ],
)
def test_rows_that_only_sum_up(cells: list[str], *, is_remark: bool) -> None:
    assert headers.is_remark(cells) is is_remark


def test_names_of_cells() -> None:
    assert [
        headers.address(16, 2),
        headers.address(0, 25),
        headers.address(0, 26),
        headers.address(9, 701),
    ] == [
        "C17",
        "Z1",
        "AA1",
        "ZZ10",
    ]


def test_reach_is_the_widest_areas_of_the_right_roles() -> None:
    grants = frozenset(
        {
            Grant(Role.ADMINISTRATOR, "330109001"),
            Grant(Role.ADMINISTRATOR, "330109001002"),
            Grant(Role.COMMANDER, "330110"),
            Grant(Role.UNIT_WORKER, "", UnitId(7)),
        }
    )
    reached = reach(Actor("staff:1", "林", grants), frozenset({Role.ADMINISTRATOR, Role.UNIT_WORKER}))
    assert reached == ("330109001",)
    assert (is_within("330109001003", reached), is_within("330110", reached), is_within("", reached)) == (
        True,
        False,
        False,
    )
    assert reach(SYSTEM, frozenset()) == ("",)
