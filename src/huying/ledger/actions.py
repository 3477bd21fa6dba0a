"""Writing to the log. Runs inside the transaction of the act it records."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from huying.ledger.policy import Entry, seal

_APPEND = """
WITH sealed AS (
    SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS id, act.*
    FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::bytea[], %s::bytea[], %s::text[])
        AS act(at, actor, verb, subject, before, after, commitment, salt, payload)
), entry AS (
    INSERT INTO ledger_entry (id, at, actor, verb, subject, before, after, commitment)
    SELECT id, at, actor, verb, subject, before, after, commitment FROM sealed
)
INSERT INTO ledger_opening (entry_id, salt, payload)
SELECT id, salt, payload FROM sealed
RETURNING entry_id
"""


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


def record_many(entries: Sequence[Entry]) -> list[int]:
    """Append entries in one statement; return their ids in the same order."""
    seals = [seal(entry.payload) for entry in entries]
    columns: list[Any] = [  # one array a column
        [entry.at for entry in entries],
        [entry.actor for entry in entries],
        [entry.verb for entry in entries],
        [entry.subject for entry in entries],
        [entry.before for entry in entries],
        [entry.after for entry in entries],
        [seal.commitment for seal in seals],
        [seal.salt for seal in seals],
        [seal.payload for seal in seals],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, columns)
        return sorted(row[0] for row in cursor.fetchall())
