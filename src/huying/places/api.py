"""Areas and lookups for everybody: where something is, and which areas there are."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from ninja import Router, Schema

from huying.look.drawn import PUBLIC, answer
from huying.places import maps, queries
from huying.places.models import Area
from huying.places.policy.locations import AreaRef, Location
from huying.places.states import AreaLevel, Datum, Precision
from huying.shared.errors import Incomplete
from huying.shared.shapes import Address, AreaCode, Day, Latitude, Longitude

router = Router(tags=["places"], auth=None)  # public: a resident's page needs it to report


class RefOut(Schema):
    code: str
    name: str
    level: AreaLevel


class AreaOut(RefOut):
    parent: str | None
    aliases: list[str]
    area_m2: float | None
    opened_on: date | None
    voided_on: date | None

    @staticmethod
    def resolve_parent(area: Area) -> str | None:
        return area.parent_id


class AreaDetailOut(AreaOut):
    chain: list[RefOut]  # from the city down to this area

    @staticmethod
    def resolve_chain(area: Area) -> tuple[AreaRef, ...]:
        return queries.chain(area.code)


class CandidateOut(Schema):
    text: str
    area_code: str
    precision: Precision
    estate_id: int | None
    building_id: int | None
    exact: bool


class LocationOut(Schema):
    """`area_code` is empty when a person must choose among the candidates."""

    area_code: str
    chain: list[RefOut]
    precision: Precision
    estate_id: int | None
    building_id: int | None
    entrance: str
    room: str
    lng: float | None
    lat: float | None
    named_code: str
    candidates: list[CandidateOut]


@router.get("/areas", response=list[AreaOut])
def list_areas(
    request: HttpRequest, level: AreaLevel | None = None, parent: AreaCode = "", on: Day | None = None
) -> list[Area]:
    """List areas of a level or below a parent as of a day (default: today), in the order of their codes."""
    return list(queries.areas(level=level, parent=parent, on=on or localdate()))


@router.get("/areas/{code}", response=AreaDetailOut)
def get_area(request: HttpRequest, code: str) -> Area:
    """Show an area, also a void one, with the chain above it."""
    return queries.area(code)


class MapOut(Schema):
    """GeoJSON (RFC 7946), WGS-84 degrees."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


@router.get("/map/areas", response=MapOut)
def map_areas(request: HttpRequest, within: AreaCode = "", level: AreaLevel | None = None) -> HttpResponse:
    """Draw the outlines of today at and below `within`; `level` alone, or street, communities and grids.

    Properties: code, name, level, label (a point inside). Answers 304 to the ETag of the same outlines.
    """
    levels = maps.DRAWN if level is None else (level,)
    return answer(request, maps.areas(within, levels, on=localdate()), cache=PUBLIC)


@router.get("/map/buildings", response=MapOut)
def map_buildings(request: HttpRequest, within: AreaCode = "") -> HttpResponse:
    """Draw the buildings at and below `within`: walls where they are known, else a point.

    Properties: code, name, floors (null = not known). Answers 304 to the ETag of the same buildings.
    """
    return answer(request, maps.buildings(within, on=localdate()), cache=PUBLIC)


@router.get("/locate", response=LocationOut)
def locate(
    request: HttpRequest,
    lng: Longitude | None = None,
    lat: Latitude | None = None,
    datum: Datum = Datum.WGS84,
    address: Address = "",
    within: AreaCode = "",
    on: Day | None = None,
) -> Location:
    """Find the chain of a point (degrees), an address, or both."""
    if (lng is None) != (lat is None):
        raise Incomplete(reason="经度和纬度须同时给出")
    point = (lng, lat) if lng is not None and lat is not None else None
    if point is None and not address.strip():
        raise Incomplete(reason="须给出坐标或地址")
    return queries.locate(point=point, datum=datum, address=address, within=within, on=on or localdate())
