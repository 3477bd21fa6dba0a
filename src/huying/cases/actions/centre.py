"""What the command centre does: accept, dispatch, call, decide requests."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from huying.cases.actions import door
from huying.cases.actions.door import Held
from huying.cases.models import Case, Request
from huying.cases.policy import moves
from huying.cases.policy.reports import Call, check_calls
from huying.cases.states import LIVE, OPEN, AssignmentState, Part, RequestKind, RequestState, State, Verb
from huying.catalogue import queries as catalogue
from huying.catalogue.states import Level
from huying.clocks import actions as clocks
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.database import hot
from huying.org import queries as org
from huying.org.policy import Actor
from huying.places import queries as places
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import AssignmentId, CaseId, CategoryId, UnitId
from huying.shared.sentences import Sentence

_CASE_OF = """
SELECT number FROM cases_request AS request JOIN cases_assignment AS called ON called.id = assignment_id
JOIN cases_case AS held ON held.id = called.case_id WHERE request.id = %s
"""


def accept(
    number: str,
    *,
    actor: Actor,
    now: datetime,
    category_id: CategoryId | None = None,
    condition_id: int | None = None,
    area_code: str = "",
    opinion: str = "",
) -> Case:
    """File the case: category, grid, and the limit of the catalogue edition of this moment, frozen.

    category_id, area_code: needed when the report did not settle them.
    """
    with door.opened(number, Verb.ACCEPT, actor=actor, now=now) as held:
        case = held.case
        filing = catalogue.filing(_category(case, category_id), condition_id)
        area = _certain_area(case, area_code, now)
        area_before = case.area_code if area != case.area_code else ""  # who saw it there is told it left
        held.move(
            Verb.ACCEPT,
            opinion=opinion,
            facts={"category": filing.name, "area": area, "area_before": area_before},
            category_id=filing.category_id,
            condition_id=filing.condition_id,
            level=filing.level or Level.GRID,
            urgent=case.urgent or filing.urgent,
            limit_amount=filing.limit_amount,
            limit_type=filing.limit_type,
            area_code=area,
            place_certain=True,
            accepted_at=now,
        )
        held.stop(Stage.ACCEPT)
        held.start(Stage.ASSIGN)
    return case


def _category(case: Case, chosen: CategoryId | None) -> CategoryId:
    if chosen is not None:
        return chosen
    if case.category_id is None:
        raise Incomplete(reason="受理前须选定事件类别")
    return CategoryId(case.category_id)


def _certain_area(case: Case, chosen: str, now: datetime) -> str:
    if chosen and not (case.place_certain and chosen == case.area_code):
        area = places.area(chosen)
        if area.voided_on is not None and area.voided_on <= now.astimezone(SHANGHAI).date():
            raise Incomplete(reason=Sentence("辖区“{area}”已撤销", area=area.name))
        return area.code
    if not case.place_certain:
        raise Incomplete(reason="地点尚未确定，受理前须人工核实所在网格")
    return case.area_code


def decline(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Refuse a report that is not for the street; the resident reads the reason."""
    with door.opened(number, Verb.DECLINE, actor=actor, now=now) as held:
        _need(reason, "不予受理须说明理由")
        held.cancel()
        held.move(Verb.DECLINE, opinion=reason)
    return held.case


@transaction.atomic
def merge(number: str, *, into: str, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Join a case to the one that tells the same trouble. Its clocks end; its history stays."""
    pair = {each: door.locked(each, actor=actor, now=now) for each in sorted({number, into})}
    held, target = pair[number], pair[into]
    case = held.case
    moves.check_permitted(actor, Verb.MERGE, case.area_code, case.number)
    moves.next_state(State(case.state), Verb.MERGE)
    if case.pk == target.case.pk:
        raise Incomplete(reason="不能并入自身")
    if target.case.state not in OPEN:
        raise Incomplete(reason=Sentence("{into}已不在办理中，不能并入", into=into))
    for assignment in held.live:
        held.end(assignment, Verb.WITHDRAW)
    held.cancel()
    held.move(Verb.MERGE, opinion=opinion, facts={"into": into}, merged_into_id=target.case.pk)
    target.move(Verb.NOTE, opinion=f"并入{number}", facts={"from": number})
    held.write()
    target.write()
    return case


def expedite(number: str, *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Make the case urgent; units in hand get the arrival clock from this moment."""
    with door.opened(number, Verb.EXPEDITE, actor=actor, now=now) as held:
        if held.case.urgent:
            raise Incomplete(reason="该事件已是紧急事件")
        held.move(Verb.EXPEDITE, opinion=opinion, urgent=True)
        for assignment in held.live:
            if assignment.state != AssignmentState.ARRIVED:
                held.start(Stage.ARRIVE, assignment)
    return held.case


def escalate(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Raise the level grid → community → street → district (B08)."""
    with door.opened(number, Verb.ESCALATE, actor=actor, now=now) as held:
        _need(reason, "提级须说明理由")
        levels = list(Level)
        position = levels.index(Level(held.case.level))
        if position + 1 == len(levels):
            raise Incomplete(reason="已是最高层级")
        higher = levels[position + 1]
        held.move(Verb.ESCALATE, opinion=reason, facts={"level": higher}, level=higher)
    return held.case


def assign(
    number: str,
    calls: Sequence[Call],
    *,
    actor: Actor,
    now: datetime,
    opinion: str = "",
    beside: Callable[[Held], object] | None = None,
) -> Case:
    """Call one or more units at once, each under clocks of its own (C05).

    beside: plans what another package keeps with it (`Held.record`); written in the same statement.
    """
    units = [called.unit_id for called in calls]
    with door.opened(number, Verb.ASSIGN, actor=actor, now=now, entries=2, units=units) as held:
        case = held.case
        check_calls(calls, lead_present=_has_lead(held))
        org.require_open(units, held.ends)
        _refuse_twice(held, calls)
        lead = next((called.unit_id for called in calls if called.lead), None) or case.lead_unit_id
        held.move(
            Verb.ASSIGN,
            opinion=opinion,
            facts={"units": units, "lead": lead},
            lead_unit_id=lead,
            assigned_at=case.assigned_at or now,
        )
        held.stop(Stage.ASSIGN)
        held.call(calls)
        if beside is not None:
            beside(held)
    return case


def _has_lead(held: Held) -> bool:
    """Tell whether somebody leads the case in this round, or has led it to an answer."""
    leading = [each for each in held.assignments if each.round == held.case.round and each.part == Part.LEAD]
    return any(each.state in LIVE or each.state == AssignmentState.ANSWERED for each in leading)


def _refuse_twice(held: Held, calls: Sequence[Call]) -> None:
    """Raise Incomplete when a unit is called that has the case in hand already."""
    if any(held.live_of(called.unit_id) for called in calls):
        raise Incomplete(reason="该单位已在办理此事件")


def withdraw(number: str, *, unit_id: UnitId, actor: Actor, now: datetime, reason: str) -> Case:
    """Call a unit off."""
    with door.opened(number, Verb.WITHDRAW, actor=actor, now=now) as held:
        _need(reason, "撤回须说明理由")
        assignment = held.live_of(unit_id)
        if assignment is None:
            raise Incomplete(reason="该单位不在办理中")
        held.end(assignment, Verb.WITHDRAW)
        held.move(Verb.WITHDRAW, opinion=reason, assignment=assignment)
        held.settle()
    return held.case


def approve(request_id: int, *, actor: Actor, now: datetime, decision: str = "") -> Case:
    """Grant what a unit asked for, and carry it out."""
    with _decided(request_id, Verb.APPROVE, actor, now) as (held, request):
        _decide(held, request, Verb.APPROVE, decision)
        _CARRY_OUT[RequestKind(request.kind)](held, request)
    return held.case


def refuse(request_id: int, *, actor: Actor, now: datetime, decision: str) -> Case:
    """Turn a request down; the clock has run on meanwhile."""
    with _decided(request_id, Verb.REFUSE, actor, now) as (held, request):
        _need(decision, "驳回须说明理由")
        _decide(held, request, Verb.REFUSE, decision)
    return held.case


@contextmanager
def _decided(request_id: int, verb: Verb, actor: Actor, now: datetime) -> Iterator[tuple[Held, Request]]:
    """Hold the case and the request, if the actor may decide it; then write what was planned."""
    with transaction.atomic():
        held = _held_for(request_id, actor, now)
        request = Request.objects.get(pk=request_id)  # as it is now that nobody else can decide it
        request.assignment = next(each for each in held.assignments if each.pk == request.assignment_id)
        moves.check_decider(actor, verb, RequestKind(request.kind), held.case.area_code)
        moves.next_request_state(RequestState(request.state), verb)
        moves.next_state(State(held.case.state), verb)
        yield held, request
        held.write()


def _held_for(request_id: int, actor: Actor, now: datetime) -> Held:
    """Return the locked case of a request. Raises NotFound naming the request, also for "not yours"."""
    try:
        for (number,) in hot.fetch(_CASE_OF, [request_id]):
            return door.locked(number, actor=actor, now=now, entries=2)
    except NotFound:
        pass  # whose case it is, is not told
    raise NotFound(what="申请", key=request_id)


def _decide(held: Held, request: Request, verb: Verb, decision: str) -> None:
    state = moves.next_request_state(RequestState(request.state), verb)
    held.change(request, state=state, decided_at=held.now, decided_by=held.actor.key, decision=decision)
    facts = {"request": request.pk, "kind": request.kind}
    held.move(verb, opinion=decision, facts=facts, assignment=request.assignment)


def _carry_out_return(held: Held, request: Request) -> None:
    held.end(request.assignment, Verb.RETURN)
    held.move(Verb.RETURN, opinion=request.reason, assignment=request.assignment)
    held.settle()


def _carry_out_extension(held: Held, request: Request) -> None:
    clocks.extend(
        CaseId(held.case.pk),
        Stage.DISPOSE,
        request.amount or 0,
        now=held.now,
        assignment_id=AssignmentId(request.assignment_id),
        actor=held.actor,
    )


def _carry_out_transfer(held: Held, request: Request) -> None:
    """The new unit takes over the part with clocks of its own."""
    assignment = request.assignment
    if request.to_unit_id is None:
        raise ValueError(f"transfer request {request.pk} names no unit")
    leads = assignment.part == Part.LEAD
    successor = Call(UnitId(request.to_unit_id), lead=leads)
    _refuse_twice(held, [successor])
    held.end(assignment, Verb.TRANSFER)
    held.move(
        Verb.TRANSFER,
        opinion=request.reason,
        facts={"to": successor.unit_id},
        assignment=assignment,
        lead_unit_id=successor.unit_id if leads else held.case.lead_unit_id,
    )
    held.call([successor])


def _carry_out_suspension(held: Held, request: Request) -> None:
    clocks.pause(CaseId(held.case.pk), now=held.now)
    held.move(Verb.SUSPEND, opinion=request.reason, assignment=request.assignment)


_CARRY_OUT = {
    RequestKind.RETURN: _carry_out_return,
    RequestKind.EXTENSION: _carry_out_extension,
    RequestKind.TRANSFER: _carry_out_transfer,
    RequestKind.SUSPENSION: _carry_out_suspension,
}


def resume(number: str, *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Take a suspended case up again; its clocks run on with what was left."""
    with door.opened(number, Verb.RESUME, actor=actor, now=now) as held:
        clocks.resume(CaseId(held.case.pk), now=now)
        held.move(Verb.RESUME, opinion=opinion)
    return held.case


def _need(text: str, otherwise: str) -> None:
    if not text.strip():
        raise Incomplete(reason=otherwise)
