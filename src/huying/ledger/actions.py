"""Writing to the log. Runs inside the transaction of the act it records."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from huying.database import hot
from huying.ledger.policy import Entry, seal

_APPEND = """
WITH act AS (
    SELECT * FROM json_to_recordset(%s::json) AS act(
        id bigint, at timestamptz, actor text, verb text, subject text, before text, after text,
        commitment bytea, salt bytea, payload text)
), entry AS (
    INSERT INTO ledger_entry (id, at, actor, verb, subject, before, after, commitment)
    SELECT id, at, actor, verb, subject, before, after, commitment FROM act
)
INSERT INTO ledger_opening (entry_id, salt, payload)
SELECT id, salt, payload FROM act
"""
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

    ids: taken with NEXT_ID before, so that this statement need not be waited for.
    """
    taken = list(ids) if ids is not None else [number for (number,) in hot.fetch(_RESERVE, [len(entries)])]
    rows = [_row(entry, number) for entry, number in zip(entries, taken, strict=True)]
    if rows:
        hot.run(_APPEND, [hot.as_json(rows)])
    return taken


def _row(entry: Entry, number: int) -> dict[str, object]:
    sealed = seal(entry.payload)
    return {
        "id": number,
        "at": entry.at,
        "actor": entry.actor,
        "verb": entry.verb,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "commitment": sealed.commitment,
        "salt": sealed.salt,
        "payload": sealed.payload,
    }
