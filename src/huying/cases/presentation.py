"""Cases as the API and the pages show them: labels in words, persons masked."""

from datetime import datetime

from huying.cases import queries, schemas
from huying.cases.models import Case, Move, Request
from huying.cases.policy.reports import masked_name, masked_phone
from huying.cases.queries import Columns
from huying.cases.states import OPEN, AssignmentState, Part, RequestKind, RequestState, State, Verb
from huying.clocks.policy import remaining
from huying.org import queries as org
from huying.org.policy import Person
from huying.places import queries as places
from huying.shared.brief import Brief
from huying.shared.errors import Unavailable
from huying.shared.sentences import to_translate as _

# Who acted, as the public reads it: an office, never a person.
OFFICES = {
    Verb.REPORT: _("报事人"),
    Verb.EVALUATE: _("报事人"),
    Verb.REOPEN: _("报事人"),
    Verb.ACCEPT: _("指挥室"),
    Verb.DECLINE: _("指挥室"),
    Verb.ASSIGN: _("指挥室"),
    Verb.MERGE: _("指挥室"),
}


OFFICE = _("街道")  # whoever else
OWNER_SECONDS = 30.0  # how long somebody relieved may still be named beside a case

_owners: Brief[int | tuple[str, int], str] = Brief(OWNER_SECONDS)  # by unit, or by area and building
_streets: Brief[str, dict[str, str]] = Brief(OWNER_SECONDS)  # by code of the street, then of the area
_AS_STORED = (
    "number", "state", "text", "urgent", "level", "area_code", "place_text", "place_certain", "lng", "lat",
    "source", "channel", "found_at", "reported_at", "accepted_at", "assigned_at", "handled_at", "closed_at",
    "in_time", "round", "limit_amount", "limit_type",
)  # fmt: skip


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


def case_out(whole: queries.Whole, *, at: datetime) -> Columns:
    """Return a CaseOut as it is sent: the whole case as it stands at a moment."""
    case = whole.case
    return {
        **{name: case[name] for name in _AS_STORED},
        "state": State(case["state"]),
        "state_label": State(case["state"]).label,
        "category": case["category__name"] or "",
        "lead_unit": case["lead_unit__name"] or "",
        "merged_into": case["merged_into__number"],
        "reporter_name": masked_name(case["reporter__name"] or ""),
        "reporter_phone": masked_phone(case["reporter__phone"] or ""),
        "owner": owner_name(case, at),
        "assignments": [_assignment(each) for each in whole.assignments],
        "deadlines": _deadlines(whole),
        "evidence": whole.evidence,
    }


def queue_row(waiting: queries.Waiting, *, at: datetime) -> Columns:
    """Return a QueueRow as it is sent: a case of the list of work, how much time is left at a moment."""
    case, clock, state = waiting.case, waiting.clock, State(waiting.case.state)
    return {
        "number": case.number,
        "state": state,
        "state_label": state.label,
        "text": case.text,
        "category": case.category.name if case.category else "",
        "urgent": case.urgent,
        "area_code": case.area_code,
        "place": case.place_text or "".join(area.name for area in places.chain(case.area_code)[-2:]),
        "lead_unit": case.lead_unit.name if case.lead_unit else "",
        "reported_at": case.reported_at,
        "stage": clock.stage if clock else "",
        "stage_label": clock.stage.label if clock else "",
        "due_at": clock.due_at if clock else None,
        "overdue": clock is not None and clock.due_at < at,
        "left": remaining(clock.due_at, at) if clock else "",
    }


def owner_name(case: Columns, at: datetime) -> str:
    """Return who answers for an open case now, or what is missing in the chain; "" when it is at rest."""
    if case["state"] not in OPEN:
        return ""
    area_code, building_id, unit_id = case["area_code"], case["building_id"], case["lead_unit_id"]
    if case["state"] in (State.IN_HAND, State.SUSPENDED) and unit_id is not None:
        return _owners.get(unit_id, lambda: _owner(Case(state=case["state"], lead_unit_id=unit_id), at))
    if building_id is not None:
        spot = Case(area_code=area_code, building_id=building_id)
        return _owners.get((area_code, building_id), lambda: _owner(spot, at))
    street = _streets.get(places.street(area_code), lambda: _street(area_code, at))
    return street[area_code] if area_code in street else _owner(Case(area_code=area_code), at)


def _street(area_code: str, at: datetime) -> dict[str, str]:
    """Return by area who answers in the street of this one: all of it is asked for as quickly as one."""
    found = org.owners([(code, None) for code in places.neighbours(area_code)], at=at)
    return {code: each.name if isinstance(each, Person) else str(each) for (code, _), each in found.items()}


def forget_owners() -> None:
    """Ask anew who answers for what."""
    _owners.forget()
    _streets.forget()


def _owner(case: Case, at: datetime) -> str:
    try:
        return queries.owner(case, at).name
    except Unavailable as gap:
        return str(gap)


def _assignment(called: Columns) -> Columns:
    plain = {name: value for name, value in called.items() if not name.startswith("unit_")}
    unit = {"id": called["unit_id"], "code": called["unit__code"], "name": called["unit__name"]}
    words = {"part": Part(called["part"]), "state": AssignmentState(called["state"])}
    return {**plain, **words, "unit": unit}


def _deadlines(whole: queries.Whole) -> list[Columns]:
    units = {each["id"]: each["unit_id"] for each in whole.assignments}
    return [
        {
            "stage": clock.stage,
            "label": clock.stage.label,
            "state": clock.state,
            "due_at": clock.due_at,
            "provisional": clock.provisional,
            "fired_at": clock.fired_at,
            "unit_id": units.get(clock.assignment_id) if clock.assignment_id else None,
            "why": clock.why,
        }
        for clock in whole.clocks
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
        actor=(unit or OFFICES.get(verb, OFFICE)) if masked else step.actor,
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
