"""Files as offices and websites have them."""

import json
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from shapely.geometry import Polygon

from huying.places import files
from huying.places.policy.rows import AreaRow, EstateRow
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import Malformed

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(file: Path, rows: list[list[object]], merged: list[str]) -> Path:
    """Write a workbook by hand: texts inline, numbers as numbers, "A1:C1" merged."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="底册" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>'
        + "".join(_row(at, row) for at, row in enumerate(rows, start=1))
        + f'</sheetData><mergeCells count="{len(merged)}">'
        + "".join(f'<mergeCell ref="{each}"/>' for each in merged)
        + "</mergeCells></worksheet>",
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return file


def _row(at: int, cells: list[object]) -> str:
    return f'<row r="{at}">' + "".join(_cell(f"{chr(65 + x)}{at}", c) for x, c in enumerate(cells)) + "</row>"


def _cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def test_sheet_with_title_merged_header_and_merged_cells(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "楼栋底册.xlsx",
        [
            ["浦沿街道楼栋底册", None, None, None, None, None],
            ["所属网格编码", "楼栋信息", None, "位置", None, "单元数"],
            [None, "楼栋编码", "幢号", "经度", "纬度", None],
            ["330108003001001", "330108003001001001", "1幢", 120.02, 30.02, 2],
            [None, "330108003001001002", "2幢", None, None, "东单元、西单元"],
            [None, None, None, None, None, None],
            ["330108003001002", "330108003001002001", 3, "120.03", "30.07", None],
        ],
        ["A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3", "A4:A5"],
    )
    table = files.read_buildings(file, {})
    assert table.errors == []
    assert [(row.line, row.code, row.name, row.area_code) for row in table.rows] == [
        ("第 4 行", "330108003001001001", "1幢", "330108003001001"),
        ("第 5 行", "330108003001001002", "2幢", "330108003001001"),
        ("第 7 行", "330108003001002001", "3", "330108003001002"),
    ]
    assert [(row.point, row.entrances) for row in table.rows] == [
        ((120.02, 30.02), ("1单元", "2单元")),
        (None, ("东单元", "西单元")),
        ((120.03, 30.07), ()),
    ]


def test_code_kept_as_number_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "areas.xlsx",
        [["编码", "名称"], [330108003, "浦沿街道"], [33010800300100101, "微网格"], [None, "无编码"]],
        [],
    )
    table = files.read_areas(file, {})
    assert table.rows == [AreaRow("第 2 行", "330108003", "浦沿街道")]
    assert [str(error) for error in table.errors] == [
        "第 3 行：编码超过 15 位且存为数字，末位已丢失，应改为文本格式",
        "第 4 行：缺少编码",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_any_office(encoding: str, delimiter: str, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    lines = [
        ["编码*", "社区名称", "级别", "上级编码", "别名"],
        ["330108003001", "东信社区", "社区", "330108003", "东信、电信新村"],
        ["", "", "", "", ""],
        ["330108003001001", "第一网格", "grid", "", ""],
        ["330108003001002", "第二网格", "村组", "", ""],
    ]
    file.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    table = files.read_areas(file, {})
    assert table.rows == [
        AreaRow(
            "第 2 行", "330108003001", "东信社区", AreaLevel.COMMUNITY, "330108003", ("东信", "电信新村")
        ),
        AreaRow("第 4 行", "330108003001001", "第一网格", AreaLevel.GRID),
    ]
    assert [str(error) for error in table.errors] == [
        "第 5 行：级别“村组”不在“市、区县、街道、社区、网格、微网格”之中"
    ]


def test_estates_with_scene_and_class(tmp_path: Path) -> None:
    file = tmp_path / "estates.csv"
    file.write_text(
        "所属社区编码,小区名称,场景,小区类别,经度,纬度\n"
        "330108003001,东信花园,小区,老旧小区,120.02,30.02\n"
        "330108003001,海创园,园区,,,\n"
        "330108003001,某楼,商场,,,\n"
        "330108003001,某园,园区,,东经,30\n"
    )
    table = files.read_estates(file, {})
    assert table.rows == [
        EstateRow(
            "第 2 行", "330108003001", "东信花园", (), Scene.RESIDENTIAL, EstateClass.OLD, (120.02, 30.02)
        ),
        EstateRow("第 3 行", "330108003001", "海创园", (), Scene.PARK),
    ]
    assert [str(error) for error in table.errors] == [
        "第 4 行：场景“商场”不在“小区、公寓、楼宇、园区、工地”之中",
        "第 5 行：经度“东经”不是数字",
    ]


def test_geojson_with_names_of_its_own(tmp_path: Path) -> None:
    ring = [[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.0]]
    feature = {
        "properties": {"adcode": 330108, "name": "滨江区", "level": "district", "parent": {"adcode": 330100}},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    broken = {
        "properties": {"adcode": 330109, "name": "萧山区"},
        "geometry": {"type": "Polygon", "coordinates": [["x"]]},
    }
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, broken]}))
    table = files.read_areas(file, {"code": "adcode", "parent": "parent.adcode"})
    assert table.rows == [
        AreaRow(
            "第 1 个要素“滨江区”", "330108", "滨江区", AreaLevel.DISTRICT, "330100", geometry=Polygon(ring)
        )
    ]
    assert [error.line for error in table.errors] == ["第 2 个要素“萧山区”"]
    # an object is no parent code: without the mapping the code itself tells
    assert files.read_areas(file, {"code": "adcode"}).rows[0].parent is None


UNREADABLE = [
    ("areas.geojson", b"{", "无法读取输入：不是有效的 JSON"),
    ("areas.geojson", b'{"type": "Feature"}', "无法读取输入：缺少要素列表 features。"),
    ("areas.csv", b"\xff\xff\xff", "无法读取输入：文本编码既不是 UTF-8 也不是 GB18030。"),
    ("areas.csv", "甲,乙\n1,2\n".encode(), "无法读取输入：前 10 行中没有同时含有“编码、名称”的表头。"),
    ("areas.csv", b"", "无法读取输入：前 10 行中没有同时含有“编码、名称”的表头。"),
    ("areas.xlsx", b"PK", "无法读取输入：不是可以读取的表格"),
]


@pytest.mark.parametrize(("name", "content", "reason"), UNREADABLE)
def test_file_that_cannot_be_read(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Malformed) as refused:
        files.read_areas(file, {})
    assert str(refused.value).startswith(reason)
