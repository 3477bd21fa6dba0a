"""From a staged file to rows that can be judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from huying.administration import sheets
from huying.administration.policy import columns as cells_of
from huying.administration.policy import headers
from huying.administration.policy.headers import NOWHERE, Header, address
from huying.administration.policy.verdicts import Row
from huying.administration.sheets import Sheet
from huying.administration.tables import Table
from huying.administration.tables.base import Filler
from huying.shared.errors import Incomplete, Refused
from huying.shared.sentences import Sentence, Sentences, clause


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of a sheet. skipped: (line, what it says) of rows that only sum up or remark."""

    rows: list[Row]
    skipped: list[tuple[int, str]]


def recognised(found: Sequence[Sheet], table: Table) -> tuple[int, Header | None]:
    """Return the first sheet that has a header of the table, and the header; else the first sheet."""
    for number, sheet in enumerate(found):
        header = headers.recognise(sheet.grid, table.columns)
        if header is not None:
            return number, header
    return 0, None


def take(sheet: Sheet, table: Table, header: Header, filler: Filler) -> Taken:
    """Read every row below the header; what cannot be read is a flaw of its row, with its cell."""
    taken = Taken([], [])
    for number, cells in headers.rows(sheet.grid, header):
        said = {
            field: cells[position] if position < len(cells) else ""
            for field, position in header.columns.items()
            if position != NOWHERE
        }
        if headers.is_remark(cells):
            taken.skipped.append((number + 1, next(cell for cell in cells if cell.strip())))
            continue
        flaws = list(_flaws(sheet, number, header))
        if not any(cell.strip() for cell in said.values()) and not flaws:
            continue
        taken.rows.append(_row(number, said, flaws, table, header, filler))
    return taken


def _flaws(sheet: Sheet, number: int, header: Header) -> Iterator[Sentence]:
    for position in header.columns.values():
        if position != NOWHERE and (flaw := sheets.flaw(sheet, number, position)):
            yield Sentence("{place}：{why}", place=address(number, position), why=flaw)


def _row(
    number: int, said: Mapping[str, str], flaws: list[Sentence], table: Table, header: Header, filler: Filler
) -> Row:
    places = {field: address(number, header.columns[field]) for field in said}
    cells: dict[str, str] = {}
    for column in table.columns:
        if column.field not in said:
            continue
        try:
            cells[column.field] = cells_of.read(column, said[column.field])
        except Incomplete as refused:
            cells[column.field] = said[column.field].strip()
            flaws.append(Sentence("{place}：{why}", place=places[column.field], why=clause(refused)))
    if not flaws:
        try:
            cells = filler(cells)
        except Refused as refused:
            flaws.append(Sentence("第{line}行：{why}", line=number + 1, why=clause(refused)))
    return Row(number + 1, cells, places, Sentences(flaws))
