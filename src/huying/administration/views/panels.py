"""What stands beside the form of a record: what belongs to it elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from huying.administration.policy.reach import is_within, reach
from huying.administration.states import TableName
from huying.administration.tables import Cells, Table
from huying.catalogue import queries as catalogue
from huying.org import queries as org
from huying.org.policy import Actor
from huying.org.queries import people as queries
from huying.org.states import GRANTS, SCOPES, ChainLevel, Role, Scope, Verb
from huying.shared.ids import StaffId, UnitId


@dataclass(frozen=True, slots=True)
class Panel:
    """template: one of templates/administration/panels."""

    template: str
    facts: dict[str, object]


Facts = Callable[[Actor, Cells, datetime], dict[str, object]]


def panels(actor: Actor, table: Table, cells: Cells, now: datetime) -> list[Panel]:
    """Return what belongs to a record, each with what this actor may do."""
    return [
        Panel(f"administration/panels/{name}.html", facts(actor, cells, now))
        for name, facts in _PANELS.get(table.name, {}).items()
    ]


def _may(actor: Actor, verb: Verb, area_code: str) -> bool:
    return is_within(area_code, reach(actor, GRANTS[verb]))


def _answering(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:
    within = cells.get("area") or cells["code"]
    held = [
        each for each in queries.responsibilities(now, reached=(within,)) if each.place_code == cells["code"]
    ]
    levels = [level for level in ChainLevel if level is not ChainLevel.BUILDING_HEAD]
    return {
        "held": held,
        "levels": [] if "area" in cells else levels,
        "may_change": _may(actor, Verb.MAKE_RESPONSIBLE, within),
    }


def _volunteers(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:
    return {
        "volunteers": queries.volunteers(cells["code"], now),
        "may_change": _may(actor, Verb.ENROL_VOLUNTEER, cells["area"]),
    }


def _ending(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:  # noqa: ARG001
    within = cells["area"] if "area" in cells else cells["code"]
    return {"may_change": is_within(within, reach(actor, frozenset({Role.ADMINISTRATOR})))}


def _account(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:
    staff_id = StaffId(int(cells["ref"]))
    person = queries.person(staff_id, now)
    return {
        "person": person,
        "may_change": _may(actor, Verb.OPEN_ACCOUNT, person.area_code),
        "is_oneself": actor.staff_id == staff_id,
    }


def _roles(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:
    staff_id = StaffId(int(cells["ref"]))
    grants = queries.grants(staff_id, now)
    reached = reach(actor, GRANTS[Verb.GRANT])
    return {
        "grants": [(each, is_within(each.area_code, reached)) for each in grants],
        "roles": [role for role in Role if SCOPES[role] is not Scope.OWN],
        "reached": reached[0] if reached else "",
        "may_change": bool(reached) and actor.staff_id != staff_id,
    }


def _places(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:  # noqa: ARG001
    return {
        "posts": queries.person(StaffId(int(cells["ref"])), now).posts,
        "held": queries.responsibilities(now, staff_id=StaffId(int(cells["ref"]))),
    }


def _members(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:
    reached = reach(actor, frozenset({Role.ADMINISTRATOR}))
    everybody = queries.people(reached, now)
    return {"members": [each for each in everybody if any(p.unit_code == cells["code"] for p in each.posts)]}


def _matters(actor: Actor, cells: Cells, now: datetime) -> dict[str, object]:  # noqa: ARG001
    unit = org.unit_by_code(cells["code"])
    return {"matters": catalogue.matters_of(UnitId(unit.pk), cells["code"], localtime(now).date())}


_PANELS: dict[TableName, dict[str, Facts]] = {
    TableName.AREAS: {"answering": _answering, "ending": _ending},
    TableName.BUILDINGS: {"answering": _answering, "volunteers": _volunteers, "ending": _ending},
    TableName.UNITS: {"members": _members, "matters": _matters, "ending": _ending},
    TableName.PEOPLE: {"account": _account, "roles": _roles, "places": _places},
}
