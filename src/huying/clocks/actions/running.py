"""A deadline from start to end. Each runs in the transaction of the move that causes it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Greatest

from huying.clocks.actions.firing import record_events
from huying.clocks.actions.reckoning import reckon_again
from huying.clocks.models import Deadline, DeadlineExtension, DeadlinePause
from huying.clocks.policy import SHANGHAI, Limit, Reckoning, reckon
from huying.clocks.queries import rules
from huying.clocks.states import OPEN_STATES, DeadlineState, Stage
from huying.database import hot
from huying.ledger.actions import record
from huying.org.policy import Actor
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import AssignmentId, CaseId
from huying.shared.sentences import Sentence

_END = """
WITH ending AS (
    SELECT id, state = 'paused' AS was_paused,
           fired_at IS NULL AND due_at IS NOT NULL AND due_at < %s AS is_missed
    FROM clocks_deadline
    WHERE case_id = %s AND state IN ('running', 'paused')
      AND (%s OR stage = ANY(%s))
      AND (%s OR assignment_id IS NOT DISTINCT FROM %s::bigint)
    FOR UPDATE
)
UPDATE clocks_deadline AS deadline
SET ended_at = %s,
    fired_at = CASE WHEN is_missed THEN %s ELSE fired_at END,
    state = CASE WHEN %s THEN 'cancelled'
                 WHEN is_missed OR fired_at IS NOT NULL THEN 'late' ELSE 'met' END
FROM ending
WHERE deadline.id = ending.id
RETURNING deadline.id, state, was_paused, is_missed,
          case_number, stage, assignment_id, due_at, area_code, unit_id
"""
_FIRE_MISSED = """
UPDATE clocks_deadline SET fired_at = %s
WHERE case_id = %s AND state = 'running' AND fired_at IS NULL AND due_at <= %s
RETURNING case_number, stage, assignment_id, due_at, area_code, unit_id
"""


_COLUMNS = (
    "case_id, case_number, area_code, assignment_id, unit_id, stage, limit_amount, limit_type, started_at, "
    "due_at, warn_at, calendar_edition, provisional, state"
)
_START = f"""
INSERT INTO clocks_deadline ({_COLUMNS})
SELECT {_COLUMNS} FROM json_populate_recordset(NULL::clocks_deadline, %s::json)
"""  # noqa: S608  # the names stand above


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """A promise to start."""

    case_id: CaseId
    case_number: str
    stage: Stage
    limit: Limit
    started_at: datetime
    assignment_id: AssignmentId | None = None
    area_code: str = ""  # area and unit: who is told when it runs out
    unit_id: int | None = None


def start(
    *,
    case_id: CaseId,
    case_number: str,
    stage: Stage,
    limit: Limit,
    now: datetime,
    assignment_id: AssignmentId | None = None,
    area_code: str = "",
    unit_id: int | None = None,
) -> Deadline:
    """Start one clock. IntegrityError when the same one is open already."""
    new = NewDeadline(case_id, case_number, stage, limit, now, assignment_id, area_code, unit_id)
    row = _fresh(new, reckon(now, limit, rules.calendar(now)))
    [(number,)] = hot.fetch(f"{_START} RETURNING id", [hot.as_json([row])])
    return Deadline(id=number, **row)


def start_many(new: Sequence[NewDeadline]) -> None:
    """Start clocks in one statement. IntegrityError as for `start`."""
    hot.write(started(new))


def started(new: Sequence[NewDeadline]) -> hot.Rows:
    """Return the rows of clocks that start, for a statement that writes more than them."""
    kinds = {(each.started_at, each.limit) for each in new}  # few: many reports at once share one
    reckoned = {(start, limit): reckon(start, limit, rules.calendar(start)) for start, limit in kinds}
    return hot.Rows("clocks_deadline", [_fresh(each, reckoned[each.started_at, each.limit]) for each in new])


def _fresh(new: NewDeadline, reckoning: Reckoning) -> dict[str, Any]:
    """Return the row of a clock that starts."""
    return {
        "case_id": new.case_id,
        "case_number": new.case_number,
        "area_code": new.area_code,
        "assignment_id": new.assignment_id,
        "unit_id": new.unit_id,
        "stage": new.stage,
        "limit_amount": new.limit.amount,
        "limit_type": new.limit.type,
        "started_at": new.started_at,
        "due_at": reckoning.due_at,
        "warn_at": reckoning.warn_at,
        "calendar_edition": reckoning.editions,
        "provisional": reckoning.provisional,
        "state": DeadlineState.RUNNING,
    }


def stop(
    case_id: CaseId, stage: Stage, *, now: datetime, assignment_id: AssignmentId | None = None
) -> DeadlineState | None:
    """End the clock of exactly this stage and assignment; return MET or LATE, None when none was open.

    A missed deadline that the sweeper has not seen yet is fired here, in the same transaction.
    """
    states = end(Ending(case_id, (stage,), assignment_id), now=now)
    return states[0] if states else None


def cancel(
    case_id: CaseId,
    *,
    now: datetime,
    stages: Collection[Stage] | None = None,
    assignment_id: AssignmentId | None = None,
) -> int:
    """End open clocks whose work is no longer wanted; return how many. None = every stage or assignment.

    One that was missed before is fired first, as in `stop`.
    """
    everything = assignment_id is None
    return len(end(Ending(case_id, stages, assignment_id, everything, is_cancelled=True), now=now))


@dataclass(frozen=True, slots=True)
class Ending:
    """Open clocks of a case that end: of these stages (None = every one) and of this assignment."""

    case_id: CaseId
    stages: Collection[Stage] | None
    assignment_id: AssignmentId | None
    any_assignment: bool = False
    is_cancelled: bool = False  # the work is no longer wanted

    def change(self, now: datetime) -> hot.Change:
        """Return what a statement that ends them holds; `ended` goes on with what it returns."""
        named = [stage.value for stage in self.stages or ()]
        which = [self.case_id, self.stages is None, named, self.any_assignment, self.assignment_id]
        return hot.Change(_END, [now, *which, now, now, self.is_cancelled], returns=True)


@transaction.atomic(savepoint=False)
def end(*endings: Ending, now: datetime) -> list[DeadlineState]:
    """End clocks in one statement, none of them twice; return MET, LATE or CANCELLED for each."""
    return ended(hot.write(*(each.change(now) for each in endings)), now=now)


def ended(rows: Sequence[tuple[Any, ...]], *, now: datetime) -> list[DeadlineState]:
    """End the pauses of clocks that have just ended, fire what was missed; return MET, LATE or CANCELLED.

    rows: what the changes of `Ending` returned, in the same transaction.
    """
    paused = [row[0] for row in rows if row[2]]
    if paused:
        _end_pauses(paused, now)
    record_events("deadline_due", [row[4:] for row in rows if row[3]], now=now)
    return [DeadlineState(row[1]) for row in rows]


@transaction.atomic
def pause(case_id: CaseId, *, now: datetime) -> int:
    """Let the clocks of a case stand still from now; return how many. A missed one runs on, overdue."""
    _fire_missed(case_id, now)
    ids = list(_locked(case_id, DeadlineState.RUNNING).filter(fired_at=None).values_list("id", flat=True))
    DeadlinePause.objects.bulk_create(DeadlinePause(deadline_id=each, started_at=now) for each in ids)
    return Deadline.objects.filter(pk__in=ids).update(state=DeadlineState.PAUSED, due_at=None, warn_at=None)


@transaction.atomic
def resume(case_id: CaseId, *, now: datetime) -> int:
    """Let paused clocks run on, with new due moments; return how many."""
    deadlines = list(_locked(case_id, DeadlineState.PAUSED))
    _end_pauses([deadline.pk for deadline in deadlines], now)
    reckon_again(deadlines, rules.calendar(now), state=DeadlineState.RUNNING)
    return len(deadlines)


@transaction.atomic
def extend(
    case_id: CaseId,
    stage: Stage,
    amount: int,
    *,
    now: datetime,
    actor: Actor,
    assignment_id: AssignmentId | None = None,
) -> Deadline:
    """Grant `amount` more of the limit's own unit, also while it stands still.

    Raises Incomplete for an amount < 1, NotFound when no such clock is open, Conflict when it has run out:
    a miss stays a miss.
    """
    if amount < 1:
        raise Incomplete(reason="延期至少为1")
    open_ = Deadline.objects.select_for_update().filter(
        case_id=case_id, stage=stage, assignment_id=assignment_id, state__in=OPEN_STATES
    )
    deadline = open_.first()
    if deadline is None:
        raise NotFound(what="计时中的时限", key=stage.label)
    if deadline.fired_at or (deadline.due_at and deadline.due_at <= now):
        raise Conflict(reason=Sentence("{stage}时限已到期，不能再延期", stage=stage.label))
    before = deadline.due_at
    DeadlineExtension.objects.create(deadline=deadline, amount=amount, granted_at=now, granted_by=actor.key)
    reckon_again([deadline], rules.calendar(now))
    record(
        at=now,
        actor=actor.key,
        verb="deadline_extended",
        subject=f"case:{deadline.case_number}",
        before=_text(before),
        after=_text(deadline.due_at),
        payload={"stage": stage, "amount": amount, "unit": deadline.limit_type},
    )
    return deadline


def _text(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else "paused"


def _locked(case_id: CaseId, state: DeadlineState) -> QuerySet[Deadline]:
    return Deadline.objects.select_for_update().filter(case_id=case_id, state=state)


def _fire_missed(case_id: CaseId, now: datetime) -> None:
    """Fire what ran out but was not swept yet, before anything hides it."""
    rows = hot.fetch(_FIRE_MISSED, [now, case_id, now])
    record_events("deadline_due", rows, now=now)


def _end_pauses(deadline_ids: Collection[int], now: datetime) -> None:
    DeadlinePause.objects.filter(deadline_id__in=deadline_ids, ended_at=None).update(
        ended_at=Greatest("started_at", now)
    )
