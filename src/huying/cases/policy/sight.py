"""Who may see a case whose facts are at hand: `queries.visible` says the same in SQL."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from huying.cases.states import State, Verb
from huying.org.policy import Actor
from huying.org.states import SCOPES, Role, Scope
from huying.shared.ids import UnitId


@dataclass(frozen=True, slots=True)
class Sight:
    """What decides who sees a case. unit_ids: every unit that was ever called to it."""

    number: str
    area_code: str
    unit_ids: AbstractSet[UnitId]
    source: str
    reported_by: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of a case and who may know of it. Holds no personal data but pseudonyms.

    area_before: where the case lay before this step, "" when it stayed.
    """

    verb: Verb
    state: State
    urgent: bool
    at: datetime
    sight: Sight
    area_before: str


def may_see(actor: Actor, case: Sight) -> bool:
    """Tell whether the actor may see the case. Source: docs/rules/cases.md, who sees what."""
    return (
        case.number in actor.case_numbers
        or covers(actor, case.area_code)
        or not actor.unit_ids.isdisjoint(case.unit_ids)
        or (bool(actor.source) and actor.source == case.source and Role.CONNECTOR in actor.roles)
        or (
            actor.staff_id is not None
            and actor.key == case.reported_by
            and Role.ADMINISTRATOR not in actor.roles
        )
    )


def covers(actor: Actor, area_code: str) -> bool:
    """Tell whether a role over an area shows the actor everything in this one."""
    return any(
        SCOPES[grant.role] is Scope.AREA and area_code.startswith(grant.area_prefix) for grant in actor.grants
    )
