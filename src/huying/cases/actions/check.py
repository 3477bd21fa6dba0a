"""After the work: verification by another person, the resident's judgement, and another round."""

from datetime import datetime

from huying.cases.actions import door
from huying.cases.actions.door import Held
from huying.cases.models import Case
from huying.cases.policy import moves
from huying.cases.policy.claims import Claim, told
from huying.cases.policy.reports import Call, Verdict
from huying.cases.states import AssignmentState, Satisfaction, Verb
from huying.clocks import queries as limits
from huying.clocks.states import Stage
from huying.database import hot
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.ids import CaseId, UnitId

_JUDGED = "SELECT 1 FROM cases_evaluation WHERE case_id = %s AND round = %s"


def verify(
    number: str, *, actor: Actor, now: datetime, opinion: str = "", claim: Claim | None = None
) -> Case:
    """Another person has checked that the closing condition is met: the case is closed."""
    with door.opened(number, Verb.VERIFY, actor=actor, now=now) as held:
        case = held.case
        _check_other_person(held)
        held.move(
            Verb.VERIFY,
            opinion=opinion,
            facts=told(claim),
            in_time=not held.was_late,
            resolved_level=case.level,
            closed_at=now,
        )
        held.stop(Stage.VERIFY)
        held.start(Stage.EVALUATE)
    return case


def rework(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """The check failed: the leading unit is called again (返工)."""
    with door.opened(number, Verb.REWORK, actor=actor, now=now) as held:
        _check_other_person(held)
        if not reason.strip():
            raise Incomplete(reason="返工须说明理由")
        held.stop(Stage.VERIFY)
        _another_round(held, Verb.REWORK, reason)
    return held.case


def evaluate(number: str, verdict: Verdict, *, actor: Actor, now: datetime) -> Case:
    """The resident judges the result. "Not solved" or "dissatisfied" opens another round."""
    with door.opened(number, Verb.EVALUATE, actor=actor, now=now) as held:
        case = held.case
        _check_evaluation_open(case, now)
        if hot.fetch(_JUDGED, [case.pk, case.round]):
            raise Incomplete(reason="已评价过")
        hot.insert("cases_evaluation", [_evaluation(held, verdict)])
        held.stop(Stage.EVALUATE)
        facts = {
            "satisfaction": verdict.satisfaction,
            "solved": verdict.solved,
            "called_back": verdict.called_back,
        }
        held.move(Verb.EVALUATE, opinion=verdict.text, facts=facts)
        if not verdict.solved or verdict.satisfaction is Satisfaction.DISSATISFIED:
            _another_round(held, Verb.REOPEN, verdict.text)
    return case


def _evaluation(held: Held, verdict: Verdict) -> hot.Row:
    return {
        "case_id": held.case.pk,
        "round": held.case.round,
        "satisfaction": verdict.satisfaction,
        "solved": verdict.solved,
        "text": verdict.text,
        "called_back": verdict.called_back,
        "at": held.now,
        "by": held.actor.key,
    }


def reopen(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Take a closed case up again; the resident may while his time to judge runs."""
    with door.opened(number, Verb.REOPEN, actor=actor, now=now) as held:
        if not reason.strip():
            raise Incomplete(reason="请说明为何需要重新办理")
        if held.case.number in actor.case_numbers:
            if held.case.evaluations.filter(round=held.case.round).exists():
                raise Incomplete(reason="您已评价并确认解决，问题再次出现时请重新上报")
            _check_evaluation_open(held.case, now)
        held.cancel()
        _another_round(held, Verb.REOPEN, reason)
    return held.case


def _another_round(held: Held, verb: Verb, opinion: str) -> None:
    """Call the leading unit again with a full limit; with no such unit the centre has to assign."""
    case = held.case
    held.move(
        verb,
        opinion=opinion,
        round=case.round + 1,
        handled_at=None,
        closed_at=None,
        in_time=None,
        self_handled=case.lead_unit_id is None,
    )
    if case.lead_unit_id is None or case.limit_amount is None:
        held.settle()
    else:
        held.call([Call(UnitId(case.lead_unit_id))])


def _check_other_person(held: Held) -> None:
    answered = [
        each
        for each in held.assignments
        if each.round == held.case.round and each.state == AssignmentState.ANSWERED
    ]
    units = {UnitId(each.unit_id) for each in answered}
    moves.check_other_person(held.actor, {each.answered_by for each in answered}, units)


def _check_evaluation_open(case: Case, now: datetime) -> None:
    """Raise Incomplete when the time to judge has run out."""
    due = limits.due_at(CaseId(case.pk), Stage.EVALUATE)
    if due is None or now > due:
        raise Incomplete(reason="评价期限已过")
