"""The tree and its entries as files that never change. Source: c2sp.org/tlog-tiles v0.1.0."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from huying.ledger.policy.merkle import LENGTH, Hashes, Node, root_of
from huying.ledger.policy.unproven import Unproven

HEIGHT = 8  # levels of the tree in one tile
WIDTH = 256  # hashes in a full tile, entries in a full bundle
MOST_BYTES = 65_535  # of an entry: its length stands before it in two bytes
ENTRIES = -1  # the "level" of entry bundles
PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 consecutive hashes of one level; of level ENTRIES: up to 256 entries."""

    level: int  # 0: leaf hashes; above: roots of full tiles of the level below
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The address below the log's prefix, and the file's below its folder."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_spelled(self.index)}{partial}"

    @classmethod
    def read(cls, path: str) -> "Tile":
        """Return the tile of an address. Raises Unproven for any other text: no other file has a name."""
        found = PATH.fullmatch(path)
        if not found:
            raise Unproven("不是瓦片地址")
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        tile = cls(level, int(re.sub(r"[x/]", "", found["index"])), int(found["width"] or WIDTH))
        if tile.path != path or tile.width > WIDTH:  # x000/ before a small number is another spelling
            raise Unproven("不是瓦片地址")
        return tile


def _spelled(index: int) -> str:
    """Return 1234067 as x001/x234/067: no folder grows beyond a thousand names."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def count(level: int, size: int) -> int:
    """Return how many hashes (entries, for ENTRIES) level holds in a tree of `size` leaves."""
    return size >> (HEIGHT * max(level, 0))


def tile_at(level: int, index: int, size: int) -> Tile:
    """Return tile `index` of a level as a tree of `size` leaves has it, full or partial."""
    return Tile(level, index, min(WIDTH, count(level, size) - index * WIDTH))


def levels(size: int) -> range:
    """Return the levels of tiles a tree of `size` leaves has."""
    return range((max(size.bit_length(), 1) - 1) // HEIGHT + 1 if size else 0)


def grown(level: int, old: int, size: int) -> Iterator[Tile]:
    """Yield the tiles of a level that are new, or wider, in a tree of `size` leaves after one of `old`."""
    if count(level, size) == count(level, old):
        return
    for index in range(count(level, old) // WIDTH, -(-count(level, size) // WIDTH)):
        yield tile_at(level, index, size)


def hashes_of(data: bytes) -> list[bytes]:
    """Return the hashes of a tile. Raises Unproven when bytes are missing."""
    if not data or len(data) % LENGTH:
        raise Unproven("瓦片长度不对")
    return [data[start : start + LENGTH] for start in range(0, len(data), LENGTH)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries one after the other, each after its length. Raises ValueError for one too long."""
    if any(len(entry) > MOST_BYTES for entry in entries):
        raise ValueError("an entry is longer than 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises Unproven when it breaks off."""
    entries, start = list[bytes](), 0
    while start < len(data):
        length = int.from_bytes(data[start : start + 2], "big")
        end = start + 2 + length
        if end > len(data):
            raise Unproven("条目包不完整")
        entries.append(data[start + 2 : end])
        start = end
    return entries


def tile_hashes(size: int, read: Callable[[Tile], bytes]) -> Hashes:
    """Return a reader of subtree hashes for a tree of `size` leaves whose tiles `read` fetches.

    Each tile is fetched once in a call. Raises Unproven when a tile has not the length it must have.
    """

    def hashes(nodes: Sequence[Node]) -> list[bytes]:
        tiles: dict[tuple[int, int], bytes] = {}
        return [_node(node, size, read, tiles) for node in nodes]

    return hashes


def _node(node: Node, size: int, read: Callable[[Tile], bytes], tiles: dict[tuple[int, int], bytes]) -> bytes:
    level, height = divmod(node.level, HEIGHT)
    first = node.position << height  # of the hashes of the tile level below this node
    index, offset = divmod(first, WIDTH)
    if (level, index) not in tiles:
        tile = tile_at(level, index, size)
        data = read(tile)
        if len(data) != tile.width * LENGTH:
            raise Unproven(f"瓦片{tile.path}长度不对")
        tiles[level, index] = data
    part = tiles[level, index][offset * LENGTH : (offset + (1 << height)) * LENGTH]
    return root_of(hashes_of(part))
