"""Who answers for which place. Read in sets: one place or a thousand take the same few queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from huying.org.models import Absence, Appointment, Deputy, Responsibility, Shift, Staff, Unit
from huying.org.models.spans import holds
from huying.org.policy import (
    Away,
    DutyRoom,
    Holder,
    Link,
    Officer,
    Person,
    StandIn,
    duty_officer,
    resolve_chain,
)
from huying.org.policy import owner as resolve_owner
from huying.org.policy.gaps import prefixes
from huying.org.queries.units import unit
from huying.org.states import ChainLevel, UnitKind
from huying.shared.errors import Unavailable
from huying.shared.ids import StaffId, UnitId

Spot = tuple[str, int | None]  # area code, building id


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is away, and who stands in, at one moment."""

    away: tuple[Away, ...] = ()
    deputies: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class _Room:
    """A duty room with the code of the area it watches; "" = all."""

    area_code: str
    room: DutyRoom


def officer(staff: Staff) -> Officer:
    return Officer(StaffId(staff.pk), staff.name, staff.phone)


def serving(at: datetime, path: str = "staff__") -> Q:
    """Return the condition that somebody has not left by `at`."""
    return Q(**{f"{path}left_at": None}) | Q(**{f"{path}left_at__gt": at})


def presence(staff_ids: Collection[StaffId], at: datetime) -> Presence:
    """Return the deputies of these people, and which of all of them are away at `at`."""
    rows = Deputy.objects.filter(holds(at), serving(at, "deputy__"), staff__in=staff_ids).select_related(
        "deputy"
    )
    deputies = tuple(
        StandIn(StaffId(row.staff_id), officer(row.deputy), row.order, row.starts_at, row.ends_at)
        for row in rows
    )
    asked = {*staff_ids, *(stand_in.officer.staff_id for stand_in in deputies)}
    away = Absence.objects.filter(holds(at), staff__in=asked).values_list("staff_id", "starts_at", "ends_at")
    return Presence(tuple(Away(StaffId(staff), start, end) for staff, start, end in away), deputies)


def is_away(staff_id: StaffId, at: datetime) -> bool:
    """Tell whether somebody is recorded as away."""
    return Absence.objects.filter(holds(at), staff=staff_id).exists()


def held_by_area(codes: Collection[str] | None, at: datetime) -> dict[str, list[Holder]]:
    """Return the holders of areas by area code; codes: None = every area."""
    rows = Responsibility.objects.filter(holds(at), serving(at), area__isnull=False)
    if codes is not None:
        rows = rows.filter(area__code__in=codes)
    held: dict[str, list[Holder]] = {}
    for row in rows.select_related("staff").annotate(code=F("area__code")):
        holder = Holder(officer(row.staff), ChainLevel(row.level), len(row.code), row.rank)
        held.setdefault(row.code, []).append(holder)
    return held


def _heads(building_ids: Collection[int], at: datetime) -> dict[int, list[Holder]]:
    rows = Responsibility.objects.filter(holds(at), serving(at), building__in=building_ids)
    held: dict[int, list[Holder]] = {}
    for row in rows.select_related("staff"):
        holder = Holder(officer(row.staff), ChainLevel(row.level), rank=row.rank)
        held.setdefault(row.building_id or 0, []).append(holder)
    return held


def _chains(spots: Collection[Spot], at: datetime) -> dict[Spot, tuple[Link, ...]]:
    by_area = held_by_area({code for area, _ in spots for code in prefixes(area)}, at)
    buildings = {building for _, building in spots if building is not None}
    heads = _heads(buildings, at) if buildings else {}
    everybody = {h.officer.staff_id for held in (*by_area.values(), *heads.values()) for h in held}
    there = presence(everybody, at)
    return {
        (area, building): resolve_chain(
            [h for code in prefixes(area) for h in by_area.get(code, ())] + heads.get(building or 0, []),
            there.away,
            there.deputies,
            at,
            knows_building=building is not None,
        )
        for area, building in spots
    }


def chain(area_code: str, *, building_id: int | None = None, at: datetime) -> tuple[Link, ...]:
    """Return the five links of a place, each a person or the reason why there is none."""
    return _chains([(area_code, building_id)], at)[area_code, building_id]


def owner(area_code: str, *, building_id: int | None = None, at: datetime) -> Person:
    """Return the named person on duty who answers for a place.

    Raises Unavailable naming what is missing. Source: docs/rules/org.md §3.
    """
    found = owners([(area_code, building_id)], at=at)[area_code, building_id]
    if isinstance(found, Unavailable):
        raise found
    return found


def owners(spots: Collection[Spot], *, at: datetime) -> Mapping[Spot, Person | Unavailable]:
    """Return who answers for each place, or the refusal that says what is missing."""
    chains = _chains(spots, at)
    open_spots = [spot for spot, links in chains.items() if not any(link.person for link in links)]
    rooms, at_rooms = _rooms(open_spots, at) if open_spots else ([], Presence())
    return {
        spot: _owner(links, spot[0], [r.room for r in rooms if spot[0].startswith(r.area_code)], at_rooms, at)
        for spot, links in chains.items()
    }


def _owner(
    links: Sequence[Link], place: str, rooms: Sequence[DutyRoom], there: Presence, at: datetime
) -> Person | Unavailable:
    try:
        return resolve_owner(links, rooms, there.away, there.deputies, at, place=place)
    except Unavailable as nobody:
        return nobody


def _rooms(spots: Iterable[Spot], at: datetime) -> tuple[list[_Room], Presence]:
    """Return the duty rooms that watch these places, the nearest first, and who is away from them."""
    codes = {code for area, _ in spots for code in prefixes(area)}
    units = duty_rooms(at).filter(Q(area=None) | Q(area__code__in=codes))
    rooms = _staffed(list(units), at)
    people = {o.staff_id for each in rooms for o in (*each.room.officers, *each.room.chiefs)}
    rooms.sort(key=lambda each: -len(each.area_code))
    return rooms, presence(people, at)


def duty_rooms(at: datetime) -> QuerySet[Unit]:
    """Return the command centres open at `at`, by code."""
    is_open = Q(closed_at=None) | Q(closed_at__gt=at)
    return Unit.objects.filter(is_open, kind=UnitKind.COMMAND_CENTRE).select_related("area").order_by("code")


def _staffed(units: Sequence[Unit], at: datetime) -> list[_Room]:
    ids = [each.pk for each in units]
    running = Q(starts_at__lte=at, ends_at__gt=at, cancelled_at=None)
    shifts = Shift.objects.filter(running, serving(at), unit__in=ids).select_related("staff")
    heads = Appointment.objects.filter(holds(at), serving(at), post__unit__in=ids, post__is_head=True)
    on_shift = [(shift.unit_id, officer(shift.staff)) for shift in shifts.order_by("starts_at", "pk")]
    leading = [
        (row.post.unit_id, officer(row.staff)) for row in heads.select_related("staff", "post").order_by("pk")
    ]
    return [
        _Room(
            each.area.code if each.area else "",
            DutyRoom(
                each.name,
                tuple(person for unit_id, person in on_shift if unit_id == each.pk),
                tuple(person for unit_id, person in leading if unit_id == each.pk),
            ),
        )
        for each in units
    ]


def on_duty(unit_id: UnitId, at: datetime) -> Person:
    """Return who is on duty in a unit: on shift, else a deputy, else the chief, else the nearest duty room.

    Raises NotFound for no such unit, Unavailable when nobody is there.
    """
    asked = unit(unit_id)
    own = _staffed([asked], at)[0]
    there = presence({o.staff_id for o in (*own.room.officers, *own.room.chiefs)}, at)
    if found := duty_officer(own.room, there.away, there.deputies, at):
        return found
    nearest, there = _rooms([(own.area_code, None)], at)
    rooms = [DutyRoom(asked.name), *(each.room for each in nearest)]  # its own people were asked above
    return resolve_owner([], rooms, there.away, there.deputies, at, place=asked.name)


def grid_worker(area_code: str, at: datetime) -> Person | None:
    """Return the grid worker of an area, or who stands in: what the public directory shows (A13)."""
    links = chain(area_code, at=at)
    return next(link.person for link in links if link.level is ChainLevel.GRID_WORKER)
