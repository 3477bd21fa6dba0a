"""What became of deadlines: how many were kept, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

_NEXT = """
SELECT least(
    (SELECT min(due_at) FROM clocks_deadline WHERE state = 'running' AND fired_at IS NULL),
    (SELECT min(warn_at) FROM clocks_deadline
     WHERE state = 'running' AND fired_at IS NULL AND warned_at IS NULL)
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


def next_event() -> datetime | None:
    """Return when the next warning or miss is to be fired; None when no clock runs."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT)
        moment: datetime | None = cursor.fetchone()[0]
    return moment


def outcomes(since: datetime, until: datetime) -> dict[str, Outcome]:
    """Return what became of the deadlines started in since <= t < until, by stage."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [since, until])
        return {stage: Outcome(*counts) for stage, *counts in cursor.fetchall()}
