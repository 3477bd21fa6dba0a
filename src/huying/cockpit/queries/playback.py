"""A past day, step by step: what was open at midnight, and every step that changed that.

History taken over from elsewhere has no steps of its own and is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from huying.cases.states import State
from huying.cockpit.policy import Scope

# A case once it is there: its state after the last step before the day, and every step of the day that
# brought it into another.
_CASES = """
SELECT cases_case.id, number, lng, lat, area_code, urgent, before.after
FROM cases_case
LEFT JOIN LATERAL (
    SELECT after FROM cases_move WHERE case_id = cases_case.id AND at < %(begin)s ORDER BY seq DESC LIMIT 1
) AS before ON true
WHERE area_code LIKE ANY(%(areas)s) AND NOT imported AND reported_at < %(end)s
  AND (
      before.after NOT IN ('closed', 'declined', 'merged')
      OR EXISTS (SELECT FROM cases_move WHERE case_id = cases_case.id AND at >= %(begin)s AND at < %(end)s)
  )
ORDER BY cases_case.id
"""
_STEPS = """
SELECT move.case_id, extract(epoch FROM move.at - %(begin)s)::float8, move.verb, move.after
FROM cases_move AS move JOIN cases_case ON cases_case.id = move.case_id
WHERE move.at >= %(begin)s AND move.at < %(end)s AND area_code LIKE ANY(%(areas)s) AND NOT imported
  AND (move.seq = 1 OR move.before <> move.after)
ORDER BY move.at, move.case_id, move.seq
"""
_TOTALS = """
SELECT count(*) FILTER (WHERE reported_at >= %(begin)s),
       count(*) FILTER (WHERE last.after = 'closed' AND last.at >= %(begin)s),
       count(*) FILTER (WHERE last.after NOT IN ('closed', 'declined', 'merged'))
FROM cases_case
JOIN LATERAL (
    SELECT after, at FROM cases_move
    WHERE case_id = cases_case.id AND at < %(end)s AND (seq = 1 OR before <> after) ORDER BY seq DESC LIMIT 1
) AS last ON true
WHERE area_code LIKE ANY(%(areas)s) AND NOT imported AND reported_at < %(end)s
"""


@dataclass(frozen=True, slots=True)
class Moving:
    """A case of the day. state: at midnight; None = reported later."""

    number: str
    lng: float | None
    lat: float | None
    area_code: str
    urgent: bool
    state: State | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: seconds since midnight, which of the cases, its verb, the state after it."""

    second: int
    case: int  # place in Day.cases
    verb: str
    state: State


@dataclass(frozen=True, slots=True)
class Day:
    """reported, closed: in the day, those that rest closed at its end; open: at its end."""

    cases: list[Moving]
    steps: list[Step]
    reported: int
    closed: int
    open: int


def day(scope: Scope, begin: datetime, end: datetime) -> Day:
    """Return what happened in begin <= t < end, from the steps of the cases."""
    told: dict[str, Any] = {"areas": scope.prefixes, "begin": begin, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_CASES, told)
        rows = cursor.fetchall()
        cursor.execute(_STEPS, told)
        steps = cursor.fetchall()
        cursor.execute(_TOTALS, told)
        totals = cursor.fetchone()
    place = {row[0]: at for at, row in enumerate(rows)}
    return Day(
        [
            Moving(number, lng, lat, area, urgent, State(state) if state else None)
            for _, number, lng, lat, area, urgent, state in rows
        ],
        [Step(int(second), place[case], verb, State(state)) for case, second, verb, state in steps],
        *totals,
    )
