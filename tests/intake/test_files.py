import io
from pathlib import Path
from typing import Any

import pytest

from huying.intake.files import Record, load_profile, records, rows
from huying.intake.policy import Broken, Profile, parse_profile
from huying.shared.errors import Malformed

SETTINGS: dict[str, Any] = {
    "name": "示范",
    "source": "demo",
    "encodings": ["utf-8-sig", "gb18030"],
    "case": {"key": "编号", "text": "{内容}"},
    "time": {"zone": "Asia/Shanghai", "formats": ["%Y-%m-%d"], "reported": "时间"},
    "areas": [{"level": "city", "code": "9002", "name": "示范市"}],
    "category": {"scheme": "demo", "levels": [{"name": "内容"}]},
    "state": {"default": "closed"},
}
PROFILE = parse_profile(SETTINGS)
HEADING = "编号,时间,内容\n"


def read(text: str | bytes, profile: Profile = PROFILE) -> list[tuple[int, str]]:
    """Return (line, content) of good records and (line, reason) of broken ones."""
    content = text.encode() if isinstance(text, str) else text
    return [
        (each.line, each.cells["内容"] if isinstance(each, Record) else f"坏：{each.reason}")
        for each in records(io.BytesIO(content), profile)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encoding_is_found(encoding: str) -> None:
    assert read(f"{HEADING}1,2026-01-01,占道经营\r\n".encode(encoding)) == [(2, "占道经营")]


def test_lines_are_those_of_the_file() -> None:
    assert read(f'{HEADING}\n1,,"两\n行"\n2,,"引""号"\n3,,5" 管\n') == [
        (3, "两\n行"),
        (5, '引"号'),
        (6, '5" 管'),
    ]


def test_a_short_or_long_line_is_broken_and_the_rest_goes_on() -> None:
    assert read(f"{HEADING}1,甲\n2,,乙\n3,,丙,丁\n4,,戊\n") == [
        (2, "坏：应有3列，实有2列"),
        (3, "乙"),
        (4, "坏：应有3列，实有4列"),
        (5, "戊"),
    ]


def test_a_quotation_nobody_closed_costs_one_line() -> None:
    lines = "".join(f"{n},,行{n}\n" for n in range(3, 100))
    found = read(f'{HEADING}1,,甲\n2,,"乙\n{lines}')
    assert found[:3] == [(2, "甲"), (3, "坏：引号没有闭合"), (4, "行3")]
    assert len(found) == 99


def test_two_open_quotations_cost_two_lines() -> None:
    assert read(f'{HEADING}1,,"甲\n2,,乙\n3,,"丙\n4,,丁\n') == [
        (2, "坏：不是有效的CSV行（',' expected after '\"'）"),
        (3, "乙"),
        (4, "坏：引号没有闭合"),
        (5, "丁"),
    ]


def test_bytes_that_are_no_text_cost_one_line() -> None:
    assert read(HEADING.encode() + b"1,,\xff\n" + "2,,乙\n".encode()) == [
        (2, "坏：第4字节无法按utf-8-sig解码"),
        (3, "乙"),
    ]


def test_an_open_quotation_is_not_blamed_for_the_bytes_of_a_later_line() -> None:
    assert read(HEADING.encode() + '1,,"甲\n'.encode() + b"2,,\xff\n" + "3,,丙\n".encode()) == [
        (2, "坏：引号没有闭合"),
        (3, "坏：第4字节无法按utf-8-sig解码"),
        (4, "丙"),
    ]


def test_rows_are_read_by_the_profile() -> None:
    found = list(rows(io.BytesIO(f"{HEADING}1,2026-01-01,甲\n2,昨天,乙\n".encode()), PROFILE))
    assert [
        (each.line, each.reason) if isinstance(each, Broken) else (each[0], each[1].key) for each in found
    ] == [
        (2, "1"),
        (3, "时间“昨天”不是有效时间"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "文件缺少配置所用的列：内容、时间、编号"),
        ("编号,时间\n", "文件缺少配置所用的列：内容"),
        ('编号,"时间', "表头无法读取：引号没有闭合"),
    ],
)
def test_a_heading_that_does_not_fit_is_refused(content: str, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(content)
    assert refused.value.facts == {"reason": reason}


def test_an_encoding_that_is_none_is_refused() -> None:
    with pytest.raises(Malformed, match="没有编码“utf-88”"):
        read(HEADING, parse_profile(SETTINGS | {"encodings": ["utf-88"]}))


@pytest.mark.parametrize("content", [b"a = ", b"\xff"])
def test_a_profile_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "city.toml").write_bytes(content)
    with pytest.raises(Malformed, match=r"city\.toml不是有效的TOML"):
        load_profile(str(tmp_path / "city.toml"))
