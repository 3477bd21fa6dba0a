"""The cases figures are counted over, as one common table `seen`."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from huying.cases.states import OPEN, State
from huying.cockpit.policy import SOON, Scope, Window

OPEN_STATES = ", ".join(f"'{state.value}'" for state in sorted(OPEN))
DROPPED = f"'{State.DECLINED.value}', '{State.MERGED.value}'"

# Open cases, and what was reported or closed in the period. next_due: the clock that runs out next; the
# resident's judgement is nobody's work and does not count (as in the list of work).
SEEN = f"""
WITH seen AS (
    SELECT cases_case.*, state IN ({OPEN_STATES}) AS is_open, next.due_at AS next_due,
           handled_at IS NOT NULL OR state = 'closed' AS is_done
    FROM cases_case
    LEFT JOIN (
        SELECT case_id, min(due_at) AS due_at FROM clocks_deadline
        WHERE state = 'running' AND stage <> 'evaluate' GROUP BY case_id
    ) AS next ON next.case_id = cases_case.id
    WHERE area_code LIKE ANY(%(areas)s)
      AND (state IN ({OPEN_STATES}) OR reported_at >= %(first)s OR closed_at >= %(first)s)
)
"""  # noqa: S608  # words of our own


Parameters = Mapping[str, Any]


def told(scope: Scope, window: Window) -> Parameters:
    """Return the parameters every statement may name."""
    return {
        "areas": scope.prefixes,
        "now": window.now,
        "soon": window.now + SOON,
        "today": window.today,
        "tomorrow": window.tomorrow,
        "first": window.first,
    }


def asked(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Return the rows of a statement over `seen`."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN + statement, parameters)
        return list(cursor.fetchall())
