"""What is missing, who is on, how the ground is covered, how the work is spread."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, F, Q
from django.utils.timezone import localtime

from huying.org.models import Absence, Appointment, Responsibility, Shift, Unit
from huying.org.models.spans import holds
from huying.org.policy import (
    PATTERNS,
    Away,
    Duty,
    Holder,
    Pattern,
    Shortfall,
    Window,
    pattern_gaps,
    roster_gaps,
)
from huying.org.policy.gaps import (
    GapReport,
    OpenHandOver,
    PlaceGap,
    RosterGap,
    is_overdue,
    place_gaps,
    unwatched,
)
from huying.org.queries import ground
from huying.org.queries.chain import duty_rooms, held_by_area, officer, presence, serving
from huying.org.states import ChainLevel, UnitKind
from huying.shared.errors import NotFound
from huying.shared.ids import StaffId

ROSTER_DAYS = 7  # how far ahead the duty roster must be complete: own choice
HAND_OVER_LOOK_BACK = timedelta(hours=24)


def gaps(at: datetime, *, area_prefix: str = "", until: datetime | None = None) -> GapReport:
    """Return every place without a responsible person, every uncovered hour, every duty not taken over,
    every street without a command centre.

    until: how far ahead the roster is read; None = 7 days.
    """
    end = until or at + timedelta(days=ROSTER_DAYS)
    everywhere = {room: room.area.code if room.area else "" for room in duty_rooms(at)}
    rooms = [room for room, area_code in everywhere.items() if area_code.startswith(area_prefix)]
    return GapReport(
        at,
        _place_gaps(at, area_prefix),
        tuple(gap for room in rooms for gap in _roster_gaps(room, at, end)),
        _open_hand_overs(rooms, at),
        unwatched(ground.streets(area_prefix, localtime(at).date()), set(everywhere.values())),
    )


def _place_gaps(at: datetime, area_prefix: str) -> tuple[PlaceGap, ...]:
    on = localtime(at).date()
    places = [*ground.areas(area_prefix, on), *ground.buildings(area_prefix, on)]
    holders = held_by_area(None, at)
    for code, held in _heads_by_code(area_prefix, at).items():
        holders[code] = held
    there = presence({h.officer.staff_id for held in holders.values() for h in held}, at)
    return place_gaps(places, holders, there.away, there.deputies, at)


def _heads_by_code(area_prefix: str, at: datetime) -> dict[str, list[Holder]]:
    rows = Responsibility.objects.filter(
        holds(at), serving(at), building__isnull=False, building__area__code__startswith=area_prefix
    )
    heads: dict[str, list[Holder]] = defaultdict(list)
    for row in rows.select_related("staff").annotate(code=F("building__code")):
        heads[row.code].append(Holder(officer(row.staff), ChainLevel(row.level), rank=row.rank))
    return heads


def _roster_gaps(room: Unit, start: datetime, end: datetime) -> Iterable[RosterGap]:
    shifts = Shift.objects.filter(
        Q(staff__left_at=None), unit=room, cancelled_at=None, starts_at__lt=end, ends_at__gt=start
    )
    duties = [Duty(StaffId(row.staff_id), row.starts_at, row.ends_at) for row in shifts]
    absences = Absence.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=start), staff__in=[d.staff_id for d in duties], starts_at__lt=end
    )
    away = [Away(StaffId(row.staff_id), row.starts_at, row.ends_at) for row in absences]
    return (RosterGap(room.code, room.name, window) for window in roster_gaps(duties, start, end, away))


def uncovered(unit: Unit, start: datetime, end: datetime) -> tuple[Window, ...]:
    """Return the parts of start..end in which nobody is on duty in a unit, absences counted."""
    return tuple(gap.window for gap in _roster_gaps(unit, start, end))


def _open_hand_overs(rooms: Iterable[Unit], at: datetime) -> tuple[OpenHandOver, ...]:
    shifts = Shift.objects.filter(
        unit__in=[room.pk for room in rooms],
        cancelled_at=None,
        ends_at__lte=at,
        ends_at__gt=at - HAND_OVER_LOOK_BACK,
    )
    rows = shifts.values_list(
        "unit__code", "pk", "ends_at", "hand_over__written_at", "hand_over__confirmed_at"
    )
    return tuple(
        OpenHandOver(code, shift, ended_at, written_at is not None)
        for code, shift, ended_at, written_at, confirmed_at in rows.order_by("ends_at", "pk")
        if is_overdue(ended_at, confirmed_at, at)
    )


@dataclass(frozen=True, slots=True)
class Rostered:
    """One line of the duty roster."""

    shift_id: int
    unit_code: str
    unit_name: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime
    is_running: bool


def duty_today(at: datetime, *, area_prefix: str = "") -> tuple[Rostered, ...]:
    """Return the shifts of the local day of `at`, those that reach into it included, in order."""
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Shift.objects.filter(
        cancelled_at=None, starts_at__lt=midnight + timedelta(days=1), ends_at__gt=midnight
    ).select_related("unit", "staff")
    if area_prefix:
        rows = rows.filter(unit__area__code__startswith=area_prefix)
    return tuple(
        Rostered(
            row.pk,
            row.unit.code,
            row.unit.name,
            row.staff.name,
            row.staff.phone,
            row.starts_at,
            row.ends_at,
            row.starts_at <= at < row.ends_at,
        )
        for row in rows.order_by("unit__code", "starts_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the ground is covered (A19). Only counts: nobody is listed by party membership.

    headed: buildings that have a head. Shares are None where there is nothing to divide by.
    """

    communities: int
    grids: int
    buildings: int
    headed: int
    heads: int
    party_heads: int
    share_headed: Fraction | None
    share_party: Fraction | None


def coverage(area_prefix: str, at: datetime) -> Coverage:
    """Return the coverage below `area_prefix`: headed buildings / buildings, party heads / heads."""
    on = localtime(at).date()
    levels = Counter(ChainLevel.GRID_WORKER in place.wanted for place in ground.areas(area_prefix, on))
    standing = {place.code for place in ground.buildings(area_prefix, on)}
    rows = Responsibility.objects.filter(holds(at), serving(at), building__code__in=standing)
    heads = dict(rows.values_list("staff_id", "staff__is_party_member"))
    headed = len(set(rows.values_list("building_id", flat=True)))
    party = sum(member is True for member in heads.values())
    return Coverage(
        communities=levels[False],
        grids=levels[True],
        buildings=len(standing),
        headed=headed,
        heads=len(heads),
        party_heads=party,
        share_headed=Fraction(headed, len(standing)) if standing else None,
        share_party=Fraction(party, len(heads)) if heads else None,
    )


@dataclass(frozen=True, slots=True)
class Workload:
    """How many buildings a full-time worker of a grid has (A29); weight: sum over its workers."""

    area_code: str
    area_name: str
    workers: int
    weight: Decimal
    buildings: int

    @property
    def buildings_per_worker(self) -> Decimal | None:
        return self.buildings / self.weight if self.weight else None


def workload(area_prefix: str, at: datetime) -> tuple[Workload, ...]:
    """Return the load of every grid below `area_prefix`, by code."""
    on = localtime(at).date()
    grids = [place for place in ground.areas(area_prefix, on) if ChainLevel.GRID_WORKER in place.wanted]
    rows = Responsibility.objects.filter(holds(at), serving(at), level=ChainLevel.GRID_WORKER)
    weights: dict[str, list[Decimal]] = defaultdict(list)
    for code, weight in rows.values_list("area__code", "staff__workload_weight"):
        weights[str(code)].append(weight)
    places = ground.buildings(area_prefix, on)
    return tuple(
        Workload(
            grid.code,
            grid.name,
            len(weights[grid.code]),
            sum(weights[grid.code], Decimal(0)),
            sum(place.within.startswith(grid.code) for place in places),
        )
        for grid in grids
    )


@dataclass(frozen=True, slots=True)
class Resource:
    """What a unit has to offer right now (A31)."""

    unit_code: str
    unit_name: str
    kind: UnitKind
    staff: int
    away: int
    on_shift: int


def resources(area_prefix: str, at: datetime) -> tuple[Resource, ...]:
    """Return the people of every unit of an area, across all lines."""
    units = Unit.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at), area__code__startswith=area_prefix)
    posts = Appointment.objects.filter(holds(at), serving(at), post__unit__in=units)
    members: dict[int, set[int]] = defaultdict(set)
    for unit_id, staff_id in posts.values_list("post__unit_id", "staff_id"):
        members[unit_id].add(staff_id)
    away = set(Absence.objects.filter(holds(at)).values_list("staff_id", flat=True))
    running = Shift.objects.filter(starts_at__lte=at, ends_at__gt=at, cancelled_at=None, unit__in=units)
    on_shift = dict(running.values_list("unit_id").annotate(Count("staff", distinct=True)))
    return tuple(
        Resource(
            each.code,
            each.name,
            UnitKind(each.kind),
            len(members[each.pk]),
            len(members[each.pk] & away),
            on_shift.get(each.pk, 0),
        )
        for each in units.order_by("code")
    )


def pattern_report(pattern_code: str, area_prefix: str, at: datetime) -> tuple[Shortfall, ...]:
    """Return the parts of a governance pattern that an area lacks.

    Communities and grids count as units or as areas, whichever are more. Raises NotFound for no such pattern.
    """
    pattern: Pattern | None = PATTERNS.get(pattern_code)
    if pattern is None:
        raise NotFound(what="治理模式", key=pattern_code)
    units = Unit.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at), area__code__startswith=area_prefix)
    present = Counter(UnitKind(kind) for kind in units.values_list("kind", flat=True))
    places = ground.areas(area_prefix, localtime(at).date())
    grids = sum(ChainLevel.GRID_WORKER in place.wanted for place in places)
    present[UnitKind.GRID] = max(present[UnitKind.GRID], grids)
    present[UnitKind.COMMUNITY] = max(present[UnitKind.COMMUNITY], len(places) - grids)
    return pattern_gaps(pattern, present)


def buildings_of(staff_id: StaffId, at: datetime) -> tuple[int, ...]:
    """Return the ids of the buildings somebody heads now: all that a building head's view may show (A20)."""
    rows = Responsibility.objects.filter(holds(at), staff=staff_id, building__isnull=False)
    return tuple(int(pk) for pk in rows.order_by("building_id").values_list("building_id", flat=True) if pk)
