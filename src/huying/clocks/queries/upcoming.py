"""Which clock of a case runs out next. A list of work is ordered by it.

The resident's judgement (stage `evaluate`) is nobody's work and does not count. Of clocks that run out at the
same moment the case with the lower id comes first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from huying.clocks.models import Deadline
from huying.clocks.states import DeadlineState, Stage
from huying.database import hot
from huying.shared.ids import AssignmentId, CaseId

_LAST = """
SELECT due_at, case_id FROM (
    SELECT due_at, case_id FROM clocks_deadline
    WHERE state = 'running' AND stage <> 'evaluate' AND (due_at, case_id) > (%s, %s)
    ORDER BY due_at, case_id LIMIT %s
) AS stretch ORDER BY due_at DESC, case_id DESC LIMIT 1
"""
# An array of the cases with a clock after one place and up to another (due_at, case_id, twice), as part of a
# larger statement: to send the ids to and fro takes longer than to find them. Up to a place, not so many: a
# clock that begins between two statements must push none out. A case may come again with another clock.
ALONG_IDS = """
ARRAY(
    SELECT case_id FROM clocks_deadline
    WHERE state = 'running' AND stage <> 'evaluate'
      AND (due_at, case_id) > (%s, %s) AND (due_at, case_id) <= (%s, %s)
)
"""
_NEXT_OF = """
SELECT case_id, due_at, stage FROM (
    SELECT DISTINCT ON (case_id) case_id, due_at, stage FROM clocks_deadline
    WHERE case_id = ANY(%s::bigint[]) AND state = 'running' AND stage <> 'evaluate'
    ORDER BY case_id, due_at, id
) AS next
WHERE (due_at, case_id) > (%s, %s) ORDER BY due_at, case_id LIMIT %s
"""
_WITHOUT = """
SELECT case_id FROM unnest(%s::bigint[]) AS asked(case_id)
WHERE case_id > %s AND NOT EXISTS (
    SELECT FROM clocks_deadline AS deadline
    WHERE deadline.case_id = asked.case_id AND state = 'running' AND stage <> 'evaluate'
)
ORDER BY case_id LIMIT %s
"""
_NEXT_OF_CALLS = """
SELECT DISTINCT ON (assignment_id) assignment_id, due_at, stage, started_at FROM clocks_deadline
WHERE case_id = ANY(%s) AND assignment_id IS NOT NULL AND state = 'running'
ORDER BY assignment_id, due_at, id
"""

After = tuple[datetime, int]  # due_at and case id of the last one seen


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The clock of a case that runs out before its others."""

    case_id: CaseId
    due_at: datetime
    stage: Stage


@dataclass(frozen=True, slots=True)
class CallClock:
    """The clock of one called unit that runs out before its others."""

    assignment_id: AssignmentId
    due_at: datetime
    stage: Stage
    started_at: datetime


def cases_due(before: datetime | None) -> QuerySet[Deadline, int]:
    """Return the ids of the cases whose next clock runs out before a moment; part of a larger statement."""
    running = Deadline.objects.filter(state=DeadlineState.RUNNING, due_at__lt=before)
    return running.exclude(stage=Stage.EVALUATE).values_list("case_id", flat=True)


def last_along(after: After, count: int) -> After | None:
    """Return the last of the next `count` clocks to run out, overdue ones first; None when there is none."""
    rows = hot.fetch(_LAST, [*after, count])
    return (rows[0][0], rows[0][1]) if rows else None


def next_of(case_ids: Collection[int], after: After, count: int) -> list[Upcoming]:
    """Return the next clock of those cases that have one running, in order, at most `count`."""
    rows = hot.fetch(_NEXT_OF, [hot.array(case_ids), *after, count])
    return [Upcoming(CaseId(case_id), due_at, Stage(stage)) for case_id, due_at, stage in rows]


def without_clock(case_ids: Collection[int], after: int, count: int) -> list[int]:
    """Return those of the cases with an id above `after` for which no clock runs, at most `count`."""
    return [case_id for (case_id,) in hot.fetch(_WITHOUT, [hot.array(case_ids), after, count])]


def next_of_calls(case_ids: Collection[int]) -> dict[int, CallClock]:
    """Return the next clock of each called unit of these cases for which one runs, by assignment."""
    rows = hot.fetch(_NEXT_OF_CALLS, [list(case_ids)])
    clocks = [CallClock(AssignmentId(row[0]), row[1], Stage(row[2]), row[3]) for row in rows]
    return {clock.assignment_id: clock for clock in clocks}
