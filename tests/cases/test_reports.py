"""What a report must hold, how it is known again, what is shown of the reporter."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from huying.cases.policy.arrival import check_arrival, distance_m
from huying.cases.policy.receipts import is_receipt, receipt_code
from huying.cases.policy.reports import (
    Arrival,
    Call,
    Place,
    Report,
    case_number,
    check_calls,
    check_found,
    check_report,
    fingerprint,
    masked_name,
    masked_phone,
)
from huying.cases.states import Channel
from huying.shared.errors import Incomplete
from huying.shared.ids import UnitId

REPORT = Report(
    source="resident",
    key="018f2c3e-0000-7000-8000-000000000001",
    text="楼道灯不亮",
    place=Place("330109001002003"),
    channel=Channel.RESIDENT,
    fingerprint=b"0" * 32,
)
NOON = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        # nothing was said
        ({"text": "  "}, "请写明发生了什么。"),
        # more than anybody will read
        ({"text": "灯" * 4_001}, "描述不能超过4000字。"),
        # a NUL would end the text in the database
        ({"text": "灯\x00"}, "文字中含有无效字符。"),
        # without a key a repeated sending would count twice
        ({"key": ""}, "幂等键须为1至200个字符。"),
        ({"key": "k" * 201}, "幂等键须为1至200个字符。"),
        # ends before it begins
        ({"occurred_from": NOON, "occurred_to": NOON.replace(hour=3)}, "发生时段的开始晚于结束。"),
    ],
)
def test_an_incomplete_report_is_refused_with_a_sentence(broken: dict[str, object], sentence: str) -> None:
    check_report(REPORT)
    with pytest.raises(Incomplete) as refused:
        check_report(replace(REPORT, **broken))  # type: ignore[arg-type]
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("calls", "lead_present", "sentence"),
    [
        # nobody is called
        ([], False, "至少指派一个单位。"),
        # nobody leads
        ([Call(UnitId(1), lead=False)], False, "每个事件须有且只有一个主办单位。"),
        # two lead
        ([Call(UnitId(1)), Call(UnitId(2))], False, "每个事件须有且只有一个主办单位。"),
        # one leads already
        ([Call(UnitId(1))], True, "每个事件须有且只有一个主办单位。"),
        # called twice
        ([Call(UnitId(1)), Call(UnitId(1), lead=False)], False, "同一单位被指派两次。"),
    ],
)
def test_calls_that_leave_open_who_leads_are_refused(
    calls: list[Call], lead_present: bool, sentence: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        check_calls(calls, lead_present=lead_present)
    assert str(refused.value) == sentence


def test_one_leads_and_others_support_at_the_same_moment() -> None:
    check_calls([Call(UnitId(1)), Call(UnitId(2), lead=False)], lead_present=False)
    check_calls([Call(UnitId(3), lead=False)], lead_present=True)


def test_the_number_tells_street_day_and_serial() -> None:
    assert case_number("3301140012", date(2026, 11, 21), 42) == "HY-3301140012-20261121-00042"
    assert case_number("330109001", date(2026, 11, 21), 123_456) == "HY-330109001-20261121-123456"


def test_the_order_of_fields_does_not_change_the_fingerprint_but_a_value_does() -> None:
    assert fingerprint({"a": 1, "b": "灯"}) == fingerprint({"b": "灯", "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


@pytest.mark.parametrize(
    ("name", "shown"), [("林小燕", "林**"), ("林燕", "林*"), ("林", "林"), ("欧阳小燕", "欧**"), ("", "")]
)
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"), [("13812345678", "138****5678"), ("86281234", "********"), ("", "")]
)
def test_a_phone_is_masked(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_a_receipt_opens_its_own_case_only() -> None:
    code = receipt_code("HY-1", b"key")

    assert is_receipt("HY-1", code, b"key")
    assert is_receipt("HY-1", f" {code.lower()} ", b"key")
    assert not is_receipt("HY-2", code, b"key")
    assert not is_receipt("HY-1", code, b"another installation")
    assert not is_receipt("HY-1", "灯", b"key")


@pytest.mark.parametrize(
    ("at", "away", "place_known", "refused"),
    [
        # at the door
        (Arrival(120.2, 30.2), 12.0, True, False),
        # on the edge of the radius, and just beyond
        (Arrival(120.2, 30.2), 200.0, True, False),
        (Arrival(120.2, 30.2), 200.6, True, True),
        # a kilometre off, no word about it
        (Arrival(120.2, 30.2), 1_000.0, True, True),
        # a kilometre off, with the reason
        (Arrival(120.2, 30.2, reason="现场信号差"), 1_000.0, True, False),
        # the phone tells no position
        (Arrival(), None, True, True),
        # nobody knows where the case is: nothing to compare with
        (Arrival(120.2, 30.2), None, False, False),
    ],
)
def test_being_on_the_spot_is_shown_or_explained(
    at: Arrival, away: float | None, place_known: bool, refused: bool
) -> None:
    if refused:
        with pytest.raises(Incomplete):
            check_arrival(at, away, place_known=place_known)
    else:
        check_arrival(at, away, place_known=place_known)


def test_too_far_says_how_far() -> None:
    with pytest.raises(Incomplete) as refused:
        check_arrival(Arrival(120.2, 30.2), 200.6, place_known=True)
    assert str(refused.value) == "距事件地点201米，超出200米，请说明原因。"
    with pytest.raises(Incomplete) as refused:
        check_arrival(Arrival(), None, place_known=True)
    assert str(refused.value) == "没有定位信息，请说明原因。"


def test_distance_over_the_ground() -> None:
    # Shanghai to Beijing, the published pair of docs/rules/places.md: 1,078,164 m ± 1 on the sphere
    away = distance_m(121.531541859215, 31.17530398364597, 116.38404722455657, 39.91334545536069)
    assert away is not None
    assert abs(away - 1_078_164) < 1_300  # that figure used another earth radius (6,378,137 m): 0.11 %
    assert distance_m(None, None, 116.0, 39.0) is None


@pytest.mark.parametrize(("minutes", "fits"), [(-60, True), (9, True), (11, False)])
def test_nothing_is_found_in_the_future(minutes: int, fits: bool) -> None:
    """A device's clock may be ten minutes fast."""
    with nullcontext() if fits else pytest.raises(Incomplete, match="发现时间晚于现在"):
        check_found(NOON + timedelta(minutes=minutes), NOON)
