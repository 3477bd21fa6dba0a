"""The bytes of an entry that the tree is built over."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from huying.ledger.policy.unproven import Unproven

VERSION = 1
KINDS = {"actor": str, "object": str, "prev_state": str, "seq": int, "state": str, "type": str}


@dataclass(frozen=True, slots=True)
class Written:
    """The public part of an entry as the log holds it. No personal data: see `Entry`."""

    id: int
    at: datetime
    actor: str
    verb: str
    subject: str
    before: str
    after: str
    commitment: bytes


def leaf_bytes(entry: Written) -> bytes:
    """Return the entry as canonical JSON: keys sorted, no blanks, UTF-8. Source: RFC 8785."""
    return orjson.dumps(
        {
            "actor": entry.actor,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "commit": entry.commitment.hex(),
            "object": entry.subject,
            "prev_state": entry.before,
            "seq": entry.id,
            "state": entry.after,
            "type": entry.verb,
            "v": VERSION,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def read_leaf(leaf: bytes) -> Written:
    """Return the entry a leaf holds. Raises Unproven when the bytes are not exactly what we would write."""
    try:
        found = orjson.loads(leaf)
        entry = Written(
            found["seq"], datetime.fromisoformat(found["at"]), found["actor"], found["type"], found["object"],
            found["prev_state"], found["state"], bytes.fromhex(found["commit"]),
        )  # fmt: skip
        is_same = leaf_bytes(entry) == leaf and all(type(found[key]) is kind for key, kind in KINDS.items())
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unproven("不是存证条目") from None
    if not is_same:
        raise Unproven("存证条目不是规范写法")
    return entry
