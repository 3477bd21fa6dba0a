import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from huying.cases.states import State
from huying.intake.files import load_profile, profile_names
from huying.intake.policy import parse_profile
from huying.org.states import UnitKind
from huying.places.states import AreaLevel
from huying.shared.errors import Incomplete, NotFound


def settings(**changes: object) -> dict[str, Any]:
    """The smallest profile there is, with changes."""
    smallest: dict[str, Any] = {
        "name": "示范",
        "source": "demo",
        "case": {"key": "编号", "text": "{内容}"},
        "time": {"zone": "Asia/Shanghai", "formats": ["%Y-%m-%d"], "reported": "时间"},
        "areas": [{"level": "city", "code": "9002", "name": "示范市"}],
        "category": {"scheme": "demo", "levels": [{"name": "类型"}]},
        "state": {"default": "closed"},
    }
    return {name: value for name, value in (smallest | changes).items() if value is not None}


def test_the_smallest_profile_and_its_columns() -> None:
    profile = parse_profile(settings())
    assert profile.columns() == {"编号", "内容", "时间", "类型"}
    assert (profile.state, profile.delimiter, profile.encodings, profile.root.code) == (
        State.CLOSED,
        ",",
        ("utf-8-sig",),
        "9002",
    )


def test_profiles_that_come_along_can_be_loaded() -> None:
    assert profile_names() == ["baltimore", "pingshan"]
    pingshan = load_profile("pingshan")
    assert [rule.level for rule in pingshan.areas] == [
        AreaLevel.CITY,
        AreaLevel.DISTRICT,
        AreaLevel.STREET,
        AreaLevel.COMMUNITY,
    ]
    assert pingshan.unit_kinds["综合执法队"] is UnitKind.JOINT_SQUAD
    assert len(load_profile("baltimore").columns()) == 13


def test_an_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(NotFound, match=r"自带的有baltimore、pingshan.*“nowhere”"):
        load_profile("nowhere")


AREA = {"level": "street", "name_column": "街道"}
CITY = {"level": "city", "code": "9002", "name": "示范市"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source": None}, "配置“source”缺失"),
        ({"source": 7}, "配置“source”应是文字"),
        ({"source": ""}, "配置“source”应是文字"),
        ({"source": "x" * 41}, "配置“source”不得超过40字"),
        ({"sources": "x"}, "配置“sources”不认识"),  # misspelt
        ({"case": {"key": "编号"}}, "配置“case.text”缺失"),
        ({"case": {"key": "编号", "text": "{内容}", "keys": 1}}, "配置“case.keys”不认识"),
        ({"case": "编号"}, "配置“case”应是一个表"),
        ({"encodings": "utf-8"}, "配置“encodings”应是文字列表"),
        ({"encodings": [8]}, "配置“encodings”应是文字列表"),
        ({"delimiter": ";;"}, "配置“delimiter”应是一个字符"),
        (
            {"time": {"zone": "Mars/Olympus", "formats": ["%Y"], "reported": "时间"}},
            "配置“time.zone”没有时区“Mars/Olympus”",
        ),
        ({"areas": []}, "配置“areas”须以固定的上级区域（name与code）开头，其后才是按列读取的区域"),
        ({"areas": [AREA]}, "配置“areas”须以固定的上级区域（name与code）开头，其后才是按列读取的区域"),
        (
            {"areas": [CITY, AREA, CITY]},
            "配置“areas”须以固定的上级区域（name与code）开头，其后才是按列读取的区域",
        ),
        ({"areas": [CITY, {"level": "street"}]}, "配置“areas”每一级须有name与code，或name_column"),
        ({"areas": [CITY, {**AREA, "code_column": "编码"}]}, "配置“areas”用code_column时须写明digits"),
        ({"areas": [CITY, {**AREA, "digits": -1}]}, "配置“areas[2].digits”应是非负整数"),
        ({"areas": "示范市"}, "配置“areas”应是表的列表"),
        (
            {"areas": [{**CITY, "level": "village"}]},
            "配置“areas[1].level”“village”不在city、district、street、community、grid、micro_grid之中",
        ),
        ({"category": {"scheme": "demo"}}, "配置“category.levels”至少一级"),
        ({"state": {"column": ""}}, "配置“state”须有column与words，或default"),
        ({"point": {"lng": "经度"}}, "配置“point”的lng与lat须成对"),
        ({"point": {"bounds": [1, 2]}}, "配置“point.bounds”应是4个数"),
        ({"point": {"bounds": [1, 2, 3, "x"]}}, "配置“point.bounds”应是4个数"),
        ({"point": {"whole_degrees": 1}}, "配置“point.whole_degrees”应是true或false"),
        ({"outcome": {"in_time": {"column": "按期", "values": ["1"]}}}, "配置“outcome.overdue.column”缺失"),
        ({"noted": {"重复": {"column": "状态"}}}, "配置“noted.重复.values”缺失"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(Incomplete) as refused:
        parse_profile(settings(**changes))
    assert refused.value.facts == {"reason": reason}


def test_the_example_of_the_documentation_is_a_whole_profile() -> None:
    text = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    profile = parse_profile(tomllib.loads(example))
    assert (profile.source, len(profile.areas), len(profile.columns())) == ("demo-hotline", 4, 19)
