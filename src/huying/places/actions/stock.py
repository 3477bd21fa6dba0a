"""What stands in the areas: estates, buildings, service sites. Coordinates are WGS-84."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from huying.ledger.policy import Entry
from huying.places import queries
from huying.places.actions.journal import lock, publish
from huying.places.models import Area, Building, Entrance, Estate, ServiceSite
from huying.places.states import EstateClass, Scene, SiteKind, SiteStatus
from huying.shared.errors import Conflict, Incomplete

Point = tuple[float, float]  # lng, lat


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
    facts = {
        "scene": scene,
        "estate_class": estate_class or "",
        "aliases": list(aliases),
        "lng": point[0] if point else None,
        "lat": point[1] if point else None,
    }
    area = _standing(area_code)
    estate = Estate.objects.filter(area=area, name=_named(name, "小区")).first() or Estate(
        area=area, name=name
    )
    if _differs(estate, facts):
        _save(estate, facts)
        publish(
            [
                Entry(
                    now, actor, "add_estate", f"estate:{estate.pk}", payload={"name": name, "area": area_code}
                )
            ]
        )
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
    actor: str,
    now: datetime,
) -> Building:
    """Make or renew the building with this code; entrances are added, never taken away.

    Raises Conflict when the code is void or the estate has another building of this name.
    """
    lock()
    area = _standing(area_code)
    building = Building.objects.filter(code=code).first() or Building(code=_named(code, "楼栋"))
    if building.voided_on is not None:
        raise Conflict(reason=f"楼栋编码“{code}”已作废,不能再用")
    if estate is not None:
        _check_name_free(building, estate, name)
    facts = {
        "name": _named(name, "楼栋"),
        "area_id": area.pk,
        "estate_id": estate.pk if estate else None,
        "address": address,
        "lng": point[0] if point else None,
        "lat": point[1] if point else None,
        "floors": floors,
    }
    changed = _differs(building, facts)
    if changed:
        _save(building, facts)
    if _add_entrances(building, entrances) or changed:
        publish(
            [Entry(now, actor, "add_building", f"building:{code}", payload={"name": name, "area": area_code})]
        )
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
        raise Conflict(reason=f"楼栋“{code}”已作废")
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
        "lng": point[0] if point else None,
        "lat": point[1] if point else None,
    }
    site = ServiceSite.objects.filter(area=area, name=name).first()
    site = site or ServiceSite(area=area, name=_named(name, "服务场所"))
    before = site.status if site.pk else ""
    if _differs(site, facts):
        _save(site, facts)
        subject = f"site:{site.pk}"
        publish(
            [Entry(now, actor, "register_site", subject, before=before, after=status, payload={"name": name})]
        )
    return site


def _standing(area_code: str) -> Area:
    area = queries.area(area_code)
    if area.voided_on is not None:
        raise Conflict(reason=f"辖区“{area_code}”已作废")
    return area


def _named(name: str, what: str) -> str:
    if not name.strip():
        raise Incomplete(reason=f"{what}缺少名称或编码")
    return name.strip()


def _check_name_free(building: Building, estate: Estate, name: str) -> None:
    others = Building.objects.filter(estate=estate, name=name, voided_on=None).exclude(code=building.code)
    if (other := others.first()) is not None:
        raise Conflict(reason=f"{estate.name}已有“{name}”(编码 {other.code})")


def _differs(row: Estate | Building | ServiceSite, facts: Mapping[str, object]) -> bool:
    return row.pk is None or any(getattr(row, field) != value for field, value in facts.items())


def _save(row: Estate | Building | ServiceSite, facts: Mapping[str, object]) -> None:
    for field, value in facts.items():
        setattr(row, field, value)
    row.save()


def _add_entrances(building: Building, names: Sequence[str]) -> bool:
    known = set(building.entrances.values_list("name", flat=True))
    new = [Entrance(building=building, name=name) for name in dict.fromkeys(names) if name not in known]
    return bool(Entrance.objects.bulk_create(new))
