"""Cases as the API and the pages show them: labels in words, persons masked."""

from datetime import datetime

from huying.cases import queries, schemas
from huying.cases.models import Assignment, Case, Move, Request
from huying.cases.states import OPEN, RequestKind, RequestState, State, Verb
from huying.clocks import queries as limits
from huying.clocks.policy import remaining
from huying.clocks.states import Stage
from huying.places import queries as places
from huying.shared.errors import Unavailable
from huying.shared.ids import CaseId

# Who acted, as the public reads it: an office, never a person.
OFFICES = {
    Verb.REPORT: "报事人",
    Verb.EVALUATE: "报事人",
    Verb.REOPEN: "报事人",
    Verb.ACCEPT: "指挥室",
    Verb.DECLINE: "指挥室",
    Verb.ASSIGN: "指挥室",
    Verb.MERGE: "指挥室",
}


def case_row(case: Case) -> schemas.CaseRow:
    return schemas.CaseRow(
        number=case.number,
        state=State(case.state),
        state_label=State(case.state).label,
        text=case.text,
        category=case.category.name if case.category else "",
        urgent=case.urgent,
        level=case.level,
        area_code=case.area_code,
        place_text=case.place_text,
        place_certain=case.place_certain,
        lng=case.lng,
        lat=case.lat,
        source=case.source,
        channel=case.channel,
        lead_unit=case.lead_unit.name if case.lead_unit else "",
        reported_at=case.reported_at,
        closed_at=case.closed_at,
        in_time=case.in_time,
    )


def queue_row(waiting: queries.Waiting, *, at: datetime) -> schemas.QueueRow:
    """Return a case of the list of work and how much time is left at a moment."""
    case, clock = waiting.case, waiting.clock
    return schemas.QueueRow(
        number=case.number,
        state=State(case.state),
        state_label=State(case.state).label,
        text=case.text,
        category=case.category.name if case.category else "",
        urgent=case.urgent,
        area_code=case.area_code,
        place=case.place_text or "".join(area.name for area in places.chain(case.area_code)[-2:]),
        lead_unit=case.lead_unit.name if case.lead_unit else "",
        reported_at=case.reported_at,
        stage=clock.stage if clock else "",
        stage_label=clock.stage.label if clock else "",
        due_at=clock.due_at if clock else None,
        overdue=clock is not None and clock.due_at < at,
        left=remaining(clock.due_at, at) if clock else "",
    )


def case_out(case: Case, *, at: datetime) -> schemas.CaseOut:
    """Return the whole case as it stands at a moment."""
    called = queries.assignments(case)
    name, phone = queries.masked_reporter(case)
    return schemas.CaseOut(
        **case_row(case).model_dump(),
        found_at=case.found_at,
        accepted_at=case.accepted_at,
        assigned_at=case.assigned_at,
        handled_at=case.handled_at,
        round=case.round,
        limit_amount=case.limit_amount,
        limit_type=case.limit_type,
        merged_into=case.merged_into.number if case.merged_into else None,
        reporter_name=name,
        reporter_phone=phone,
        owner=owner_name(case, at),
        assignments=[_assignment(each) for each in called],
        deadlines=_deadlines(case, called),
        evidence=[
            schemas.EvidenceOut.model_validate(each, from_attributes=True) for each in queries.evidence(case)
        ],
    )


def owner_name(case: Case, at: datetime) -> str:
    """Return who answers for an open case now, or what is missing in the chain; "" when it is at rest."""
    if case.state not in OPEN:
        return ""
    try:
        return queries.owner(case, at).name
    except Unavailable as gap:
        return str(gap)


def _assignment(each: Assignment) -> schemas.AssignmentOut:
    return schemas.AssignmentOut.model_validate(each, from_attributes=True)


def _deadlines(case: Case, called: list[Assignment]) -> list[schemas.DeadlineOut]:
    units = {each.pk: each.unit_id for each in called}
    return [
        schemas.DeadlineOut(
            stage=clock.stage,
            label=Stage(clock.stage).label,
            state=clock.state,
            due_at=clock.due_at,
            provisional=clock.provisional,
            fired_at=clock.fired_at,
            unit_id=units.get(clock.assignment_id) if clock.assignment_id else None,
            why=limits.explain(clock.pk),
        )
        for clock in limits.running(CaseId(case.pk))
    ]


def move_out(step: Move, *, masked: bool) -> schemas.MoveOut:
    """Return one step. masked: actors by office, for the public."""
    unit = step.assignment.unit.name if step.assignment else ""
    verb = Verb(step.verb)
    return schemas.MoveOut(
        seq=step.seq,
        verb=verb,
        label=verb.label,
        before=step.before,
        after=step.after,
        at=step.at,
        actor=(unit or OFFICES.get(verb, "街道")) if masked else step.actor,
        opinion=step.opinion,
        unit=unit,
    )


def request_out(asked: Request) -> schemas.RequestOut:
    return schemas.RequestOut(
        id=asked.pk,
        number=asked.assignment.case.number,
        unit=schemas.UnitRef.model_validate(asked.assignment.unit, from_attributes=True),
        kind=RequestKind(asked.kind),
        state=RequestState(asked.state),
        reason=asked.reason,
        reason_code=asked.reason_code,
        amount=asked.amount,
        to_unit_id=asked.to_unit_id,
        asked_at=asked.asked_at,
    )
