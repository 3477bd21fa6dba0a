"""The two events of a deadline, each once: a warning, and that it was missed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from huying.clocks.policy import SHANGHAI
from huying.database import hot
from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.messages.actions import queued
from huying.messages.policy import Event
from huying.org.policy import SYSTEM


class Fired(NamedTuple):
    """A deadline as the statement that fires it returns it; area and unit tell who wants to know."""

    case_number: str
    stage: str
    assignment_id: int | None
    due_at: datetime
    area_code: str
    unit_id: int | None


def record_events(verb: str, rows: Iterable[tuple[Any, ...]], *, now: datetime) -> int:
    """Write a ledger entry for each row (as Fired) and queue the messages about it; return how many rows.

    verb: "deadline_due" or "deadline_warning".
    """
    fired = [Fired(*row) for row in rows]
    if fired:
        record_many([_entry(verb, now, each) for each in fired])
        hot.write(queued([_event(verb, now, each) for each in fired]))
    return len(fired)


def _entry(verb: str, now: datetime, fired: Fired) -> Entry:
    payload: dict[str, object] = {
        "stage": fired.stage,
        "due_at": fired.due_at.astimezone(SHANGHAI).isoformat(),
    }
    if fired.assignment_id is not None:
        payload["assignment_id"] = fired.assignment_id
    if verb == "deadline_due":
        payload["late_by"] = (now - fired.due_at).total_seconds()  # seconds
    return Entry(now, SYSTEM.key, verb, f"case:{fired.case_number}", payload=payload)


def _event(verb: str, now: datetime, fired: Fired) -> Event:
    units = () if fired.unit_id is None else (fired.unit_id,)
    return Event(verb, fired.case_number, now, fired.area_code, units, stage=fired.stage, due_at=fired.due_at)
