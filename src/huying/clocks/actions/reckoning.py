"""Writing a deadline's moments anew, always from its start: nothing is ever added to an old result."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import prefetch_related_objects

from huying.clocks.models import Deadline
from huying.clocks.policy import Calendar, Reckoning, reckon
from huying.clocks.queries.deadlines import extensions_of, limit_of, pauses_of
from huying.clocks.states import DeadlineState

_SAVE = """
UPDATE clocks_deadline AS deadline
SET due_at = new.due_at, warn_at = new.warn_at, calendar_edition = new.calendar_edition,
    provisional = new.provisional, state = new.state
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::boolean[], %s::text[])
    AS new(id, due_at, warn_at, calendar_edition, provisional, state)
WHERE deadline.id = new.id
"""


def reckon_again(
    deadlines: Sequence[Deadline], calendar: Calendar, *, state: DeadlineState | None = None
) -> list[datetime | None]:
    """Recompute and save locked deadlines, and set `state` if given; return their old due moments."""
    prefetch_related_objects(deadlines, "pauses", "extensions")
    before = [deadline.due_at for deadline in deadlines]
    for deadline in deadlines:
        _set(deadline, _reckoned(deadline, calendar))
        deadline.state = state or deadline.state
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, _columns(deadlines))
    return before


def _reckoned(deadline: Deadline, calendar: Calendar) -> Reckoning:
    extension = sum(extension.amount for extension in extensions_of(deadline))
    return reckon(deadline.started_at, limit_of(deadline), calendar, pauses_of(deadline), extension)


def _set(deadline: Deadline, reckoning: Reckoning) -> None:
    deadline.due_at, deadline.warn_at = reckoning.due_at, reckoning.warn_at
    if reckoning.due_at is not None:
        deadline.calendar_edition, deadline.provisional = reckoning.editions, reckoning.provisional


def _columns(deadlines: Sequence[Deadline]) -> list[list[object]]:
    names = ("pk", "due_at", "warn_at", "calendar_edition", "provisional", "state")
    return [[getattr(deadline, name) for deadline in deadlines] for name in names]
