from datetime import UTC, datetime
from typing import Any

import pytest

from huying.cases.states import Channel, State
from huying.catalogue.policy import Node
from huying.intake.policy import Profile, Row, Step, parse_profile, read_row
from huying.places.policy.coordinates import convert
from huying.places.states import AreaLevel, Datum
from huying.shared.errors import Incomplete

SETTINGS: dict[str, Any] = {
    "name": "示范",
    "source": "demo",
    "missing": ["-"],
    "case": {"key": "编号", "text": "{大类} {地址}"},
    "time": {
        "zone": "America/New_York",
        "formats": ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M%z"],
        "reported": "上报",
        "due": "期限",
        "closed": "结案",
    },
    "areas": [
        {"level": "city", "code": "9002", "name": "示范市"},
        {"level": "street", "name_column": "街道", "code_column": "街道码", "digits": 5},
        {"level": "community", "name_column": "社区"},
    ],
    "unit": {"column": "单位"},
    "category": {"scheme": "demo", "levels": [{"name": "大类", "code": "大类码"}, {"name": "小类"}]},
    "channel": {"column": "来源", "default": "history", "words": {"电话": "phone"}},
    "state": {"column": "状态", "words": {"完": "closed", "办": "in_hand"}},
    "point": {"lng": "经度", "lat": "纬度", "bounds": [-77.0, 39.0, -76.0, 40.0]},
    "noted": {"重复件": {"column": "重复", "values": ["是", "疑似"]}},
}
PROFILE = parse_profile(SETTINGS)
FLAGS = parse_profile(
    SETTINGS
    | {
        "outcome": {
            "in_time": {"column": "按期", "values": ["1"]},
            "overdue": {"column": "超期", "values": ["1"]},
        }
    }
)
CELLS = {
    "编号": "7",
    "上报": "2026-01-05 08:00",
    "期限": "2026-01-06 08:00",
    "结案": "2026-01-06 08:00",
    "街道": "龙田街道",
    "街道码": "101",
    "社区": "南布社区",
    "单位": "环卫所",
    "大类": "市容",
    "大类码": "5",
    "小类": "垃圾",
    "来源": "电话",
    "状态": "完",
    "地址": " 一号 ",
    "经度": "-76.5",
    "纬度": "39.3",
    "重复": "-",
    "按期": "-",
    "超期": "-",
}


def read(profile: Profile = PROFILE, **changes: str) -> Row:
    return read_row(profile, CELLS | changes)


def test_a_whole_row() -> None:
    row = read()
    noon = datetime(2026, 1, 5, 13, tzinfo=UTC)
    assert (row.key, row.text, row.unit, row.channel, row.state) == (
        "7",
        "市容 一号",
        "环卫所",
        Channel.PHONE,
        State.CLOSED,
    )
    assert row.areas == (
        Step(AreaLevel.STREET, "龙田街道", "00101"),
        Step(AreaLevel.COMMUNITY, "南布社区"),
    )
    assert row.category == (Node("市容", "5"), Node("垃圾"))
    assert (row.reported_at, row.due_at, row.closed_at) == (noon, noon.replace(day=6), noon.replace(day=6))
    assert (row.in_time, row.point, row.notes) == (True, (-76.5, 39.3), ())


def test_the_fingerprint_stands_for_the_whole_row() -> None:
    assert read().fingerprint == read().fingerprint
    assert read().fingerprint != read(地址="二号").fingerprint
    assert len(read().fingerprint) == 32


@pytest.mark.parametrize(
    ("changes", "in_time"),
    [
        ({}, True),  # closed at the very last minute
        ({"结案": "2026-01-06 08:01"}, False),
        ({"结案": ""}, None),  # nobody knows when
        ({"期限": "-"}, None),  # nobody knows until when
        ({"状态": "办"}, None),  # still open
        # an hour of daylight saving lies between: 01:59 is before 03:00 by one minute, not by an hour and one
        ({"期限": "2026-03-08 01:59", "结案": "2026-03-08 03:00"}, False),
    ],
)
def test_in_time_by_dates(changes: dict[str, str], in_time: bool | None) -> None:
    assert read(**changes).in_time is in_time


@pytest.mark.parametrize(
    ("kept", "missed", "in_time"),
    [("1", "0", True), ("0", "1", False), ("-", "-", None), ("0", "0", None)],
)
def test_in_time_by_flags(kept: str, missed: str, in_time: bool | None) -> None:
    assert read(FLAGS, 按期=kept, 超期=missed).in_time is in_time


@pytest.mark.parametrize(
    ("lng", "lat", "point", "note"),
    [
        ("", "39.3", None, "无坐标"),
        ("-77", "39", None, "坐标只到整度"),
        ("-76.5", "39", None, "坐标只到整度"),
        ("-70.5", "39.3", None, "坐标不在范围内"),
        ("nan", "39.3", None, "坐标不在范围内"),
        ("inf", "39.3", None, "坐标不在范围内"),
        ("west", "39.3", None, "坐标不是数"),
    ],
)
def test_an_unusable_point_is_noted_and_the_case_kept(
    lng: str, lat: str, point: tuple[float, float] | None, note: str
) -> None:
    row = read(经度=lng, 纬度=lat)
    assert (row.point, row.notes) == (point, (note,))


def test_points_of_another_datum_are_converted_and_whole_degrees_may_be_meant() -> None:
    profile = parse_profile(
        SETTINGS | {"point": {"lng": "经度", "lat": "纬度", "datum": "gcj02", "whole_degrees": True}}
    )
    assert read(profile, 经度="120.2", 纬度="30").point == convert((120.2, 30.0), Datum.GCJ02)


def test_noted_values_are_counted() -> None:
    assert read(重复="疑似").notes == ("重复件",)


def test_a_missing_area_ends_the_path_and_a_missing_unit_stays_open() -> None:
    row = read(街道="-", 街道码="-", 单位="-")
    assert (row.areas, row.unit) == ((), "")
    assert read(小类="").category == (Node("市容", "5"),)
    assert read(来源="信鸽").channel is Channel.HISTORY


def test_a_time_with_its_own_zone_keeps_it() -> None:
    assert read(上报="2026-01-05T08:00+0800").reported_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"编号": "-"}, "缺少编号"),
        ({"编号": "7" * 201}, "编号超过200字"),
        ({"上报": ""}, "缺少上报"),
        ({"上报": "昨天"}, "上报“昨天”不是有效时间"),
        ({"上报": "2026-02-30 08:00"}, "上报“2026-02-30 08:00”不是有效时间"),
        ({"结案": "0001-01-01 00:00"}, "结案“0001-01-01 00:00”不是有效时间"),
        ({"大类": "-"}, "缺少大类"),
        ({"状态": "休"}, "状态“休”没有对应的状态"),
        ({"街道码": "A1"}, "街道码“A1”不是数字编码"),
        ({"街道码": "-"}, "街道码“”不是数字编码"),
        ({"社区": "社" * 101}, "社区超过100字"),
        ({"地址": "一\x00号"}, "含有空字符（NUL）"),
    ],
)
def test_a_broken_row_says_why(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(Incomplete) as refused:
        read(**changes)
    assert refused.value.facts == {"reason": reason}


def test_contradicting_flags_break_the_row() -> None:
    with pytest.raises(Incomplete, match="按期与超期互相矛盾"):
        read(FLAGS, 按期="1", 超期="1")
