"""Everything that changes a day plan. Not a step of a case: no clock starts or stops by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from huying.cases import queries as cases
from huying.clocks.policy import SHANGHAI
from huying.departments import policy
from huying.departments.models import Visit
from huying.departments.states import Verb
from huying.ledger.actions import record
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import NotFound
from huying.shared.ids import UnitId


@dataclass(frozen=True, slots=True)
class Going:
    """When somebody goes, and who (ids of staff). at: None = some time that day."""

    day: date
    at: time | None = None
    goes: Sequence[int] = ()
    note: str = ""


@transaction.atomic
def plan(number: str, unit_id: UnitId, going: Going, *, actor: Actor, now: datetime) -> Visit:
    """Put a case the unit has in hand on the plan of a day; planned again it is moved within the day.

    Raises NotFound for a case the unit was not called to, NotPermitted, Incomplete.
    """
    policy.check_planner(actor, unit_id, Verb.PLAN)
    _called(number, unit_id, actor)
    colleagues = org.colleagues(unit_id, at=now)
    policy.check_visit(going.day, now.astimezone(SHANGHAI).date(), going.goes, colleagues)
    visit, _ = Visit.objects.update_or_create(
        unit_id=unit_id,
        day=going.day,
        case_number=number,
        defaults={
            "at": going.at,
            "goes": sorted(going.goes),
            "note": going.note,
            "planned_at": now,
            "planned_by": actor.key,
        },
    )
    _record(Verb.PLAN, visit, actor, now)
    return visit


@transaction.atomic
def unplan(number: str, unit_id: UnitId, day: date, *, actor: Actor, now: datetime) -> None:
    """Take a case off the plan of a day. Raises NotFound, NotPermitted."""
    policy.check_planner(actor, unit_id, Verb.UNPLAN)
    visit = Visit.objects.filter(unit_id=unit_id, day=day, case_number=number).first()
    if visit is None:
        raise NotFound(what="计划", key=number)
    _record(Verb.UNPLAN, visit, actor, now)
    visit.delete()


def _called(number: str, unit_id: UnitId, actor: Actor) -> None:
    case = cases.get_for(actor, number)
    if unit_id not in {called.assignment.unit_id for called in cases.own_calls(actor, case)}:
        raise NotFound(what="在办事件", key=number)


def _record(verb: Verb, visit: Visit, actor: Actor, now: datetime) -> None:
    payload = {"case": visit.case_number, "at": str(visit.at or ""), "goes": visit.goes, "note": visit.note}
    record(at=now, actor=actor.key, verb=verb, subject=f"plan:{visit.unit_id}:{visit.day}", payload=payload)
