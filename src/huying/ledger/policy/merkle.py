"""The Merkle tree of RFC 6962 §2: roots, inclusion and consistency. Checks: RFC 9162 §2.1.3-2.1.4.

Whoever proves reads hashes of complete subtrees through `Hashes`, so nothing here holds the tree.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from huying.ledger.policy.unproven import Unproven

LENGTH = 32  # bytes of a hash
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree: the leaves [position << level, (position + 1) << level)."""

    level: int
    position: int


Hashes = Callable[[Sequence[Node]], Sequence[bytes]]  # hashes of complete subtrees, in the order asked
Range = tuple[int, int]  # leaves [start, end)


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry. The prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, hashes: Hashes) -> bytes:
    """Return the root of the first `size` leaves."""
    return _joined([(0, size)], hashes)[0] if size else EMPTY_ROOT


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes held in memory."""
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    while len(row) > 1:
        paired = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        row = paired + row[len(paired) * 2 :]  # a node without a neighbour moves up as it is
    return row[0]


def inclusion_proof(index: int, size: int, hashes: Hashes) -> tuple[bytes, ...]:
    """Return the path from leaf `index` to the root of `size` leaves, the leaf's sibling first.

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return tuple(_joined(_inclusion_ranges(index, size), hashes))


def consistency_proof(first: int, second: int, hashes: Hashes) -> tuple[bytes, ...]:
    """Return what shows that the tree of `first` leaves is a prefix of that of `second`; empty when equal.

    Raises ValueError unless 0 < first <= second: everything starts with the empty tree, which proves nothing.
    """
    if not 0 < first <= second:
        raise ValueError(f"no consistency proof from {first} to {second}")
    return tuple(_joined(_consistency_ranges(first, second), hashes))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that leaf hash `leaf` is number `index` of the tree. Raises Unproven when it is not shown."""
    _require_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise Unproven(f"序号{index}不在大小为{size}的树中")
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise Unproven("包含证明过长")
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            position, last = _climbed(position, last)
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    if last or not hmac.compare_digest(found, root):
        raise Unproven("包含证明与树根不符")


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the first tree is a prefix of the second. Raises Unproven when it is not shown.

    An empty first tree smaller than the second is refused: nothing could be wrong about it.
    """
    _require_hashes([first_root, second_root, *proof])
    if not 0 <= first <= second or (first == 0 < second):
        raise Unproven(f"大小为{first}与{second}的树之间没有一致性证明")
    if first == second:
        if proof or not hmac.compare_digest(first_root, second_root):
            raise Unproven("大小相同的两棵树，树根不同")
        return
    old, new = _both_roots(first, second, first_root, proof)
    if not (hmac.compare_digest(old, first_root) and hmac.compare_digest(new, second_root)):
        raise Unproven("一致性证明与树根不符")


def subtrees(start: int, end: int) -> Iterator[Node]:
    """Yield the fewest complete subtrees that cover the leaves [start, end), left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield Node(level, start >> level)
        start += 1 << level


def _both_roots(first: int, second: int, first_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    is_complete = not first & (first - 1)  # then the first tree is itself a node of the second
    path = [first_root, *proof] if is_complete else list(proof)
    if not path:
        raise Unproven("一致性证明为空")
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            raise Unproven("一致性证明过长")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            position, last = _climbed(position, last)
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise Unproven("一致性证明过短")
    return old, new


def _climbed(position: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a node at the right edge has no neighbour."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != LENGTH for value in hashes):
        raise Unproven("哈希值不是32字节")


def _split(width: int) -> int:
    """Return the largest power of two smaller than width."""
    return 1 << ((width - 1).bit_length() - 1)


def _inclusion_ranges(index: int, size: int) -> list[Range]:
    start, end, ranges = 0, size, list[Range]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def _consistency_ranges(first: int, second: int) -> list[Range]:
    start, end, ranges = 0, second, list[Range]()
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def _joined(ranges: Sequence[Range], hashes: Hashes) -> list[bytes]:
    """Return the hash of each range, asking for all subtrees at once so that a tile is read once."""
    parts = [tuple(subtrees(start, end)) for start, end in ranges]
    found = hashes([node for nodes in parts for node in nodes])
    ends = [0]
    for nodes in parts:
        ends.append(ends[-1] + len(nodes))
    return [_folded(found[start:end]) for start, end in pairwise(ends)]


def _folded(hashes: Sequence[bytes]) -> bytes:
    whole = hashes[-1]
    for left in reversed(hashes[:-1]):
        whole = node_hash(left, whole)
    return whole
