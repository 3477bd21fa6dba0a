"""What an import would do with each row. Source: docs/rules/administration.md §4."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from huying.administration.policy.columns import CLEAR, Column, agrees
from huying.administration.states import Verdict
from huying.shared.sentences import Sentence, Sentences

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file. cells: field → what it says, read; only columns that the file has.

    line: number of the row as people count. places: field → cell, "C17".
    """

    line: int
    cells: Mapping[str, str]
    places: Mapping[str, str]
    flaw: str = ""  # why it cannot be taken, with its cell; "" = nothing against it


@dataclass(frozen=True, slots=True)
class Change:
    heading: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what would become of it. said: what is wrong, as a sentence without a full stop."""

    row: Row
    verdict: Verdict
    title: str
    changes: tuple[Change, ...] = ()
    said: str = ""

    def broken(self, said: str) -> "Judged":
        """Return the same row refused for a reason."""
        return replace(self, verdict=Verdict.BROKEN, changes=(), said=said)


def key_of(cells: Mapping[str, str], key: Sequence[str]) -> Key:
    """Return what tells a record from the others."""
    return tuple(cells.get(field, "") for field in key)


def judge(
    rows: Iterable[Row],
    columns: Sequence[Column],
    key: Sequence[str],
    present: Mapping[Key, Mapping[str, str]],
) -> list[Judged]:
    """Tell for each row whether it is new, changes something, changes nothing, or is broken.

    present: the records there are, by key. A key that an earlier row has is refused.
    """
    bench = _Bench(columns, key, present, _without_zeros(present))
    first: dict[Key, int] = {}
    judged = []
    for row in rows:
        found = bench.judge(row)
        earlier = first.setdefault(key_of(row.cells, key), row.line)
        if found.verdict is not Verdict.BROKEN and earlier != row.line:
            found = found.broken(Sentence("{at}与第{line}行重复", at=_at(row, key), line=earlier))
        judged.append(found)
    return judged


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every row of one file is judged by."""

    columns: Sequence[Column]
    key: Sequence[str]
    present: Mapping[Key, Mapping[str, str]]
    bare: Mapping[Key, Sequence[Key]]  # key without zeros in front → the keys that differ by them

    def judge(self, row: Row) -> Judged:
        known = self.present.get(key_of(row.cells, self.key))
        title = row.cells.get("name") or " ".join(part for part in key_of(row.cells, self.key) if part)
        judged = Judged(row, Verdict.NEW if known is None else Verdict.CHANGED, title)
        if row.flaw:
            return judged.broken(row.flaw)
        if known is None:
            return self._new(judged)
        changes = tuple(self._changes(row, known))
        return replace(judged, verdict=Verdict.CHANGED if changes else Verdict.SAME, changes=changes)

    def _changes(self, row: Row, known: Mapping[str, str]) -> Iterator[Change]:
        for column in self.columns:
            said, old = row.cells.get(column.field, ""), known.get(column.field, "")
            if column.read_back and not agrees(column, said, old):
                yield Change(column.heading, old, "" if said == CLEAR else said)

    def _new(self, judged: Judged) -> Judged:
        row = judged.row
        missing = [
            column.heading for column in self.columns if column.needed and not row.cells.get(column.field)
        ]
        if missing:
            return judged.broken(
                Sentence("第{line}行缺少{columns}", line=row.line, columns=Sentences(missing))
            )
        like = self.bare.get(_bare(key_of(row.cells, self.key)), ())
        if len(like) == 1:
            known = " ".join(part for part in like[0] if part)
            return judged.broken(
                Sentence("{at}前面的零可能丢了：系统里有“{known}”", at=_at(row, self.key), known=known)
            )
        return judged


def _without_zeros(present: Iterable[Key]) -> dict[Key, list[Key]]:
    found: dict[Key, list[Key]] = {}
    for key in present:
        found.setdefault(_bare(key), []).append(key)
    return found


def _bare(key: Key) -> Key:
    """Return a key as a spreadsheet leaves it that takes its parts for numbers."""
    return tuple(part.lstrip("0") if part.isdigit() else part for part in key)


def _at(row: Row, key: Sequence[str]) -> Sentence:
    said = " ".join(part for part in key_of(row.cells, key) if part)
    place = next((row.places[field] for field in key if field in row.places), "")
    if place:
        return Sentence("{place}：“{said}”", place=place, said=said)
    return Sentence("第{line}行：“{said}”", line=row.line, said=said)


def counts(judged: Iterable[Judged]) -> dict[str, int]:
    """Return how many rows have each verdict, in the order of the words."""
    found = Counter(each.verdict for each in judged)
    return {verdict.value: found[verdict] for verdict in Verdict}
