"""Trees for tests: recursion exactly as RFC 6962 §2.1 writes it, and a whole log held in memory."""

from collections.abc import Sequence
from functools import cache, lru_cache

from huying.ledger.policy.growth import Edge
from huying.ledger.policy.merkle import EMPTY_ROOT, Hashes, Node, leaf_hash, node_hash
from huying.ledger.policy.notes import Ed25519Signer
from huying.ledger.policy.tiles import Tile, tile_hashes

ORIGIN = "log.example.gov.cn/jd01"
SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
OTHER = Ed25519Signer(ORIGIN, bytes(range(1, 33)))


def mth(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1."""
    if not entries:
        return EMPTY_ROOT
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return node_hash(mth(entries[:split]), mth(entries[split:]))


@cache
def counted(size: int) -> tuple[bytes, ...]:
    """Entries that are their own numbers in decimal."""
    return tuple(str(number).encode() for number in range(size))


@lru_cache(maxsize=4_096)
def root_of_counted(size: int) -> bytes:
    return mth(counted(size))


class Memory:
    """The files of a log, in memory."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        edge = Edge()
        self.files: dict[str, bytes] = {}
        for tile, data in edge.append(entries, [leaf_hash(entry) for entry in entries]) + edge.unfinished():
            self.files[tile.path] = data
        self.size = edge.size
        self.root = edge.root()

    def read(self, tile: Tile) -> bytes:
        return self.files[tile.path]

    @property
    def hashes(self) -> Hashes:
        return tile_hashes(self.size, self.read)


def subtree_hashes(entries: Sequence[bytes]) -> Hashes:
    """A reader that knows nothing of tiles."""

    def hashes(nodes: Sequence[Node]) -> list[bytes]:
        return [
            mth(entries[node.position << node.level : (node.position + 1) << node.level]) for node in nodes
        ]

    return hashes


def flips(data: bytes) -> list[bytes]:
    """Every value that differs in one bit."""
    whole = int.from_bytes(data, "big")
    return [(whole ^ (1 << bit)).to_bytes(len(data), "big") for bit in range(len(data) * 8)]
