"""Reading deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F

from huying.clocks.models import Deadline, DeadlineExtension
from huying.clocks.policy import Limit, Pause
from huying.clocks.policy import explain as tell
from huying.clocks.queries.rules import calendar_of, rules_token
from huying.clocks.states import OPEN_STATES, DeadlineState, LimitType, Stage
from huying.database import hot
from huying.shared.errors import NotFound
from huying.shared.ids import CaseId

_DUE = (
    "SELECT due_at FROM clocks_deadline WHERE case_id = %s AND stage = %s AND state IN ('running', 'paused')"
)

# Two answers on the clocks of a case, asked with its lock. Whether every open one may end without more to do:
# none stands still, none ran out unnoticed before a moment (the parameter). And whether one of its limits to
# handle it ever ran out, of whichever unit. {case}: its id.
STANDING = """
(SELECT ARRAY[
     NOT coalesce(bool_or(state = 'paused' OR state = 'running' AND fired_at IS NULL AND due_at < %s), false),
     coalesce(bool_or(stage = 'dispose' AND fired_at IS NOT NULL), false)
 ] FROM clocks_deadline WHERE case_id = {case})
"""


def running(case_id: CaseId) -> list[Deadline]:
    """Return the open deadlines of a case, the next one due first, paused ones last."""
    open_ = Deadline.objects.filter(case_id=case_id, state__in=OPEN_STATES)
    return list(open_.order_by(F("due_at").asc(nulls_last=True), "id"))


def of_case(case_id: CaseId) -> list[Deadline]:
    """Return all deadlines a case ever had, oldest first."""
    return list(Deadline.objects.filter(case_id=case_id).order_by("started_at", "id"))


def due_at(case_id: CaseId, stage: Stage) -> datetime | None:
    """Return when the open clock of a stage runs out; None when there is none, or it stands still."""
    rows = hot.fetch(_DUE, [case_id, stage.value])
    return min((due for (due,) in rows if due is not None), default=None)


def explain(deadline_id: int) -> str:
    """Tell how a deadline came about, by the calendar editions it was counted with. Raises NotFound."""
    deadline = Deadline.objects.prefetch_related("pauses", "extensions").filter(pk=deadline_id).first()
    if deadline is None:
        raise NotFound(what="时限", key=deadline_id)
    story = tell(
        deadline.started_at,
        limit_of(deadline),
        calendar_of(deadline.calendar_edition),
        pauses_of(deadline),
        [extension.amount for extension in extensions_of(deadline)],
    )
    return f"{Stage(deadline.stage).label}：{story}"


# The open clocks of a case (its id), the next one due first, paused ones last; for who asks for more at once.
TOLD = """
SELECT stage, state, due_at, provisional, fired_at, assignment_id, started_at, limit_amount, limit_type,
       calendar_edition,
       ARRAY(SELECT ARRAY[started_at, ended_at] FROM clocks_deadlinepause WHERE deadline_id = deadline.id
             ORDER BY id) AS pauses,
       ARRAY(SELECT amount FROM clocks_deadlineextension WHERE deadline_id = deadline.id ORDER BY id)
           AS extensions
FROM clocks_deadline AS deadline
WHERE case_id = %s AND state IN ('running', 'paused')
ORDER BY due_at NULLS LAST, id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An open clock as it is shown. why: how its end came about, in words."""

    stage: Stage
    state: DeadlineState
    due_at: datetime | None
    provisional: bool
    fired_at: datetime | None
    assignment_id: int | None
    why: str


def told(row: Mapping[str, Any]) -> Told:
    """Return what a row of TOLD says. row: as JSON, but for `started_at`, `due_at` and `fired_at`."""
    stage = Stage(row["stage"])
    story = _story(
        rules_token(),
        row["started_at"],
        Limit(row["limit_amount"], LimitType(row["limit_type"])),
        row["calendar_edition"],
        tuple(map(tuple, row["pauses"])),
        tuple(row["extensions"]),
    )
    return Told(
        stage=stage,
        state=DeadlineState(row["state"]),
        due_at=row["due_at"],
        provisional=row["provisional"],
        fired_at=row["fired_at"],
        assignment_id=row["assignment_id"],
        why=f"{stage.label}：{story}",
    )


@lru_cache(maxsize=10_000)
def _story(
    _token: UUID,
    start: datetime,
    limit: Limit,
    editions: str,
    pauses: tuple[tuple[str, str | None], ...],
    extensions: tuple[int, ...],
) -> str:
    """Remembered for the rules as they are: a clock is shown with every step while it runs."""
    spans = [
        Pause(datetime.fromisoformat(began), None if ended is None else datetime.fromisoformat(ended))
        for began, ended in pauses
    ]
    return tell(start, limit, calendar_of(editions), spans, extensions)


def limit_of(deadline: Deadline) -> Limit:
    """Return the limit as first set, without extensions."""
    return Limit(deadline.limit_amount, LimitType(deadline.limit_type))


def pauses_of(deadline: Deadline) -> list[Pause]:
    return [Pause(pause.started_at, pause.ended_at) for pause in deadline.pauses.all()]


def extensions_of(deadline: Deadline) -> list[DeadlineExtension]:
    return sorted(deadline.extensions.all(), key=lambda extension: extension.pk)


def open_clocks() -> list[tuple[str, Stage]]:
    """Return case number and stage of every clock that runs or stands still."""
    rows = Deadline.objects.filter(state__in=OPEN_STATES).values_list("case_number", "stage")
    return [(number, Stage(stage)) for number, stage in rows]


def clocked_assignments(stage: Stage) -> set[int]:
    """Return the assignments for which the clock of a stage runs or stands still."""
    rows = Deadline.objects.filter(state__in=OPEN_STATES, stage=stage, assignment_id__isnull=False)
    return {number for number in rows.values_list("assignment_id", flat=True) if number is not None}
