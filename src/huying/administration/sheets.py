"""Reading the files that offices have: XLSX, XLS, CSV in any of their encodings. Knows nothing of tables.

A workbook is looked through before it is read: what it unpacks to, how far its cells reach, which formulas
have no result. Only then a library that trusts it gets to see it. Source: docs/rules/administration.md §1.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import python_calamine

from huying.administration import workbooks
from huying.administration.policy.headers import address
from huying.administration.workbooks import MOST_COLUMNS, MOST_ROWS
from huying.shared.errors import Malformed, TooLarge
from huying.shared.sentences import Sentence

LARGEST_FILE = 5_000_000  # bytes
EXACT_FLOAT = 2**53  # a longer number in a cell has lost its last digits
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as people see it: text by row and column. flaws: cells that say nothing, and why."""

    name: str
    grid: list[list[str]]
    flaws: Mapping[str, str] = field(default_factory=dict)  # "C17" → sentence without a full stop


def read(content: bytes) -> list[Sheet]:
    """Read every sheet of a file that says anything.

    Raises TooLarge, or Malformed when it is no table that can be read.
    """
    if len(content) > LARGEST_FILE:
        raise TooLarge(megabytes=LARGEST_FILE // 1_000_000)
    if content.startswith(_ZIP):
        return _workbook(content, workbooks.look_through(content))
    if content.startswith(_OLE):
        return _workbook(content, {})
    return [Sheet("", _csv(content))]


def _workbook(content: bytes, flaws: Mapping[str, Mapping[str, str]]) -> list[Sheet]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        sheets = [Sheet(name, _grid(book.get_sheet_by_name(name)), flaws.get(name, {})) for name in names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Malformed(reason=Sentence("不是可以读取的表格（{error}）", error=error)) from None
    said = [sheet for sheet in sheets if sheet.grid]
    if not said:
        raise Malformed(reason="表格里没有内容")
    return said


def _grid(sheet: python_calamine.CalamineSheet) -> list[list[str]]:
    """Return the cells as text; every cell of a merged range holds what the range shows."""
    if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
        raise Malformed(
            reason=Sentence(
                "“{sheet}”超过{rows}行或{columns}列", sheet=sheet.name, rows=MOST_ROWS, columns=MOST_COLUMNS
            )
        )
    grid = [[text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        shown = grid[top][left] if top < len(grid) and left < len(grid[top]) else ""
        for row in grid[top : bottom + 1]:
            row[left : right + 1] = [shown] * len(row[left : right + 1])
    return grid


def text(cell: object) -> str:
    """Return a cell as people see it: 330108.0 is 330108, midnight is a day without a time.

    Digits that a float cannot hold stay in scientific notation, so that nobody takes them for exact.
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(cell)


def _number(cell: float) -> str:
    if cell.is_integer():
        return f"{int(cell)}" if abs(cell) < EXACT_FLOAT else f"{cell:e}"
    return f"{cell:.15g}"


def _csv(content: bytes) -> list[list[str]]:
    """Read separated text; the delimiter is whichever of , ; tab its first lines have most of."""
    said = decoded(content)
    if "\x00" in said:
        raise Malformed(reason="不是表格文件，请使用 XLSX、XLS 或 CSV")
    head = "\n".join(said.splitlines()[:5])
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(said, newline=""), delimiter=delimiter)
    try:
        return list(_bounded(reader))
    except csv.Error as error:
        raise Malformed(
            reason=Sentence("第{line}行不是有效的 CSV（{error}）", line=reader.line_num, error=error)
        ) from None


def _bounded(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(reader):
        if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise Malformed(
                reason=Sentence("文件超过{rows}行或{columns}列", rows=MOST_ROWS, columns=MOST_COLUMNS)
            )
        yield [cell.strip().removeprefix("\t") for cell in row]


def decoded(content: bytes) -> str:
    """Return text as UTF-8, UTF-16 or GB18030 (which GBK is a part of). Raises Malformed."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode(content, encoding)
    encodings = ("utf-8", "gb18030")
    if content[:200].count(b"\x00") > 20:  # UTF-16 without its mark: every second byte of ASCII is 0
        encodings = ("utf-16-le", "utf-16-be") if content[1:2] == b"\x00" else ("utf-16-be", "utf-16-le")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed(reason="文本编码不是 UTF-8、GB18030 或 UTF-16")


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Malformed(reason=Sentence("文本编码自称 {encoding}，内容却不是", encoding=encoding)) from None


def flaw(sheet: Sheet, row: int, position: int) -> str:
    """Return why a cell says nothing although it was meant to; "" when all is well."""
    return sheet.flaws.get(address(row, position), "")


def widest(grid: Sequence[Sequence[str]]) -> int:
    """Return how many columns a sheet has."""
    return max(map(len, grid), default=0)
