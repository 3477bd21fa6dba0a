"""The two events of a deadline, each once: a warning, and that it was missed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from huying.clocks.policy import SHANGHAI
from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.org.policy import SYSTEM


def record_events(verb: str, rows: Iterable[Sequence[Any]], *, now: datetime) -> int:
    """Write one ledger entry for each row (case_number, stage, assignment_id, due_at); return how many.

    verb: "deadline_due" or "deadline_warning".
    """
    entries = [_entry(verb, now, *row) for row in rows]
    if entries:
        record_many(entries)
    return len(entries)


def _entry(
    verb: str, now: datetime, case_number: str, stage: str, assignment_id: int | None, due_at: datetime
) -> Entry:
    payload: dict[str, object] = {"stage": stage, "due_at": due_at.astimezone(SHANGHAI).isoformat()}
    if assignment_id is not None:
        payload["assignment_id"] = assignment_id
    if verb == "deadline_due":
        payload["late_by"] = (now - due_at).total_seconds()  # seconds
    return Entry(now, SYSTEM.key, verb, f"case:{case_number}", payload=payload)
