"""What the command centre does: accept, dispatch, call, decide requests."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from huying.cases.actions import door
from huying.cases.models import Assignment, Case, Request
from huying.cases.policy import moves
from huying.cases.policy.reports import Call, check_calls
from huying.cases.queries import request_for
from huying.cases.states import (
    LIVE,
    OPEN,
    AssignmentState,
    Part,
    RequestKind,
    RequestState,
    State,
    Verb,
)
from huying.catalogue import queries as catalogue
from huying.catalogue.states import Level
from huying.clocks import actions as clocks
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.org import queries as org
from huying.org.policy import Actor
from huying.places import queries as places
from huying.shared.errors import Incomplete
from huying.shared.ids import AssignmentId, CaseId, CategoryId, UnitId


@transaction.atomic
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
    case = door.enter(number, Verb.ACCEPT, actor=actor)
    filing = catalogue.filing(_category(case, category_id), condition_id)
    area = _certain_area(case, area_code, now)
    door.stop_clock(case, Stage.ACCEPT, now=now)
    door.move(
        case,
        Verb.ACCEPT,
        actor=actor,
        now=now,
        opinion=opinion,
        facts={"category": filing.name, "area": area},
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
    door.start_clock(case, Stage.ASSIGN, now=now)
    return case


def _category(case: Case, chosen: CategoryId | None) -> CategoryId:
    if chosen is not None:
        return chosen
    if case.category_id is None:
        raise Incomplete(reason="受理前须选定事件类别")
    return CategoryId(case.category_id)


def _certain_area(case: Case, chosen: str, now: datetime) -> str:
    if chosen:
        area = places.area(chosen)
        if area.voided_on is not None and area.voided_on <= now.astimezone(SHANGHAI).date():
            raise Incomplete(reason=f"辖区“{area.name}”已撤销")
        return area.code
    if not case.place_certain:
        raise Incomplete(reason="地点尚未确定,受理前须人工核实所在网格")
    return case.area_code


@transaction.atomic
def decline(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Refuse a report that is not for the street; the resident reads the reason."""
    case = door.enter(number, Verb.DECLINE, actor=actor)
    _need(reason, "不予受理须说明理由")
    clocks.cancel(CaseId(case.pk), now=now)
    door.move(case, Verb.DECLINE, actor=actor, now=now, opinion=reason)
    return case


@transaction.atomic
def merge(number: str, *, into: str, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Join a case to the one that tells the same trouble. Its clocks end; its history stays."""
    pair = {each: door.locked(each, actor=actor) for each in sorted({number, into})}
    case, target = pair[number], pair[into]
    moves.check_permitted(actor, Verb.MERGE, case.area_code, case.number)
    moves.next_state(State(case.state), Verb.MERGE)
    if case.pk == target.pk:
        raise Incomplete(reason="不能并入自身")
    if target.state not in OPEN:
        raise Incomplete(reason=f"{target.number}已不在办理中,不能并入")
    door.end_all(case, Verb.WITHDRAW, case.assignments.filter(state__in=LIVE), now=now)
    facts = {"into": target.number}
    door.move(case, Verb.MERGE, actor=actor, now=now, opinion=opinion, facts=facts, merged_into=target)
    door.move(
        target, Verb.NOTE, actor=actor, now=now, opinion=f"并入{case.number}", facts={"from": case.number}
    )
    return case


@transaction.atomic
def expedite(number: str, *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Make the case urgent; units in hand get the arrival clock from this moment."""
    case = door.enter(number, Verb.EXPEDITE, actor=actor)
    if case.urgent:
        raise Incomplete(reason="该事件已是紧急事件")
    door.move(case, Verb.EXPEDITE, actor=actor, now=now, opinion=opinion, urgent=True)
    on_the_way = case.assignments.filter(state__in=[AssignmentState.CALLED, AssignmentState.ACKNOWLEDGED])
    for assignment in on_the_way:
        door.start_clock(case, Stage.ARRIVE, now=now, assignment=assignment)
    return case


@transaction.atomic
def escalate(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Raise the level grid → community → street → district (B08)."""
    case = door.enter(number, Verb.ESCALATE, actor=actor)
    _need(reason, "提级须说明理由")
    levels = list(Level)
    position = levels.index(Level(case.level))
    if position + 1 == len(levels):
        raise Incomplete(reason="已是最高层级")
    higher = levels[position + 1]
    door.move(
        case, Verb.ESCALATE, actor=actor, now=now, opinion=reason, facts={"level": higher}, level=higher
    )
    return case


@transaction.atomic
def assign(number: str, calls: Sequence[Call], *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Call one or more units at once, each under clocks of its own (C05)."""
    case = door.enter(number, Verb.ASSIGN, actor=actor)
    check_calls(calls, lead_present=_has_lead(case))
    for called in calls:
        check_open(called.unit_id)
    _refuse_twice(case, calls)
    lead = next((called.unit_id for called in calls if called.lead), None) or case.lead_unit_id
    door.stop_clock(case, Stage.ASSIGN, now=now)
    door.move(
        case,
        Verb.ASSIGN,
        actor=actor,
        now=now,
        opinion=opinion,
        facts={"units": [called.unit_id for called in calls], "lead": lead},
        lead_unit_id=lead,
        assigned_at=case.assigned_at or now,
    )
    for called in calls:
        part = Part.LEAD if called.lead else Part.SUPPORT
        door.call(case, called.unit_id, part, actor=actor, now=now, final=called.final)
    return case


def check_open(unit_id: UnitId) -> None:
    """Raise NotFound for an unknown unit, Incomplete for one that was closed."""
    unit = org.unit(unit_id)
    if unit.closed_at is not None:
        raise Incomplete(reason=f"{unit.name}已撤销")


def _has_lead(case: Case) -> bool:
    working = [*LIVE, AssignmentState.ANSWERED]
    return case.assignments.filter(round=case.round, part=Part.LEAD, state__in=working).exists()


def _refuse_twice(case: Case, calls: Sequence[Call]) -> None:
    """Raise Incomplete when a unit is called that has the case in hand already."""
    units = [called.unit_id for called in calls]
    if case.assignments.filter(unit__in=units, state__in=LIVE).exists():
        raise Incomplete(reason="该单位已在办理此事件")


@transaction.atomic
def withdraw(number: str, *, unit_id: UnitId, actor: Actor, now: datetime, reason: str) -> Case:
    """Call a unit off."""
    case = door.enter(number, Verb.WITHDRAW, actor=actor)
    _need(reason, "撤回须说明理由")
    assignment = case.assignments.filter(unit=unit_id, state__in=LIVE).first()
    if assignment is None:
        raise Incomplete(reason="该单位不在办理中")
    door.end(assignment, Verb.WITHDRAW, now=now)
    door.move(case, Verb.WITHDRAW, actor=actor, now=now, opinion=reason, assignment=assignment)
    door.settle(case, actor=actor, now=now)
    return case


@transaction.atomic
def approve(request_id: int, *, actor: Actor, now: datetime, decision: str = "") -> Case:
    """Grant what a unit asked for, and carry it out."""
    case, request = _decided(request_id, Verb.APPROVE, actor)
    _decide(request, Verb.APPROVE, actor=actor, now=now, decision=decision)
    facts = {"request": request.pk, "kind": request.kind}
    door.move(
        case, Verb.APPROVE, actor=actor, now=now, opinion=decision, facts=facts, assignment=request.assignment
    )
    _CARRY_OUT[RequestKind(request.kind)](case, request, actor, now)
    return case


@transaction.atomic
def refuse(request_id: int, *, actor: Actor, now: datetime, decision: str) -> Case:
    """Turn a request down; the clock has run on meanwhile."""
    case, request = _decided(request_id, Verb.REFUSE, actor)
    _need(decision, "驳回须说明理由")
    _decide(request, Verb.REFUSE, actor=actor, now=now, decision=decision)
    facts = {"request": request.pk, "kind": request.kind}
    door.move(
        case, Verb.REFUSE, actor=actor, now=now, opinion=decision, facts=facts, assignment=request.assignment
    )
    return case


def _decided(request_id: int, verb: Verb, actor: Actor) -> tuple[Case, Request]:
    """Return the locked case and the request, if the actor may decide it."""
    request = request_for(actor, request_id)
    case = door.locked(request.assignment.case.number, actor=actor)
    request.refresh_from_db()  # somebody may have decided it while we waited for the lock
    request.assignment.refresh_from_db()
    moves.check_decider(actor, verb, RequestKind(request.kind), case.area_code)
    moves.next_request_state(RequestState(request.state), verb)
    moves.next_state(State(case.state), verb)
    return case, request


def _decide(request: Request, verb: Verb, *, actor: Actor, now: datetime, decision: str) -> None:
    state = moves.next_request_state(RequestState(request.state), verb)
    door.save(request, state=state, decided_at=now, decided_by=actor.key, decision=decision)


def _carry_out_return(case: Case, request: Request, actor: Actor, now: datetime) -> None:
    door.end(request.assignment, Verb.RETURN, now=now)
    door.move(case, Verb.RETURN, actor=actor, now=now, opinion=request.reason, assignment=request.assignment)
    door.settle(case, actor=actor, now=now)


def _carry_out_extension(case: Case, request: Request, actor: Actor, now: datetime) -> None:
    clocks.extend(
        CaseId(case.pk),
        Stage.DISPOSE,
        request.amount or 0,
        now=now,
        assignment_id=AssignmentId(request.assignment_id),
        actor=actor,
    )


def _carry_out_transfer(case: Case, request: Request, actor: Actor, now: datetime) -> None:
    """The new unit takes over the part with clocks of its own."""
    assignment: Assignment = request.assignment
    if request.to_unit_id is None:
        raise ValueError(f"transfer request {request.pk} names no unit")
    successor = UnitId(request.to_unit_id)
    _refuse_twice(case, [Call(successor)])
    door.end(assignment, Verb.TRANSFER, now=now)
    lead = successor if assignment.part == Part.LEAD else case.lead_unit_id
    facts = {"to": successor}
    door.move(
        case,
        Verb.TRANSFER,
        actor=actor,
        now=now,
        opinion=request.reason,
        facts=facts,
        assignment=assignment,
        lead_unit_id=lead,
    )
    door.call(case, successor, Part(assignment.part), actor=actor, now=now)


def _carry_out_suspension(case: Case, request: Request, actor: Actor, now: datetime) -> None:
    clocks.pause(CaseId(case.pk), now=now)
    door.move(case, Verb.SUSPEND, actor=actor, now=now, opinion=request.reason, assignment=request.assignment)


_CARRY_OUT = {
    RequestKind.RETURN: _carry_out_return,
    RequestKind.EXTENSION: _carry_out_extension,
    RequestKind.TRANSFER: _carry_out_transfer,
    RequestKind.SUSPENSION: _carry_out_suspension,
}


@transaction.atomic
def resume(number: str, *, actor: Actor, now: datetime, opinion: str = "") -> Case:
    """Take a suspended case up again; its clocks run on with what was left."""
    case = door.enter(number, Verb.RESUME, actor=actor)
    clocks.resume(CaseId(case.pk), now=now)
    door.move(case, Verb.RESUME, actor=actor, now=now, opinion=opinion)
    return case


def _need(text: str, otherwise: str) -> None:
    if not text.strip():
        raise Incomplete(reason=otherwise)
