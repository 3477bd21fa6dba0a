"""Which clock runs out next. A list of work is ordered by it; the resident's judgement is nobody's work."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from huying.clocks.states import Stage
from huying.database import hot
from huying.shared.ids import CaseId

# In the order of the index `deadline_next`. Of two clocks of a case only the one that runs out first counts.
_SOONEST = """
SELECT case_id, due_at, stage, NOT EXISTS (
    SELECT FROM clocks_deadline AS sooner
    WHERE sooner.case_id = deadline.case_id AND sooner.state = 'running' AND sooner.stage <> 'evaluate'
      AND (sooner.due_at, sooner.id) < (deadline.due_at, deadline.id)
)
FROM clocks_deadline AS deadline
WHERE state = 'running' AND stage <> 'evaluate' AND (due_at, case_id) > (%s, %s)
ORDER BY due_at, case_id, id LIMIT %s
"""
_NEXT_OF = """
SELECT DISTINCT ON (case_id) case_id, due_at, stage FROM clocks_deadline
WHERE case_id = ANY(%s) AND state = 'running' AND stage <> 'evaluate'
ORDER BY case_id, due_at, id
"""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A running clock; is_next: no other of its case runs out before it."""

    case_id: CaseId
    due_at: datetime
    stage: Stage
    is_next: bool = True


def soonest(after: tuple[datetime, int], count: int) -> list[Upcoming]:
    """Return the clocks that run out first, the overdue ones before all others.

    after: (due_at, case_id) of the last one seen.
    """
    rows = hot.fetch(_SOONEST, [*after, count])
    return [Upcoming(CaseId(case), due_at, Stage(stage), is_next) for case, due_at, stage, is_next in rows]


def next_of(case_ids: Collection[int]) -> dict[int, Upcoming]:
    """Return the clock that runs out next of each case that has one running."""
    rows = hot.fetch(_NEXT_OF, [list(case_ids)])
    return {case: Upcoming(CaseId(case), due_at, Stage(stage)) for case, due_at, stage in rows}
