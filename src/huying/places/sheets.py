"""CSV and XLSX tables as offices have them.

Columns are found by what they are called; titles above the header, merged cells, numbers kept as text and
text kept as numbers are understood. Knows nothing of places but the names of their columns.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import python_calamine

from huying.places.policy import numerals
from huying.shared.errors import Malformed
from huying.shared.sentences import Sentence

HEADER_WITHIN = 10  # rows that may stand above the data: title, date, two-storey header
EXACT_FLOAT = 2**53  # a longer number in a cell has lost its last digits

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("编码", "代码", "区划代码", "行政区划代码", "社区编码", "网格编码", "楼栋编码", "ADCODE"),
    "name": ("名称", "辖区名称", "区划名称", "网格名称", "社区名称", "小区名称", "楼栋", "楼栋名称", "幢号"),
    "level": ("级别", "层级"),
    "parent": ("上级编码", "上级代码", "父级编码"),
    "aliases": ("别名", "曾用名"),
    "area_m2": ("面积", "面积平方米"),
    "area": ("所属编码", "所属网格编码", "所属社区编码", "所属辖区编码"),
    "scene": ("场景", "场景类型"),
    "estate_class": ("类别", "小区类别"),
    "estate": ("小区", "所属小区", "所在小区"),
    "address": ("地址", "门牌", "门牌号", "详细地址"),
    "lng": ("经度", "LON", "LONGITUDE"),
    "lat": ("纬度", "LATITUDE"),
    "floors": ("层数", "楼层数"),
    "entrances": ("单元", "单元数"),
}


def lines(
    file: Path, names: Mapping[str, str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, cells by field) below the header; empty lines are left out.

    names: field → what this file calls it, where that is not in COLUMNS. Raises Malformed when the file
    cannot be read or no header has every field of `needed`.
    """
    grid = _csv(file) if file.suffix.lower() in {".csv", ".txt"} else _sheet(file)
    header, columns = _header(grid, names, needed)
    for at, row in enumerate(grid[header + 1 :], start=header + 2):
        cells = {field: row[column] for field, column in columns.items() if column < len(row)}
        if any(cells.values()):
            yield at, cells


def _header(
    grid: Sequence[Sequence[str]], names: Mapping[str, str], needed: Sequence[str]
) -> tuple[int, dict[str, int]]:
    """Return the last of the first rows that names every needed column, and where each column is."""
    best: tuple[int, dict[str, int]] | None = None
    for at, row in enumerate(grid[:HEADER_WITHIN]):
        columns = {field: column for field in COLUMNS for column in _column(row, field, names)}
        if all(field in columns for field in needed):
            best = at, columns
    if best is None:
        wanted = "、".join(names.get(field, COLUMNS[field][0]) for field in needed)
        raise Malformed(
            reason=Sentence(
                "前 {header_within} 行中没有同时含有“{wanted}”的表头",
                header_within=HEADER_WITHIN,
                wanted=wanted,
            )
        )
    return best


def _column(row: Sequence[str], field: str, names: Mapping[str, str]) -> list[int]:
    """Return the first column so called, as a list of one or none."""
    called = {names[field]} if field in names else {field, *COLUMNS[field]}
    called = {_plain(name) for name in called}
    return [at for at, label in enumerate(row) if _plain(label) in called][:1]


def _plain(label: str) -> str:
    return numerals.normalise(label).replace("*", "")


def _csv(file: Path) -> list[list[str]]:
    """Read UTF-8 or GB18030 text; the delimiter is whichever of , ; tab the first line has most of."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(raw)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        raise Malformed(
            reason=Sentence(
                "第 {line_num} 行不是有效的 CSV（{error}）", line_num=reader.line_num, error=error
            )
        ) from None


def _gb18030(raw: bytes) -> str:
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        raise Malformed(reason="文本编码既不是 UTF-8 也不是 GB18030") from None


def _sheet(file: Path) -> list[list[str]]:
    """Read the first sheet; every cell of a merged range holds what the range shows."""
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Malformed(reason=Sentence("不是可以读取的表格（{error}）", error=error)) from None
    grid = [[text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        shown = grid[top][left]
        for row in grid[top : bottom + 1]:
            row[left : right + 1] = [shown] * len(row[left : right + 1])
    return grid


def text(cell: object) -> str:
    """Return a cell as people see it: 330108.0 is 330108; digits a float cannot hold become unreadable."""
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell)}" if abs(cell) < EXACT_FLOAT else f"{cell:e}"
    return str(cell).strip()
