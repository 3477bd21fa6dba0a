"""What stands in the areas: estates, buildings, service sites. Coordinates are WGS-84."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from shapely.geometry.base import BaseGeometry

from huying.ledger.policy import Entry
from huying.places import queries
from huying.places.actions.boundaries import outline_wkb
from huying.places.actions.journal import lock, publish
from huying.places.models import Area, Building, Entrance, Estate, ServiceSite
from huying.places.policy import topology
from huying.places.policy.rows import BuildingRow, EstateRow, Outcome
from huying.places.states import EstateClass, Scene, SiteKind, SiteStatus
from huying.shared.errors import Conflict, Incomplete
from huying.shared.sentences import Sentence

Point = tuple[float, float]  # lng, lat
Changes = dict[str, list[object]]  # field → [before, after]


@transaction.atomic
def add_estate(
    area_code: str,
    *,
    name: str,
    scene: Scene = Scene.RESIDENTIAL,
    estate_class: EstateClass | None = None,
    aliases: Sequence[str] = (),
    point: Point | None = None,
    actor: str,
    now: datetime,
) -> Estate:
    """Make or renew the estate of this name in the area; the same facts again change nothing."""
    lock()
    row = EstateRow("", area_code, name, tuple(aliases), scene, estate_class, point)
    estate, outcome, changes = put_estate(row)
    if outcome != "unchanged":
        payload = {"name": name, "area": area_code, "changes": changes}
        publish([Entry(now, actor, "add_estate", f"estate:{estate.pk}", payload=payload)])
    return estate


@transaction.atomic
def add_building(
    code: str,
    *,
    name: str,
    area_code: str,
    estate: Estate | None = None,
    address: str = "",
    point: Point | None = None,
    floors: int | None = None,
    entrances: Sequence[str] = (),
    footprint: BaseGeometry | None = None,
    actor: str,
    now: datetime,
) -> Building:
    """Make or renew the building with this code; entrances are added, never taken away.

    footprint: polygon of its walls, WGS-84; None leaves what is known.
    Raises Conflict when the code is void or the estate has another building of this name.
    """
    lock()
    row = BuildingRow("", code, name, area_code, "", address, point, floors, tuple(entrances), footprint)
    building, outcome, changes = put_building(row, estate)
    if outcome != "unchanged":
        payload = {"name": name, "area": area_code, "changes": changes}
        publish([Entry(now, actor, "add_building", f"building:{code}", payload=payload)])
    return building


@transaction.atomic
def void_building(code: str, *, reason: str, on: date, actor: str, now: datetime) -> Building:
    """Take a building out of the stock from day `on`; its code is never used again.

    Raises Conflict when it is void already, Incomplete without a reason.
    """
    lock()
    building = queries.building(code)
    if not reason.strip():
        raise Incomplete(reason="作废楼栋必须说明原因")
    if building.voided_on is not None:
        raise Conflict(reason=Sentence("楼栋“{code}”已作废", code=code))
    building.voided_on, building.void_reason = on, reason.strip()
    building.save(update_fields=["voided_on", "void_reason"])
    publish(
        [Entry(now, actor, "void_building", f"building:{code}", after="void", payload={"reason": reason})]
    )
    return building


@transaction.atomic
def register_site(
    area_code: str,
    *,
    name: str,
    kind: SiteKind,
    status: SiteStatus,
    address: str = "",
    opening_hours: str = "",
    point: Point | None = None,
    actor: str,
    now: datetime,
) -> ServiceSite:
    """Make or renew a service site; the same facts again change nothing."""
    lock()
    area = _standing(area_code)
    facts = {
        "kind": kind,
        "status": status,
        "address": address,
        "opening_hours": opening_hours,
        **_coordinates(point),
    }
    site = ServiceSite.objects.filter(area=area, name=name).first()
    site = site or ServiceSite(area=area, name=_named(name, "服务场所"))
    before = site.status if site.pk else ""
    if _save(site, facts)[0] != "unchanged":
        subject = f"site:{site.pk}"
        publish(
            [Entry(now, actor, "register_site", subject, before=before, after=status, payload={"name": name})]
        )
    return site


def put_estate(row: EstateRow) -> tuple[Estate, Outcome, Changes]:
    """Write one estate whose point is WGS-84; the caller locks and records. Refuses before it writes."""
    area = _standing(row.area_code)
    name = _named(row.name, "小区")
    estate = Estate.objects.filter(area=area, name=name).first() or Estate(area=area, name=name)
    facts = {
        "scene": row.scene,
        "estate_class": row.estate_class or "",
        "aliases": list(row.aliases),
        **_coordinates(row.point),
    }
    return estate, *_save(estate, facts)


def put_building(row: BuildingRow, estate: Estate | None) -> tuple[Building, Outcome, Changes]:
    """Write one building whose point is WGS-84; the caller locks and records. Refuses before it writes."""
    area = _standing(row.area_code)
    code, name = _named(row.code, "楼栋"), _named(row.name, "楼栋")
    building = Building.objects.filter(code=code).first() or Building(code=code)
    if building.voided_on is not None:
        raise Conflict(reason=Sentence("楼栋编码“{code}”已作废，不能再用", code=code))
    if estate is not None:
        _check_name_free(building, estate, name)
    facts = {
        "name": name,
        "area_id": area.pk,
        "estate_id": estate.pk if estate else None,
        "address": row.address,
        "floors": row.floors,
        **_coordinates(row.point),
        **_walls(row.footprint),
    }
    outcome, changes = _save(building, facts)
    if "footprint" in changes:
        changes["footprint"] = [_hash(each) for each in changes["footprint"]]
    if added := _add_entrances(building, row.entrances):
        changes["entrances"] = ["", added]
    return building, "changed" if added and outcome == "unchanged" else outcome, changes


def _standing(area_code: str) -> Area:
    area = queries.area(area_code)
    if area.voided_on is not None:
        raise Conflict(reason=Sentence("辖区“{area_code}”已作废", area_code=area_code))
    return area


def _named(name: str, what: str) -> str:
    if not name.strip():
        raise Incomplete(reason=Sentence("{what}缺少名称或编码", what=what))
    return name.strip()


def _check_name_free(building: Building, estate: Estate, name: str) -> None:
    others = Building.objects.filter(estate=estate, name=name, voided_on=None).exclude(code=building.code)
    if (other := others.first()) is not None:
        raise Conflict(
            reason=Sentence(
                "{estate}已有“{name}”（编码 {code}）", estate=estate.name, name=name, code=other.code
            )
        )


def _coordinates(point: Point | None) -> dict[str, float | None]:
    lng, lat = point if point is not None else (None, None)
    return {"lng": lng, "lat": lat}


def _walls(footprint: BaseGeometry | None) -> dict[str, bytes]:
    if footprint is None:
        return {}
    if fault := topology.fault(footprint):
        raise Incomplete(reason=f"楼栋轮廓无效：{fault}")
    return {"footprint": outline_wkb(footprint)}


def _hash(walls: object) -> str:
    """Return what stands for an outline in the log, which holds no drawings."""
    return hashlib.sha256(walls).hexdigest() if isinstance(walls, bytes | memoryview) else ""


def _save(row: Estate | Building | ServiceSite, facts: Mapping[str, object]) -> tuple[Outcome, Changes]:
    """Save only what differs, and return it; of a new row nothing is said to have changed."""
    new = row.pk is None
    changes = {
        field: [None if new else getattr(row, field), value]
        for field, value in facts.items()
        if new or getattr(row, field) != value
    }
    for field, (_, value) in changes.items():
        setattr(row, field, value)
    if new:
        row.save()
        return "created", {}
    if changes:
        row.save(update_fields=list(changes))
    return "changed" if changes else "unchanged", changes


def _add_entrances(building: Building, names: Sequence[str]) -> list[str]:
    known = set(building.entrances.values_list("name", flat=True))
    new = [Entrance(building=building, name=name) for name in dict.fromkeys(names) if name not in known]
    Entrance.objects.bulk_create(new)
    return [entrance.name for entrance in new]
