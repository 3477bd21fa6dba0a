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
_RESERVE = "SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)"


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

    ids: reserved before, so that this statement need not be waited for.
    """
    taken = reserve(len(entries)) if ids is None else list(ids)
    rows = [_row(entry, number) for entry, number in zip(entries, taken, strict=True)]
    if rows:
        hot.run(_APPEND, [hot.as_json(rows)])
    return taken


def reserve(count: int) -> list[int]:
    """Return fresh entry ids. A gap left by one never used is no loss: leaves are numbered apart."""
    return [number for (number,) in hot.fetch(_RESERVE, [count])]


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
