"""After the work: verification by another person, the resident's judgement, and another round."""

from datetime import datetime

from django.db import transaction

from huying.cases.actions import door
from huying.cases.models import Case, Evaluation
from huying.cases.policy import moves
from huying.cases.policy.reports import Verdict
from huying.cases.states import AssignmentState, Part, Satisfaction, Verb
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.states import Stage
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.ids import CaseId, UnitId


@transaction.atomic
def verify(number: str, *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Another person has checked that the closing condition is met: the case is closed."""
    case = door.enter(number, Verb.VERIFY, actor=actor)
    _check_other_person(case, actor)
    door.stop_clock(case, Stage.VERIFY, now=now)
    door.move(
        case,
        Verb.VERIFY,
        actor=actor,
        now=now,
        opinion=opinion,
        in_time=_was_in_time(case),
        resolved_level=case.level,
        closed_at=now,
    )
    door.start_clock(case, Stage.EVALUATE, now=now)
    return case


@transaction.atomic
def rework(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """The check failed: the leading unit is called again (返工)."""
    case = door.enter(number, Verb.REWORK, actor=actor)
    _check_other_person(case, actor)
    if not reason.strip():
        raise Incomplete(reason="返工须说明理由")
    door.stop_clock(case, Stage.VERIFY, now=now)
    _another_round(case, Verb.REWORK, actor=actor, now=now, opinion=reason)
    return case


@transaction.atomic
def evaluate(number: str, verdict: Verdict, *, actor: Actor, now: datetime) -> Case:
    """The resident judges the result. "Not solved" or "dissatisfied" opens another round."""
    case = door.enter(number, Verb.EVALUATE, actor=actor)
    _check_evaluation_open(case, now)
    if case.evaluations.filter(round=case.round).exists():
        raise Incomplete(reason="已评价过")
    Evaluation.objects.create(
        case=case,
        round=case.round,
        satisfaction=verdict.satisfaction,
        solved=verdict.solved,
        text=verdict.text,
        called_back=verdict.called_back,
        at=now,
        by=actor.key,
    )
    door.stop_clock(case, Stage.EVALUATE, now=now)
    facts = {
        "satisfaction": verdict.satisfaction,
        "solved": verdict.solved,
        "called_back": verdict.called_back,
    }
    door.move(case, Verb.EVALUATE, actor=actor, now=now, opinion=verdict.text, facts=facts)
    if not verdict.solved or verdict.satisfaction is Satisfaction.DISSATISFIED:
        _another_round(case, Verb.REOPEN, actor=actor, now=now, opinion=verdict.text)
    return case


@transaction.atomic
def reopen(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Take a closed case up again; the resident may while his time to judge runs."""
    case = door.enter(number, Verb.REOPEN, actor=actor)
    if not reason.strip():
        raise Incomplete(reason="请说明为何需要重新办理")
    if case.number in actor.case_numbers:
        _check_evaluation_open(case, now)
    clocks.cancel(CaseId(case.pk), now=now)
    _another_round(case, Verb.REOPEN, actor=actor, now=now, opinion=reason)
    return case


def _another_round(case: Case, verb: Verb, *, actor: Actor, now: datetime, opinion: str) -> None:
    """Call the leading unit again with a full limit; with no such unit the centre has to assign."""
    door.move(
        case,
        verb,
        actor=actor,
        now=now,
        opinion=opinion,
        round=case.round + 1,
        handled_at=None,
        closed_at=None,
        in_time=None,
        self_handled=case.lead_unit_id is None,
    )
    if case.lead_unit_id is None or case.limit_amount is None:
        door.settle(case, actor=actor, now=now)
    else:
        door.call(case, UnitId(case.lead_unit_id), Part.LEAD, actor=actor, now=now)


def _check_other_person(case: Case, actor: Actor) -> None:
    answered = case.assignments.filter(round=case.round, state=AssignmentState.ANSWERED)
    rows = list(answered.values_list("answered_by", "unit_id"))
    moves.check_other_person(actor, {by for by, _ in rows}, {UnitId(unit) for _, unit in rows})


def _check_evaluation_open(case: Case, now: datetime) -> None:
    """Raise Incomplete when the time to judge has run out."""
    running = (clock for clock in limits.running(CaseId(case.pk)) if clock.stage == Stage.EVALUATE)
    due = next((clock.due_at for clock in running), None)
    if due is None or now > due:
        raise Incomplete(reason="评价期限已过")


def _was_in_time(case: Case) -> bool:
    """Tell whether no called unit, in no round, missed its limit."""
    clocks_of_case = limits.of_case(CaseId(case.pk))
    return not any(clock.stage == Stage.DISPOSE and clock.fired_at for clock in clocks_of_case)
