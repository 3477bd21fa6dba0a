"""The organisation over HTTP: who is who, who is on duty, who answers for a place, what is missing."""

from datetime import datetime

from django.utils.timezone import localdate, now
from ninja import Field, Query, Router, Schema

from huying.org import queries
from huying.org.models import Unit
from huying.org.policy import Link, Person
from huying.org.policy.access import require_role, require_signed_in
from huying.org.policy.gaps import GapReport
from huying.org.requests import ActorRequest
from huying.org.states import GAP_READERS, UnitKind
from huying.places import queries as places
from huying.shared.errors import Incomplete, NotFound
from huying.shared.sentences import Sentence
from huying.shared.shapes import Address, AreaCode, Id

router = Router(tags=["org"])


class UnitOut(Schema):
    code: str
    name: str
    kind: UnitKind
    kind_label: str
    area_code: str | None = Field(None, alias="area.code")
    line_parent: str | None = Field(None, alias="line_parent.code")
    local_parent: str | None = Field(None, alias="local_parent.code")

    @staticmethod
    def resolve_kind_label(unit: Unit) -> str:
        return UnitKind(unit.kind).label


class ContactOut(Schema):
    """What the public may know of a grid worker."""

    area_code: str
    name: str
    phone: str


class RosteredOut(Schema):
    unit_code: str
    unit_name: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime
    is_running: bool


class PersonOut(Schema):
    name: str
    phone: str
    level: str | None
    how: str
    how_label: str = Field(alias="how.label")


class LinkOut(Schema):
    level: str
    level_label: str = Field(alias="level.label")
    person: PersonOut | None
    lack: str | None
    lack_label: str | None = Field(None, alias="lack.label")


class ResponsibilityOut(Schema):
    area_code: str
    owner: PersonOut
    chain: list[LinkOut]


class PlaceGapOut(Schema):
    code: str = Field(alias="place.code")
    name: str = Field(alias="place.name")
    level: str
    level_label: str = Field(alias="level.label")
    lack: str
    lack_label: str = Field(alias="lack.label")


class RosterGapOut(Schema):
    unit_code: str
    unit_name: str
    starts_at: datetime = Field(alias="window.starts_at")
    ends_at: datetime = Field(alias="window.ends_at")


class OpenHandOverOut(Schema):
    unit_code: str
    shift_id: int
    ended_at: datetime
    written: bool


class UnwatchedOut(Schema):
    code: str
    name: str


class GapsOut(Schema):
    at: datetime
    places: list[PlaceGapOut]
    hours: list[RosterGapOut]
    hand_overs: list[OpenHandOverOut]
    unwatched: list[UnwatchedOut]


class PlaceIn(Schema):
    area_code: AreaCode = ""
    address: Address = ""


class UnitsIn(Schema):
    area_code: AreaCode = ""
    kind: UnitKind | None = None


@router.get("/units", response=list[UnitOut])
def units(request: ActorRequest, part: Query[UnitsIn]) -> list[Unit]:
    """Units open now, by code; below `area_code`, of one kind."""
    require_signed_in(request.actor)
    return list(queries.units(area_prefix=part.area_code, kind=part.kind))


@router.get("/directory", response=ContactOut)
def directory(request: ActorRequest, place: Query[PlaceIn]) -> ContactOut:
    """Ask the grid worker: name and work phone, by area code or by address. Open to everybody."""
    area_code = place.area_code or _located(place.address)
    found = queries.grid_worker(area_code, now())
    if found is None:
        raise NotFound(what="网格员", key=place.area_code or place.address)
    return ContactOut(area_code=area_code, name=found.name, phone=found.phone)


def _located(address: str) -> str:
    if not address:
        raise Incomplete(reason="请填写辖区代码或地址")
    location = places.locate(address=address, on=localdate())
    if not location.area_code:
        choices = "；".join(candidate.text for candidate in location.candidates)
        raise Incomplete(
            reason=Sentence("地址不够明确{value}", value=f"，可能是：{choices}" if choices else "")
        )
    return location.area_code


@router.get("/duty", response=list[RosteredOut])
def duty(request: ActorRequest, area_code: AreaCode = "") -> tuple[queries.Rostered, ...]:
    """The duty roster of today; `is_running` tells who is on duty now."""
    require_signed_in(request.actor)
    return queries.duty_today(now(), area_prefix=area_code)


@router.get("/responsibility/{area_code}", response=ResponsibilityOut)
def responsibility(request: ActorRequest, area_code: str, building_id: Id | None = None) -> dict[str, object]:
    """The five links of a place, and who answers for it now."""
    require_signed_in(request.actor)
    places.area(area_code)
    at = now()
    chain: tuple[Link, ...] = queries.chain(area_code, building_id=building_id, at=at)
    owner: Person = queries.owner(area_code, building_id=building_id, at=at)
    return {"area_code": area_code, "owner": owner, "chain": chain}


@router.get("/gaps", response=GapsOut)
def gaps(request: ActorRequest, area_code: AreaCode = "") -> GapReport:
    """Places without a responsible person, uncovered hours, duty not taken over."""
    require_role(request.actor, GAP_READERS, area_code=area_code, doing="查看空缺报告")
    return queries.gaps(now(), area_prefix=area_code)
