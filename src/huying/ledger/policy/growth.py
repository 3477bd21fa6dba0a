"""The right edge of the tree: all that must be known to append to it, at most 256 hashes a level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from huying.ledger.policy.merkle import EMPTY_ROOT, root_of
from huying.ledger.policy.tiles import ENTRIES, WIDTH, Tile, bundle, count

File = tuple[Tile, bytes]


@dataclass(slots=True)
class Edge:
    """The unfinished tiles of a tree. Appending n entries costs about n hashes, whatever the size."""

    size: int = 0
    entries: list[bytes] = field(default_factory=list)  # of the unfinished bundle
    rows: list[list[bytes]] = field(default_factory=lambda: [[]])  # unfinished tile of each level

    def append(self, entries: Sequence[bytes], hashes: Sequence[bytes]) -> list[File]:
        """Add entries with their leaf hashes; return the tiles and bundles this finished."""
        finished, start = list[File](), 0
        while start < len(entries):
            end = min(start + WIDTH - len(self.entries), len(entries))
            self.entries += entries[start:end]
            self.rows[0] += hashes[start:end]
            self.size += end - start
            start = end
            finished += self._finished()
        return finished

    def unfinished(self) -> list[File]:
        """Return the partial tiles and the partial bundle a checkpoint of this size needs."""
        files = [
            (Tile(level, *divmod(count(level, self.size), WIDTH)), b"".join(row))
            for level, row in enumerate(self.rows)
            if row
        ]
        if self.entries:
            files.append((Tile(ENTRIES, *divmod(self.size, WIDTH)), bundle(self.entries)))
        return files

    def root(self) -> bytes:
        """Return the root. From the lowest level up: what lies right of a level's hashes is one node more."""
        right = list[bytes]()
        for row in self.rows:
            if row or right:
                right = [root_of([*row, *right])]
        return right[0] if right else EMPTY_ROOT

    def _finished(self) -> Iterator[File]:
        if len(self.entries) < WIDTH:
            return
        yield Tile(ENTRIES, self.size // WIDTH - 1), bundle(self.entries)
        self.entries = []
        for level, row in enumerate(self.rows):
            if len(row) < WIDTH:
                return
            yield Tile(level, count(level, self.size) // WIDTH - 1), b"".join(row)
            if level + 1 == len(self.rows):
                self.rows.append([])  # the loop goes on with it
            self.rows[level + 1].append(root_of(row))
            self.rows[level] = []
