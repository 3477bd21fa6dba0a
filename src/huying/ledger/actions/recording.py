"""Writing to the log. Runs inside the transaction of the act it records."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from huying.database import hot
from huying.ledger.policy import Entry, Seal, seal

# SQL for a fresh entry id, for a statement that fetches other numbers at the same time. An id that is never
# used leaves a gap, which is no loss: the leaves of the tree are numbered apart.
NEXT_ID = "nextval('ledger_entry_id_seq')"
_RESERVE = f"SELECT {NEXT_ID} FROM generate_series(1, %s)"  # noqa: S608  # a constant


def record(
    *,
    at: datetime,
    actor: str,
    verb: str,
    subject: str,
    before: str = "",
    after: str = "",
    payload: Mapping[str, object] | None = None,
) -> int:
    """Append one entry and return its id. `payload` is the only place for personal data."""
    return record_many([Entry(at, actor, verb, subject, before, after, payload or {})])[0]


def record_many(entries: Sequence[Entry], ids: Sequence[int] | None = None) -> list[int]:
    """Append entries in one statement; return their ids in the same order.

    ids: taken with NEXT_ID before.
    """
    taken = list(ids) if ids is not None else [number for (number,) in hot.fetch(_RESERVE, [len(entries)])]
    hot.write(*sealed(entries, taken))
    return taken


def sealed(entries: Sequence[Entry], ids: Sequence[int]) -> tuple[hot.Rows, hot.Rows]:
    """Return the rows of entries under ids taken with NEXT_ID, for a statement that writes more than them."""
    numbered = [(number, entry, seal(entry.payload)) for number, entry in zip(ids, entries, strict=True)]
    public = [_public(number, entry, secret) for number, entry, secret in numbered]
    openings = [
        {"entry_id": number, "salt": secret.salt, "payload": secret.payload} for number, _, secret in numbered
    ]
    return hot.Rows("ledger_entry", public), hot.Rows("ledger_opening", openings)


def _public(number: int, entry: Entry, secret: Seal) -> hot.Row:
    return {
        "id": number,
        "at": entry.at,
        "actor": entry.actor,
        "verb": entry.verb,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "commitment": secret.commitment,
    }
