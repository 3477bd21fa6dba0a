"""The whole log derived again: rows → leaves → tiles → checkpoints. Reads everything once, in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from huying.database import hot
from huying.ledger import installation
from huying.ledger.files import LogFiles
from huying.ledger.models import Checkpoint as Row
from huying.ledger.policy.checkpoints import Checkpoint, open_checkpoint
from huying.ledger.policy.growth import Edge, File
from huying.ledger.policy.leaves import leaf_bytes
from huying.ledger.policy.merkle import leaf_hash
from huying.ledger.policy.tiles import WIDTH, count
from huying.ledger.policy.unproven import Unproven
from huying.ledger.queries.leaves import CHUNK, COLUMNS, leaf_count, written
from huying.ledger.queries.reading import violations

MOST_PROBLEMS = 1_000  # after one change in the middle every later root is wrong

_ROWS = f"""
SELECT l.number, l.entry_id, l.hash, {COLUMNS}
FROM ledger_leaf AS l LEFT JOIN ledger_entry AS e ON e.id = l.entry_id
WHERE l.number >= %s AND l.number < %s ORDER BY l.number
"""  # noqa: S608  # constants


@dataclass(slots=True)
class Verified:
    """What was looked at, and what does not fit."""

    leaves: int = 0
    published: int = 0  # leaves under the checkpoint the world sees
    tiles: int = 0
    checkpoints: int = 0
    problems: list[str] = field(default_factory=list)

    def blame(self, problem: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def verify(advance: Callable[[int], object] = lambda _leaves: None) -> Verified:
    """Derive the log again from the rows; compare leaves, files, every checkpoint signed, and openings.

    advance: told how many leaves more are done.
    """
    found, files = Verified(leaves=leaf_count()), installation.files()
    published = _published(files, found)
    audit = _Audit(files, found, published.size if published else 0)
    for number in range(0, found.leaves, CHUNK):
        audit.take(_rows(number, min(number + CHUNK, found.leaves), found))
        advance(min(CHUNK, found.leaves - number))
    audit.end(published)
    for problem in violations():
        found.blame(problem)
    return found


def _published(files: LogFiles, found: Verified) -> Checkpoint | None:
    note, signer = files.checkpoint(), installation.signer()
    if note is None:
        return None
    try:
        published = open_checkpoint(note, signer.name, [signer.verifier])
    except Unproven as error:
        found.blame(f"公布的检查点无效：{error}")
        return None
    found.published = published.size
    if published.size > found.leaves:
        found.blame(f"已公布{published.size}条，数据库中只有{found.leaves}条")
    return published


def _rows(start: int, end: int, found: Verified) -> Iterator[tuple[bytes, bytes]]:
    """Yield the entry and the leaf hash of each number, blaming what does not fit."""
    expected = start
    for number, entry_id, kept, *columns in hot.fetch(_ROWS, [start, end]):
        if number != expected:
            found.blame(f"叶子{expected}到{number - 1}缺号")
        expected = number + 1
        entry = leaf_bytes(written(*columns)) if columns[0] is not None else b""
        if not entry:
            found.blame(f"叶子{number}的条目{entry_id}不存在")
        elif leaf_hash(entry) != kept:
            found.blame(f"叶子{number}与条目{entry_id}不符：条目被改动过")
        yield entry, kept


class _Audit:
    """The tree as it grows, stopping at every size that was ever signed."""

    def __init__(self, files: LogFiles, found: Verified, published: int) -> None:
        self.files = files
        self.found = found
        self.published = published
        self.edge = Edge()
        rows = Row.objects.filter(size__lte=found.leaves).order_by("size", "id")
        self.signed = rows.iterator(chunk_size=5_000)
        self.next = next(self.signed, None)

    def take(self, rows: Iterator[tuple[bytes, bytes]]) -> None:
        taken = list(rows)
        entries, hashes = [entry for entry, _ in taken], [kept for _, kept in taken]
        start, base = 0, self.edge.size
        for stop in (*self._stops(base + len(taken)), base + len(taken)):
            self._compare(self.edge.append(entries[start : stop - base], hashes[start : stop - base]))
            start = stop - base
            self._check_signed()

    def end(self, published: Checkpoint | None) -> None:
        """Compare the checkpoint the world sees with those the database knows."""
        if published is None:
            return
        row = Row.objects.filter(origin=published.origin, size=published.size).first()
        if row is None or bytes(row.root) != published.root:
            self.found.blame(f"公布的检查点（大小{published.size}）不在数据库中")

    def _stops(self, end: int) -> list[int]:
        """Return where below `end` to stop: at signed sizes, and at the published one."""
        sizes = Row.objects.filter(size__gt=self.edge.size, size__lt=end).order_by("size")
        stops = set(sizes.values_list("size", flat=True).distinct())
        if self.edge.size < self.published < end:
            stops.add(self.published)
        return sorted(stops)

    def _check_signed(self) -> None:
        if self.edge.size == self.published:
            self._compare(self.edge.unfinished())
        root = b""
        while self.next is not None and self.next.size <= self.edge.size:
            root = root or self.edge.root()
            self._check(self.next, root)
            self.next = next(self.signed, None)

    def _check(self, row: Row, root: bytes) -> None:
        self.found.checkpoints += 1
        if bytes(row.root) != root:
            self.found.blame(f"大小{row.size}的检查点与重新推导的树根不符")
        signer = installation.signer()
        if row.origin != signer.name:
            return  # of a log given up after a restore; its key may be gone
        try:
            signed = open_checkpoint(row.note, signer.name, [signer.verifier])
        except Unproven as error:
            self.found.blame(f"大小{row.size}的检查点签名无效：{error}")
            return
        if (signed.size, signed.root) != (row.size, bytes(row.root)):
            self.found.blame(f"大小{row.size}的检查点与其签名的内容不符")

    def _compare(self, files: Sequence[File]) -> None:
        """Compare what is published with what it must be."""
        for tile, data in files:
            if tile.index * WIDTH + tile.width > count(tile.level, self.published):
                continue
            self.found.tiles += 1
            try:
                is_same = self.files.read(tile) == data
            except Unproven as error:
                self.found.blame(str(error))
                continue
            if not is_same:
                self.found.blame(f"文件{tile.path}与数据库不符")
