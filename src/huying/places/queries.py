"""Reading places. Lookups are answered from memory (`memory.py`)."""

import re
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import shapely
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Length
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from huying.places import memory
from huying.places.models import Area, Building, CodeRule, Estate, ServiceSite
from huying.places.policy import addresses, codes, coordinates, numerals
from huying.places.policy.locations import NOWHERE, AreaRef, Location, combine
from huying.places.states import AreaLevel, Datum, Precision, SiteKind
from huying.shared.errors import Incomplete, NotFound, Unavailable
from huying.shared.sentences import Sentence

Floats = NDArray[np.float64]
_WORDS = re.compile(r"[0-9]+|[^0-9|]+")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a part of the city is divided. Source: requirement A19."""

    communities: int
    grids: int
    buildings: int

    @property
    def grids_per_community(self) -> float | None:
        return self.grids / self.communities if self.communities else None

    @property
    def buildings_per_grid(self) -> float | None:
        return self.buildings / self.grids if self.grids else None


def locate(
    *,
    point: tuple[float, float] | None = None,
    datum: Datum = Datum.WGS84,
    address: str = "",
    within: str = "",
    on: date,
) -> Location:
    """Find the whole chain of a place from a point (lng, lat), an address or both, as of day `on`.

    within: code of an area; an address is looked for only there. `area_code` of the answer is "" when a
    person must choose among the candidates. Source: docs/rules/places.md §3, §5, §6.

    Raises Incomplete when the point is none.
    """
    world = memory.current()
    here = _at(world, coordinates.convert(checked(point), datum), on) if point is not None else None
    if not address.strip():
        return here or NOWHERE
    said = addresses.resolve(address, world.gazetteer(on), within)
    return combine(here, said) if here is not None else said


def locate_many(lng: Floats, lat: Floats, *, datum: Datum = Datum.WGS84, on: date) -> list[str]:
    """Return the code of the deepest area at each point, "" outside of all."""
    return memory.current().index(on).locate_many(*coordinates.convert_many(lng, lat, datum, Datum.WGS84))


def locate_points(
    lng: Floats, lat: Floats, *, datum: Datum = Datum.WGS84, on: date
) -> list[tuple[str, float, float]]:
    """Return for each point the code of its deepest area ("" outside of all) and lng, lat in WGS-84."""
    here = coordinates.convert_many(lng, lat, datum, Datum.WGS84)
    codes_here = memory.current().index(on).locate_many(*here)
    return list(zip(codes_here, here[0].tolist(), here[1].tolist(), strict=True))


def area(code: str, *, on: date | None = None) -> Area:
    """Raises NotFound when no area ever had this code, or, with `on`, when it did not stand that day."""
    found = Area.objects.filter(Q() if on is None else _standing(on), code=code).first()
    if found is None:
        raise NotFound(what="辖区", key=code)
    return found


def chain(code: str) -> tuple[AreaRef, ...]:
    """Return the areas from the widest down to `code`, void ones too; empty when nothing is known."""
    return memory.current().chain(code)


def street(code: str) -> str:
    """Return the code of the street an area belongs to; a wider area stands for itself."""
    return next((each.code for each in chain(code) if each.level is AreaLevel.STREET), code)


def neighbours(code: str) -> list[str]:
    """Return the codes of every area of the same street, void ones too; a wider area has itself alone."""
    areas = memory.current().areas
    around = street(code)
    if around not in areas or areas[around].level is not AreaLevel.STREET:
        return [code]
    return [each for each in areas if each.startswith(around)]


def common(on: date) -> Area:
    """Return the deepest area, a street at most, that holds everything: where a report without a place waits.

    Raises Unavailable while there is no area at all.
    """
    for level in (AreaLevel.STREET, AreaLevel.DISTRICT, AreaLevel.CITY):
        found = list(areas(level=level, on=on)[:2])
        if len(found) == 1:
            return found[0]
    raise Unavailable(reason="还没有导入辖区底册")


def areas(*, level: AreaLevel | None = None, parent: str = "", on: date | None = None) -> QuerySet[Area]:
    """Return areas in the order of their codes. `parent` covers everything below it; `on` leaves out what
    was not there that day."""
    found = Area.objects.filter(code__startswith=parent).exclude(code=parent or None)
    if level is not None:
        found = found.filter(level=level)
    return found if on is None else found.filter(_standing(on))


def standing_areas(prefix: str = "", *, on: date) -> QuerySet[Area]:
    """Return the area `prefix` names and all below it that stand on a day, in the order of their codes."""
    return Area.objects.filter(_standing(on), code__startswith=prefix)


def building(code: str) -> Building:
    """Raises NotFound when no building ever had this code."""
    found = Building.objects.select_related("area", "estate").filter(code=code).first()
    if found is None:
        raise NotFound(what="楼栋", key=code)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A building with a place. walls: polygon in WGS-84; None = only its point is known."""

    code: str
    name: str
    floors: int | None
    lng: float
    lat: float
    walls: BaseGeometry | None


_STANDING = ("code", "name", "floors", "lng", "lat", "footprint")


def drawn_buildings(area_prefix: str = "", *, on: date) -> list[Standing]:
    """Return the buildings that stand on that day and have a place, in the order of their codes."""
    rows = standing_buildings(area_prefix, on=on).filter(lng__isnull=False, lat__isnull=False)
    return [
        Standing(code, name, floors, lng, lat, None if wkb is None else shapely.from_wkb(bytes(wkb)))
        for code, name, floors, lng, lat, wkb in rows.values_list(*_STANDING)
    ]


def standing_buildings(area_prefix: str = "", *, on: date) -> QuerySet[Building]:
    """Return the buildings that stand in an area on a day, with estate and area, by code."""
    standing = Q(voided_on__isnull=True) | Q(voided_on__gt=on)
    found = Building.objects.filter(standing, area__code__startswith=area_prefix)
    return found.select_related("area", "estate").order_by("code")


@dataclass(frozen=True, slots=True)
class Known:
    """A building as people call it. name: with its estate, "清风苑3幢"; lng, lat: WGS-84."""

    code: str
    name: str
    address: str
    area_code: str
    lng: float | None
    lat: float | None

    @property
    def point(self) -> tuple[float, float] | None:
        return None if self.lng is None or self.lat is None else (self.lng, self.lat)


def known(code: str = "", *, building_id: int | None = None) -> Known:
    """Return a building by its code, else by its id. Raises NotFound when there never was one."""
    if building_id is None:
        return _known(building(code))
    found = Building.objects.select_related("area", "estate").filter(pk=building_id).first()
    if found is None:
        raise NotFound(what="楼栋", key=building_id)
    return _known(found)


def buildings(area_prefix: str, *, on: date, limit: int = 500) -> list[Known]:
    """Return the buildings that stand in an area on a day, by code."""
    return [_known(each) for each in standing_buildings(area_prefix, on=on)[:limit]]


def named(text: str, *, on: date, limit: int = 8) -> list[Known]:
    """Return buildings somebody may mean while still writing: every word in estate, name or address.

    "清风苑 3幢", "清风苑3", "育才路12": a number stands for itself, blanks are no matter. Fewer than two
    characters mean nothing.
    """
    words = _WORDS.findall(numerals.normalise(text))
    if sum(map(len, words)) < 2:
        return []
    found = standing_buildings(on=on).annotate(
        said=Concat(Coalesce("estate__name", Value("")), "name", "address")
    )
    for word in words:
        found = found.filter(said__icontains=word)
    return [_known(each) for each in found.order_by(Length("name"), "code")[:limit]]


def _known(found: Building) -> Known:
    name = f"{found.estate.name if found.estate else ''}{found.name}"
    return Known(found.code, name, found.address, found.area.code, found.lng, found.lat)


def estates(area_prefix: str = "") -> QuerySet[Estate]:
    return Estate.objects.filter(area__code__startswith=area_prefix).order_by("area__code", "name")


def sites(area_prefix: str = "", kind: SiteKind | None = None) -> QuerySet[ServiceSite]:
    """Return service sites (A38, A39) in the order of their areas."""
    found = ServiceSite.objects.filter(area__code__startswith=area_prefix).order_by("area__code", "name")
    return found if kind is None else found.filter(kind=kind)


def coverage(area_prefix: str = "", *, on: date) -> Coverage:
    """Count what stands on that day."""
    standing = Area.objects.filter(_standing(on), code__startswith=area_prefix)
    return Coverage(
        communities=standing.filter(level=AreaLevel.COMMUNITY).count(),
        grids=standing.filter(level=AreaLevel.GRID).count(),
        buildings=Building.objects.filter(
            Q(voided_on__isnull=True) | Q(voided_on__gt=on), area__code__startswith=area_prefix
        ).count(),
    )


def code_rules() -> list[codes.CodeRule]:
    return [
        codes.CodeRule(
            row.prefix, {AreaLevel(level): length for level, length in row.lengths.items()}, row.pattern
        )
        for row in CodeRule.objects.all()
    ]


def checked(point: tuple[float, float]) -> tuple[float, float]:
    """Return the point (lng, lat) as it is.

    Raises Incomplete when it is none; swapped coordinates of China are caught here.
    """
    lng, lat = point
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        raise Incomplete(
            reason=Sentence("坐标（{lng},{lat}）超出经纬度范围，应先经度后纬度", lng=lng, lat=lat)
        )
    return point


def _standing(on: date) -> Q:
    opened = Q(opened_on__isnull=True) | Q(opened_on__lte=on)
    return opened & (Q(voided_on__isnull=True) | Q(voided_on__gt=on))


def _at(world: memory.World, point: tuple[float, float], on: date) -> Location:
    code = world.index(on).locate(*point)
    precision = Precision.POINT if code else Precision.UNRESOLVED
    return replace(
        NOWHERE, area_code=code, chain=world.chain(code), lng=point[0], lat=point[1], precision=precision
    )
