"""What became of deadlines: how many were kept, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from huying.database import hot

_NEXT = """
SELECT least(
    (SELECT min(due_at) FROM clocks_deadline
     WHERE state = 'running' AND fired_at IS NULL AND due_at >= %s),
    (SELECT min(warn_at) FROM clocks_deadline
     WHERE state = 'running' AND fired_at IS NULL AND warned_at IS NULL AND warn_at >= %s)
)
"""
_OUTCOMES = """
SELECT stage,
       count(*) FILTER (WHERE state = 'met'),
       count(*) FILTER (WHERE state = 'late'),
       count(*) FILTER (WHERE state IN ('running', 'paused') AND fired_at IS NULL),
       count(*) FILTER (WHERE state = 'running' AND fired_at IS NOT NULL),
       count(*) FILTER (WHERE state = 'cancelled')
FROM clocks_deadline
WHERE started_at >= %s AND started_at < %s
GROUP BY stage
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many deadlines of a stage ended how; `missed` ones run on, overdue."""

    met: int
    late: int
    running: int
    missed: int
    cancelled: int


def next_event(since: datetime) -> datetime | None:
    """Return when the next warning or miss is to be fired, none before `since`; None when no clock runs.

    since: spares the index the way over what was fired before in the same transaction.
    """
    moment: datetime | None = hot.fetch(_NEXT, [since, since])[0][0]
    return moment


def outcomes(since: datetime, until: datetime) -> dict[str, Outcome]:
    """Return what became of the deadlines started in since <= t < until, by stage."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [since, until])
        return {stage: Outcome(*counts) for stage, *counts in cursor.fetchall()}
