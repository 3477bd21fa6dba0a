"""Workbooks that are not what they seem. Every one is made here, byte by byte where need be."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from tests.administration.conftest import book, saved

from huying.administration import sheets, workbooks
from huying.shared.errors import Malformed


def rewritten(content: bytes, **parts: str) -> bytes:
    """Return a workbook with some parts replaced; named with _ for / and dot: xl_styles_xml."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            said = parts.get(name.replace("/", "_").replace(".", "_"))
            new.writestr(name, old.read(name) if said is None else said)
    return out.getvalue()


def sheet(rows: str, after: str = "") -> bytes:
    """Return a workbook whose only sheet has these rows, as XML; after: what follows them."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    said = f"<worksheet {space}><sheetData>{rows}</sheetData>{after}</worksheet>"
    return rewritten(book([["a"]]), xl_worksheets_sheet1_xml=said)


def test_every_kind_of_cell_as_people_see_it() -> None:
    made = openpyxl.Workbook()
    cells = [
        1.0,
        1.5,
        True,
        date(2026, 11, 21),
        datetime(2026, 11, 21, 8, 30),  # noqa: DTZ001  # a cell knows no zone
        time(8, 30),
        timedelta(hours=26),
        13800138000,
        330108199001011234,
        " 甲 ",
    ]
    made.active.append(cells)
    (read,) = sheets.read(saved(made))
    assert read.grid == [
        [
            "1",
            "1.5",
            "是",
            "2026-11-21",
            "2026-11-21 08:30",
            "08:30",
            "26:00",
            "13800138000",
            "3.301082e+17",
            " 甲 ",
        ]
    ]


def test_a_merged_range_beyond_the_filled_cells_does_no_harm() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    merged = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="C3:XFD1048576"/></mergeCells>'
    assert sheets.read(sheet(row, merged))[0].grid == [["1", "1"]]


def test_cells_that_are_only_coloured_do_not_count() -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = "甲"
    made.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    assert sheets.read(saved(made))[0].grid == [["甲"]]


def test_a_cell_far_away_is_refused_before_room_is_made_for_all() -> None:
    far = sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    with pytest.raises(Malformed, match="XFD1048576"):
        sheets.read(far)


def test_formulas_without_result_and_with_error_are_named() -> None:
    content = sheet(
        '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v>2</v></c>'
        '<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    assert workbooks.look_through(content) == {
        "Sheet1": {
            "A1": "是公式，但文件里没有它的结果；请在表格软件中打开并保存一次",
            "C1": "公式出错",
        }
    }
    assert sheets.read(content)[0].grid[0][1] == "2"


def test_a_bomb_that_says_how_big_it_is() -> None:
    bomb = rewritten(book([["a"]]), xl_styles_xml="0" * (workbooks.MOST_UNPACKED + 1))
    assert len(bomb) < 1_000_000
    with pytest.raises(Malformed, match="文件解压后过大"):
        sheets.read(bomb)


def test_a_bomb_that_lies_about_its_size() -> None:
    honest = rewritten(book([["a"]]), xl_styles_xml="0" * 1_000_000)
    lying = honest.replace((1_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Malformed, match="不是完整的 XLSX 文件"):
        sheets.read(lying)


def test_entities_are_refused() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    with pytest.raises(Malformed, match="文件自带实体定义"):
        sheets.read(rewritten(book([["a"]]), xl_worksheets_sheet1_xml=laughs))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        book([["a"]])[:-200],
        b"\x00" * 400,
        b"\xff\xfe\xff",
        b"\x81\xff\xff\x00abc",
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content: bytes) -> None:
    if content == b"":
        assert sheets.read(content) == [sheets.Sheet("", [])]
        return
    with pytest.raises(Malformed):
        sheets.read(content)


def test_an_empty_workbook_says_so() -> None:
    with pytest.raises(Malformed, match="表格里没有内容"):
        sheets.read(book([]))
