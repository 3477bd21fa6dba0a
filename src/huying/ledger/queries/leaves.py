"""Leaves as the database holds them, by their numbers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from huying.database import hot
from huying.ledger.policy.leaves import Written, leaf_bytes
from huying.ledger.policy.merkle import leaf_hash
from huying.ledger.policy.unproven import Unproven

CHUNK = 25_000  # leaves read at a time: about 15 MB

# The moment as text: a million of them are read here at C's speed, by the driver at Python's.
COLUMNS = """
e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.actor, e.verb, e.subject,
e.before, e.after, e.commitment"""
_COUNT = "SELECT coalesce(max(number) + 1, 0) FROM ledger_leaf"
_HASHES = "SELECT number, hash FROM ledger_leaf WHERE number >= %s AND number < %s ORDER BY number"
_NUMBERED = f"""
SELECT l.number, l.hash, {COLUMNS} FROM ledger_leaf AS l LEFT JOIN ledger_entry AS e ON e.id = l.entry_id
WHERE l.number >= %s AND l.number < %s ORDER BY l.number
"""  # noqa: S608  # constants


def written(entry_id: int, at: str, *others: Any) -> Written:
    """Return an entry read as COLUMNS."""
    return Written(entry_id, datetime.fromisoformat(at), *others)


def leaf_count() -> int:
    """Return the size of the tree the database holds, published or not."""
    return int(hot.fetch(_COUNT, [])[0][0])


def leaf_hashes(start: int, end: int) -> list[bytes]:
    """Return the hashes of the leaves [start, end) that are there."""
    return [found for _, found in hot.fetch(_HASHES, [start, end])]


def numbered(start: int, end: int) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Yield entries and leaf hashes of [start, end), a chunk at a time.

    Raises Unproven when a number or an entry is missing, or an entry has another hash.
    """
    for first in range(start, end, CHUNK):
        rows = hot.fetch(_NUMBERED, [first, min(first + CHUNK, end)])
        if [row[0] for row in rows] != list(range(first, min(first + CHUNK, end))):
            raise Unproven(f"叶子{first}之后有缺号")
        if any(row[2] is None for row in rows):
            raise Unproven(f"叶子{first}之后有条目缺失")
        entries, hashes = [leaf_bytes(written(*row[2:])) for row in rows], [row[1] for row in rows]
        if [leaf_hash(entry) for entry in entries] != hashes:
            raise Unproven(f"叶子{first}之后有叶子与条目不符")
        yield entries, hashes
