"""The published log in one folder: tiles, entry bundles, the checkpoint. A crash leaves no half file.

A file is written beside its place, brought to the disk, then renamed; the folders follow before anything is
signed that rests on them. Nothing here knows the database.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from huying.ledger.policy.growth import Edge, File
from huying.ledger.policy.merkle import LENGTH, Hashes
from huying.ledger.policy.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    bundle,
    count,
    hashes_of,
    levels,
    tile_at,
    tile_hashes,
    unbundle,
)
from huying.ledger.policy.unproven import Unproven

CHECKPOINT = "checkpoint"
DRAFT = ".new"  # no address of a tile ends so


class LogFiles:
    """The files of one log. Many may read; one sequencer writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoint(self) -> str | None:
        """Return the last published note; None before the first."""
        try:
            return (self.folder / CHECKPOINT).read_text("utf-8")
        except FileNotFoundError:
            return None

    def read(self, tile: Tile) -> bytes:
        """Return a tile or bundle. A partial one that was cleared away is cut from the full one.

        Raises Unproven when neither is there.
        """
        try:
            return (self.folder / tile.path).read_bytes()
        except FileNotFoundError:
            pass
        try:
            return _cut((self.folder / Tile(tile.level, tile.index).path).read_bytes(), tile)
        except FileNotFoundError:
            raise Unproven(f"日志文件缺失：{tile.path}") from None

    def hashes(self, size: int) -> Hashes:
        """Return a reader of subtree hashes for proofs in the tree of `size` leaves."""
        return tile_hashes(size, self.read)

    def entry(self, number: int, size: int) -> bytes:
        """Return the bytes of leaf `number` in the tree of `size` leaves. Raises Unproven when not there."""
        found = unbundle(self.read(tile_at(ENTRIES, number // WIDTH, size)))
        if number % WIDTH >= len(found):
            raise Unproven("条目包不完整")
        return found[number % WIDTH]

    def edge(self, size: int) -> Edge:
        """Return the right edge of the tree of `size` leaves. Raises Unproven when a file is wrong."""
        rows = [self._row(level, size) for level in levels(size)] or [[]]
        entries = unbundle(self.read(tile_at(ENTRIES, size // WIDTH, size))) if size % WIDTH else []
        if len(entries) != len(rows[0]):
            raise Unproven("条目包与瓦片长度不同")
        return Edge(size, entries, rows)

    def write(self, files: Iterable[File]) -> None:
        """Bring tiles and bundles to the disk; when this returns, they and their folders are there."""
        folders = set[Path]()
        for tile, data in files:
            path = self.folder / tile.path
            _made(path.parent)
            _replace(path, data)
            folders.add(path.parent)
        for folder in sorted(folders):
            _sync(folder)

    def publish(self, note: str) -> None:
        """Put the signed note in the place of the last one."""
        put(self.folder / CHECKPOINT, note.encode())

    def clear(self, old: int, size: int) -> None:
        """Remove the partial tiles that have become full since `old`: `read` cuts them from the full ones."""
        for level in (ENTRIES, *levels(old)):
            index, width = divmod(count(level, old), WIDTH)
            if width and count(level, size) >= (index + 1) * WIDTH:
                _remove(self.folder / f"{Tile(level, index).path}.p")

    def _row(self, level: int, size: int) -> list[bytes]:
        index, width = divmod(count(level, size), WIDTH)
        if not width:
            return []
        row = hashes_of(self.read(Tile(level, index, width)))
        if len(row) != width:
            raise Unproven("瓦片长度不对")
        return row


def put(path: Path, data: bytes) -> None:
    """Put a file in its place; when this returns, it is on the disk, whole, under its name."""
    _made(path.parent)
    _replace(path, data)
    _sync(path.parent)


def _cut(data: bytes, tile: Tile) -> bytes:
    if tile.level == ENTRIES:
        return bundle(unbundle(data)[: tile.width])
    return data[: tile.width * LENGTH]


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(path.name + DRAFT)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(path)


def _made(folder: Path) -> None:
    """Make a folder with those above it, each entered in the one above on the disk."""
    if folder.is_dir():
        return
    _made(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
