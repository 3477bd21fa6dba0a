from datetime import date

import pytest

from huying.catalogue.policy import (
    CategoryRow,
    ConditionRow,
    Limit,
    Node,
    check_rows,
    child_code,
    in_force,
    last_day_before,
    number,
    read_limit,
)
from huying.catalogue.states import LIMIT_TYPES, Kind
from huying.clocks.states import LimitType
from huying.shared.errors import Incomplete


def test_limit_types_are_those_of_the_clocks() -> None:
    assert tuple(LimitType) == LIMIT_TYPES


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2紧急工作时", Limit(2, "urgent_hours")),  # a missing manhole cover, day and night
        ("1紧急工作时制止", Limit(1, "urgent_hours")),  # "stop it": what must be done is not the limit
        ("1紧急工作时\n", Limit(1, "urgent_hours")),  # a line break inside the cell
        ("2紧急工作日", Limit(48, "urgent_hours")),  # a day that runs through the night
        ("4小时", Limit(4, "work_hours")),  # 小时 is the standard's 工作时
        ("4工作时", Limit(4, "work_hours")),
        ("7个工作日", Limit(7, "work_days")),
        ("3天", Limit(3, "natural_days")),
        ("2周内", Limit(14, "natural_days")),
        ("20分钟", Limit(20, "urgent_minutes")),
        ("0.5工作日", Limit(4, "work_hours")),  # half a working day of 8 hours
        ("半天", Limit(12, "urgent_hours")),
        ("1.5紧急工作时", Limit(90, "urgent_minutes")),
        ("3 天", Limit(3, "natural_days")),  # full-width digit and a blank
        ("5 work_days", Limit(5, "work_days")),  # the machine's own word
    ],
)
def test_limit_is_read(text: str, limit: Limit) -> None:
    assert read_limit(text) == limit


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("尽快", "看不懂处置时限“尽快”"),
        ("", "看不懂处置时限“”"),
        ("0天", "处置时限“0天”不是正整数个时间单位"),
        ("1.3工作时", "处置时限“1.3工作时”不是正整数个时间单位"),  # no unit below the working hour
    ],
)
def test_limit_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Incomplete) as refused:
        read_limit(text)
    assert refused.value.facts == {"reason": reason}


@pytest.mark.parametrize(
    ("last", "on", "held"),
    [
        (None, date(2030, 1, 1), True),  # no later edition: for ever
        (None, date(2026, 1, 1), True),  # the first day counts
        (None, date(2025, 12, 31), False),
        (date(2026, 6, 30), date(2026, 6, 30), True),  # so does the last
        (date(2026, 6, 30), date(2026, 7, 1), False),
    ],
)
def test_edition_in_force(last: date | None, on: date, held: bool) -> None:
    assert in_force(date(2026, 1, 1), last, on) is held


def test_the_edition_before_ends_on_the_day_before() -> None:
    assert last_day_before(date(2026, 1, 1)) == date(2025, 12, 31)


def row(line: int, *path: Node, filing: str = "", kind: Kind = Kind.EVENT) -> CategoryRow:
    condition = ConditionRow(filing, "", Limit(1, "work_days"), "1工作日", False) if filing else None
    return CategoryRow(line, kind, path, condition)


def test_codes_of_the_source_are_joined() -> None:
    rows = [row(2, Node("市容环境", "01"), Node("暴露垃圾", "02"))]
    assert number(rows, {}) == {("event", "市容环境"): "E01", ("event", "市容环境", "暴露垃圾"): "E0102"}


def test_a_later_edition_keeps_the_codes_and_numbers_what_is_new() -> None:
    known = {("event", "交通"): "E001", ("event", "消防"): "E002", ("event", "消防", "火灾"): "E002001"}
    rows = [
        row(1, Node("社区"), Node("活动")),
        row(2, Node("消防"), Node("堵塞")),
        row(3, Node("消防"), Node("火灾")),
    ]
    assert number(rows, known) == {
        ("event", "社区"): "E003",
        ("event", "社区", "活动"): "E003001",
        ("event", "消防"): "E002",
        ("event", "消防", "堵塞"): "E002002",
        ("event", "消防", "火灾"): "E002001",
    }


def test_contradicting_rows_are_named_and_the_others_taken() -> None:
    rows = [
        row(2, Node("市容", "01"), Node("垃圾", "02"), filing="有"),
        row(3, Node("市容", "01"), Node("渣土", "02"), filing="有"),  # the code has another name
        row(4, Node("市容", "01"), Node("垃圾", "03"), filing="多"),  # the name has another code
        row(5, Node("市容", "01"), Node("垃圾", "02"), filing="有"),  # said already
        row(6, Node("市容", "01"), Node("垃圾", "02"), filing="多"),
        row(7, Node("市容", "01"), Node("垃圾", "02"), filing="有", kind=Kind.PART),  # parts count apart
    ]
    good, broken = check_rows(rows)
    assert [each.line for each in good] == [2, 6, 7]
    assert [(each.line, each.reason) for each in broken] == [
        (3, "代码02在第2行是“垃圾”，在此行是“渣土”"),
        (4, "“垃圾”在第2行的代码是02，在此行是03"),
        (5, "与第2行重复"),
    ]


def test_child_code_tells_two_names_of_one_code_apart() -> None:
    assert child_code("", Node("市容环卫", "5"), ()) == "5"
    assert child_code("5.1159", Node("无照经营游商", "602"), ()) == "5.1159.602"
    assert child_code("5.1159", Node("其它无证经营", "602"), {"5.1159.602"}) == "5.1159.602~2"
    assert child_code("", Node("Potholes"), ()) == "Potholes"
