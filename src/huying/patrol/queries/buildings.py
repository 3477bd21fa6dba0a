"""Buildings of one's own: a head's, and those of a grid worker's grid. Nobody else's (A20)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from huying.clocks.policy import SHANGHAI
from huying.org import queries as org
from huying.org.policy import Actor
from huying.org.states import Role
from huying.patrol.models import Fact
from huying.places import queries as places
from huying.shared.errors import NotFound

MOST = 400  # of a grid: the largest has some hundred


@dataclass(frozen=True, slots=True)
class Building:
    """A building as who looks after it knows it. name: with its estate."""

    pk: int
    code: str
    name: str
    address: str
    floors: int | None
    area_code: str


def buildings_of(actor: Actor, *, at: datetime) -> list[Building]:
    """Return the buildings the actor heads or walks, by code."""
    everywhere = places.standing_buildings("", on=at.astimezone(SHANGHAI).date())
    headed = org.buildings_of(actor.staff_id, at) if actor.staff_id is not None else ()
    rule = Q(pk__in=headed)
    for grant in actor.grants:
        if grant.role is Role.GRID_WORKER:
            rule |= Q(area__code__startswith=grant.area_prefix)
    return [_building(row) for row in everywhere.filter(rule)[:MOST]]


def building_for(actor: Actor, code: str, *, at: datetime) -> Building:
    """Return a building of one's own. Raises NotFound, also for another's."""
    found = _building(places.building(code))
    if not (_walks(actor, found.area_code) or _heads(actor, found.pk, at)):
        raise NotFound(what="楼栋", key=code)
    return found


def _building(row: Any) -> Building:
    """Return what is shown of a row of `places`."""
    name = f"{row.estate.name if row.estate else ''}{row.name}"
    return Building(row.pk, row.code, name, row.address, row.floors, row.area.code)


def _walks(actor: Actor, area_code: str) -> bool:
    return actor.may_act_in(frozenset({Role.GRID_WORKER}), area_code)


def _heads(actor: Actor, building_id: int, at: datetime) -> bool:
    return actor.staff_id is not None and building_id in org.buildings_of(actor.staff_id, at)


def facts_of(building: Building) -> QuerySet[Fact]:
    """Return everything ever said of a building, the newest first."""
    return Fact.objects.filter(building_id=building.pk).order_by("-stated_at", "-pk")
