"""What called units do, and the grid worker who solves it on the spot."""

from datetime import datetime

from django.conf import settings

from huying.cases.actions import door
from huying.cases.models import Assignment, Case, Request
from huying.cases.policy import moves
from huying.cases.policy.arrival import check_arrival, distance_m
from huying.cases.policy.claims import Claim, told
from huying.cases.policy.reports import Arrival
from huying.cases.states import AssignmentState, EvidenceKind, RequestKind, ReturnReason, Verb
from huying.catalogue import queries as catalogue
from huying.clocks.states import Stage
from huying.database import hot
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.ids import CategoryId, UnitId
from huying.shared.sentences import Sentence

_PENDING = "SELECT 1 FROM cases_request WHERE assignment_id = %s AND kind = %s AND state = 'pending'"
_KINDS_OF_PHOTOS = "SELECT DISTINCT kind FROM cases_evidence WHERE case_id = %s"


def acknowledge(number: str, *, actor: Actor, now: datetime, unit_id: UnitId | None = None) -> Case:
    """The unit signs that it has heard the call."""
    opened = door.opened_by_unit(number, Verb.ACKNOWLEDGE, actor=actor, now=now, unit_id=unit_id)
    with opened as (held, assignment):
        state = moves.next_assignment_state(AssignmentState(assignment.state), Verb.ACKNOWLEDGE)
        held.change(assignment, state=state, acknowledged_at=now)
        held.stop(Stage.ACKNOWLEDGE, assignment=assignment)
        held.move(Verb.ACKNOWLEDGE, assignment=assignment)
    return held.case


def arrive(number: str, at: Arrival, *, actor: Actor, now: datetime, unit_id: UnitId | None = None) -> Case:
    """The unit is on the spot, shown by position; outside of the radius a reason is needed (C03)."""
    opened = door.opened_by_unit(number, Verb.ARRIVE, actor=actor, now=now, unit_id=unit_id)
    with opened as (held, assignment):
        case = held.case
        state = moves.next_assignment_state(AssignmentState(assignment.state), Verb.ARRIVE)
        away = distance_m(case.lng, case.lat, at.lng, at.lat)
        check_arrival(at, away, place_known=case.lng is not None, radius_m=settings.ARRIVAL_RADIUS_M)
        heard = assignment.acknowledged_at or now  # who is there has heard the call
        held.change(assignment, state=state, acknowledged_at=heard, arrived_at=now, arrival_m=away)
        held.stop(Stage.ACKNOWLEDGE, Stage.ARRIVE, assignment=assignment)
        facts = {
            "distance_m": None if away is None else round(away),
            "reason": at.reason,
            "photo": at.photo,
            **told(at.claim),
        }
        first = case.arrived_at or now
        held.move(Verb.ARRIVE, facts=facts, assignment=assignment, arrived_at=first)
    return case


def answer(
    number: str,
    *,
    actor: Actor,
    now: datetime,
    opinion: str,
    unit_id: UnitId | None = None,
    claim: Claim | None = None,
) -> Case:
    """The unit says what it has done. The last answer hands the case over for verification."""
    opened = door.opened_by_unit(number, Verb.ANSWER, actor=actor, now=now, unit_id=unit_id, entries=2)
    with opened as (held, assignment):
        moves.check_may_answer(AssignmentState(assignment.state), urgent=held.case.urgent)
        moves.next_assignment_state(AssignmentState(assignment.state), Verb.ANSWER)
        if not opinion.strip():
            raise Incomplete(reason="答复须写明处置情况")
        held.end(assignment, Verb.ANSWER, answered_at=now, answered_by=actor.key)
        held.stop(Stage.DISPOSE, Stage.ARRIVE, assignment=assignment)
        held.move(Verb.ANSWER, opinion=opinion, facts=told(claim), assignment=assignment)
        held.settle()
    return held.case


def request(
    number: str,
    kind: RequestKind,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    reason_code: ReturnReason | None = None,
    amount: int | None = None,
    to_unit_id: UnitId | None = None,
    unit_id: UnitId | None = None,
) -> Request:
    """Ask to return, extend (amount in the unit of the limit), pass on, or suspend. The clock runs on."""
    opened = door.opened_by_unit(number, Verb.REQUEST, actor=actor, now=now, unit_id=unit_id)
    with opened as (held, assignment):
        moves.check_may_request(kind, final=assignment.final)
        _check_request(assignment, kind, reason, reason_code, amount, to_unit_id)
        asked = Request.objects.create(
            assignment=assignment,
            kind=kind,
            reason_code=reason_code or "",
            reason=reason,
            amount=amount if kind is RequestKind.EXTENSION else None,
            to_unit_id=to_unit_id if kind is RequestKind.TRANSFER else None,
            asked_at=now,
            asked_by=actor.key,
        )
        facts = {
            "request": asked.pk,
            "kind": kind,
            "reason_code": reason_code,
            "amount": amount,
            "to": to_unit_id,
        }
        held.move(Verb.REQUEST, opinion=reason, facts=facts, assignment=assignment)
    return asked


def _check_request(
    assignment: Assignment,
    kind: RequestKind,
    reason: str,
    reason_code: ReturnReason | None,
    amount: int | None,
    to_unit_id: UnitId | None,
) -> None:
    """Raise Incomplete naming what the request lacks."""
    if not reason.strip():
        raise Incomplete(reason="申请须说明理由")
    if kind is RequestKind.RETURN and reason_code is None:
        raise Incomplete(reason="退回须选择原因")
    if kind is RequestKind.EXTENSION and not 0 < (amount or 0) <= MAX_EXTENSION:
        raise Incomplete(reason=Sentence("延期须写明1至{max_extension}的时长", max_extension=MAX_EXTENSION))
    if kind is RequestKind.TRANSFER:
        if to_unit_id is None or to_unit_id == assignment.unit_id:
            raise Incomplete(reason="转办须指明另一单位")
        org.require_open([to_unit_id])
    if hot.fetch(_PENDING, [assignment.pk, kind.value]):
        raise Incomplete(reason=Sentence("已有待审批的{kind}申请", kind=kind.label))


MAX_EXTENSION = 90  # in the unit of the limit; longer than any limit of the catalogues read


def self_handle(
    number: str,
    *,
    actor: Actor,
    now: datetime,
    opinion: str,
    category_id: CategoryId | None = None,
    claim: Claim | None = None,
) -> Case:
    """A simple case is solved on the spot and closed, with a photo before and one after (B07)."""
    with door.opened(number, Verb.SELF_HANDLE, actor=actor, now=now) as held:
        case = held.case
        chosen = category_id if category_id is not None else case.category_id
        if chosen is None:
            raise Incomplete(reason="自行处置须选定事件类别")
        filing = catalogue.filing(CategoryId(chosen))
        _check_self_handling(case, filing.self_handling, opinion)
        held.move(
            Verb.SELF_HANDLE,
            opinion=opinion,
            facts={"category": filing.name, **told(claim)},
            category_id=filing.category_id,
            condition_id=filing.condition_id,
            limit_amount=filing.limit_amount,
            limit_type=filing.limit_type,
            level=filing.level or case.level,
            resolved_level=filing.level or case.level,
            lead_unit_id=next(iter(sorted(actor.unit_ids)), None),
            self_handled=True,
            in_time=True,
            accepted_at=case.accepted_at or now,
            handled_at=now,
            closed_at=now,
        )
        held.stop(Stage.ACCEPT, Stage.ASSIGN)
        held.start(Stage.EVALUATE)
    return case


def _check_self_handling(case: Case, allowed: bool, opinion: str) -> None:
    if not allowed or case.urgent:
        raise Incomplete(reason="该类事件不能由网格自行处置")
    if not opinion.strip():
        raise Incomplete(reason="请写明处置情况")
    kinds = {kind for (kind,) in hot.fetch(_KINDS_OF_PHOTOS, [case.pk])}
    if EvidenceKind.BEFORE not in kinds or EvidenceKind.AFTER not in kinds:
        raise Incomplete(reason="自行处置须有处置前、处置后照片各一张")
