"""Finding the header of a table, and which column is which. Source: docs/rules/administration.md §2."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from huying.administration.policy.columns import Column, tidy

HEADER_WITHIN = 15  # rows that may stand above the data: title, date, two-storey header
NOWHERE = -1  # a column of ours that the file does not have
_TOTALS = re.compile(r"(合计|总计|小计|共计|总数|共\d+[人户条个行])")
_REMARKS = re.compile(r"(制表|填表|填报|审核|备注|说明|注)[人日时]?[期间]?[::].*|以下空白")

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Header:
    """row: counted from 0. columns: field → position, NOWHERE for one that is not there."""

    row: int
    columns: Mapping[str, int]


def letters(position: int) -> str:
    """Return the name of a column in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


def address(row: int, position: int) -> str:
    """Return the name of a cell: (16, 2) is C17."""
    return f"{letters(position)}{row + 1}"


def recognise(grid: Grid, columns: Sequence[Column]) -> Header | None:
    """Return the header among the first rows: the one that names most columns, the lowest of equals.

    None when no row names two columns, or the one there is.
    """
    best: Header | None = None
    most = min(2, len(columns))
    for row, cells in enumerate(grid[:HEADER_WITHIN]):
        found = match(cells, columns)
        known = sum(position != NOWHERE for position in found.values())
        if known >= most:
            best, most = Header(row, found), known
    return best


def match(cells: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Return where each column is by what the cells of a row say; each cell is used once."""
    labels = [_plain(cell) for cell in cells]
    taken: set[int] = set()
    found = {}
    for column in columns:
        wanted = [_plain(heading) for heading in (*column.headings, column.field)]
        position = next((labels.index(name) for name in wanted if name in labels), NOWHERE)
        found[column.field] = NOWHERE if position in taken else position
        taken.add(position)
    return found


def _plain(label: str) -> str:
    """Return a heading without blanks, stars, brackets with remarks and the mark of a required field."""
    text = unicodedata.normalize("NFKC", tidy(label)).lower()
    return re.sub(r"\(.*?\)|[\s*:_/]|必填|选填", "", text)


def rows(grid: Grid, header: Header) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield (row, cells) of the data below the header; empty rows are left out."""
    for row in range(header.row + 1, len(grid)):
        if any(cell.strip() for cell in grid[row]):
            yield row, grid[row]


def is_remark(cells: Sequence[str]) -> bool:
    """Tell whether a row only sums up or remarks: 合计, 制表人:…, 注:…"""
    said = [tidy(cell) for cell in cells if cell.strip()]
    if not said:
        return False
    first = re.sub(r"\s", "", said[0])
    return bool(_TOTALS.fullmatch(first)) or (len(set(said)) <= 3 and bool(_REMARKS.fullmatch(first)))
