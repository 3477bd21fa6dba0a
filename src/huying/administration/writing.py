"""Tables out again: XLSX and CSV that come back unchanged, templates, and the rows that were refused.

Text that a spreadsheet would take for a formula is kept from being one: in XLSX by its type, in CSV by a
tab in front, which the reading takes off again. Source: docs/rules/administration.md §5.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

import xlsxwriter

from huying.administration.policy.columns import Column
from huying.administration.policy.verdicts import Judged
from huying.administration.states import Kind
from huying.administration.tables import Cells, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")
REASON = "原因"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST, NARROWEST = 40, 8  # characters of a column
_SHOWN = 200  # rows looked at for the width of a column


def xlsx(table: Table, records: Iterable[Cells]) -> bytes:
    """Return a workbook of these records; every cell is text, so that no digit and no zero is lost."""
    rows = [[record.get(column.field, "") for column in table.columns] for record in records]
    return _book(table.name.label, _headings(table.columns), rows)


def template(table: Table) -> bytes:
    """Return an empty workbook of a table with a hint for each column."""
    hints = [_hint(column) for column in table.columns]
    return _book(table.name.label, _headings(table.columns), [], hints)


def broken(table: Table, judged: Iterable[Judged]) -> bytes:
    """Return the refused rows as they were read, each with why: to be mended and brought in again."""
    rows = [[*(each.row.cells.get(c.field, "") for c in table.columns), each.said] for each in judged]
    return _book(table.name.label, [*_headings(table.columns), REASON], rows)


def csv_text(table: Table, records: Iterable[Cells]) -> bytes:
    """Return the records as CSV in UTF-8 with its mark, by which spreadsheets know it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_headings(table.columns))
    for record in records:
        writer.writerow([harmless(record.get(column.field, "")) for column in table.columns])
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return text that no spreadsheet calculates."""
    return f"\t{text}" if text.startswith(FORMULA) else text


def _headings(columns: Sequence[Column]) -> list[str]:
    return [column.heading for column in columns]


def _hint(column: Column) -> str:
    said = ["必填" if column.needed else "可不填" if column.read_back else "仅供查看，不读取"]
    if column.kind is Kind.WORD and column.words is not None:
        said.append("、".join(word.label for word in column.words))
    return "；".join([*said, *([column.hint] if column.hint else [])])


def _book(
    name: str, headings: Sequence[str], rows: Sequence[Sequence[str]], hints: Sequence[str] = ()
) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#e3eef0", "border": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for position, heading in enumerate(headings):
            sheet.set_column(
                position, position, _width(heading, [row[position] for row in rows[:_SHOWN]]), text
            )
            sheet.write_string(0, position, heading, bold)
        for position, hint in enumerate(hints):
            sheet.write_comment(0, position, hint)
        for number, row in enumerate(rows, start=1):
            for position, cell in enumerate(row):
                sheet.write_string(number, position, cell, text)
    return out.getvalue()


def _width(heading: str, cells: Iterable[str]) -> int:
    """Return the width of a column in characters; a Chinese one takes two."""
    widest = max(
        sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell) for cell in (heading, *cells)
    )
    return min(max(widest + 2, NARROWEST), WIDEST)
