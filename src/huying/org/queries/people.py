"""People, their posts, accounts and places, for those who administer them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from huying.org.models import Appointment, BuildingVolunteer, Responsibility, RoleGrant, Shift, Staff
from huying.org.models.spans import holds
from huying.org.states import AppointmentKind, ChainLevel, Employment, Role
from huying.shared.errors import NotFound
from huying.shared.ids import StaffId


@dataclass(frozen=True, slots=True)
class PostHeld:
    """A post somebody fills."""

    appointment_id: int
    unit_code: str
    unit_name: str
    post: str
    kind: AppointmentKind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here. area_code: where they work, as `area_of_staff` finds it.

    username "" = no account.
    """

    staff_id: StaffId
    number: str
    name: str
    phone: str
    employment: Employment
    workload_weight: Decimal
    area_code: str
    posts: tuple[PostHeld, ...]
    username: str
    may_sign_in: bool
    signed_in_at: datetime | None

    @property
    def substantive(self) -> PostHeld | None:
        """Return the main post; of several that are none of them substantive, the first."""
        own = [post for post in self.posts if post.kind is AppointmentKind.SUBSTANTIVE]
        return next(iter(own or self.posts), None)


def people(reached: Collection[str], at: datetime) -> list[Person]:
    """Return everybody who has not left and works in one of the areas, by number and name.

    reached: codes of areas; "" covers all, also those who work nowhere yet.
    """
    everybody = _people(Staff.objects.all(), at)
    return [each for each in everybody if any(each.area_code.startswith(code) for code in reached)]


def person(staff_id: StaffId, at: datetime) -> Person:
    """Return somebody who has not left. Raises NotFound."""
    found = _people(Staff.objects.filter(pk=staff_id), at)
    if not found:
        raise NotFound(what="人员", key=staff_id)
    return found[0]


def _people(rows: QuerySet[Staff], at: datetime) -> list[Person]:
    serving = rows.filter(Q(left_at=None) | Q(left_at__gt=at)).select_related("user")
    posts, areas = _posts(rows, at)
    for staff_id, code in _held_areas(rows, at):
        areas.setdefault(staff_id, code)
    return [
        Person(
            StaffId(row.pk),
            row.number or "",
            row.name,
            row.phone,
            Employment(row.employment),
            row.workload_weight,
            areas.get(row.pk, ""),
            tuple(posts.get(row.pk, ())),
            row.user.username if row.user else "",
            bool(row.user and row.user.is_active),
            row.user.last_login if row.user else None,
        )
        for row in serving.order_by("number", "name", "pk")
    ]


def _posts(rows: QuerySet[Staff], at: datetime) -> tuple[dict[int, list[PostHeld]], dict[int, str]]:
    """Return everybody's posts and the area of the first whose unit has one, as `area_of_staff` chooses."""
    held = Appointment.objects.filter(holds(at), staff__in=rows).order_by("-kind", "pk")
    columns = held.values_list(
        "staff_id",
        "pk",
        "post__unit__code",
        "post__unit__name",
        "post__name",
        "kind",
        "post__unit__area__code",
    )
    posts: dict[int, list[PostHeld]] = {}
    areas: dict[int, str] = {}
    for staff_id, pk, code, name, post, kind, area in columns:
        posts.setdefault(staff_id, []).append(PostHeld(pk, code, name, post, AppointmentKind(kind)))
        if area:
            areas.setdefault(staff_id, area)
    return posts, areas


def _held_areas(rows: QuerySet[Staff], at: datetime) -> list[tuple[int, str]]:
    """Return (person, area) of the places held, areas before buildings."""
    held = Responsibility.objects.filter(holds(at), staff__in=rows).order_by("pk")
    return [
        *held.exclude(area=None).values_list("staff_id", "area__code"),
        *held.exclude(building=None).values_list("staff_id", "building__area__code"),
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """A place somebody answers for; place_code: of the area or the building. within: code of the area."""

    responsibility_id: int
    level: ChainLevel
    place_code: str
    place_name: str
    within: str
    staff_id: StaffId
    number: str
    name: str
    rank: int


def responsibilities(
    at: datetime, *, reached: Collection[str] = ("",), staff_id: StaffId | None = None
) -> list[Held]:
    """Return who answers for which place in these areas, or which places one person answers for."""
    rows = Responsibility.objects.filter(holds(at), Q(staff__left_at=None) | Q(staff__left_at__gt=at))
    rows = rows.filter(staff=staff_id) if staff_id is not None else rows
    columns = rows.order_by("pk").values_list(
        "pk", "level", "area__code", "area__name", "building__code", "building__name", "building__area__code",
        "staff_id", "staff__number", "staff__name", "rank",
    )  # fmt: skip
    found = [
        Held(pk, ChainLevel(level), area or building, area_name or building_name, area or within,
             StaffId(staff), number or "", name, rank)
        for pk, level, area, area_name, building, building_name, within, staff, number, name, rank in columns
    ]  # fmt: skip
    return [each for each in found if any(each.within.startswith(code) for code in reached)]


@dataclass(frozen=True, slots=True)
class GrantHeld:
    """A role somebody holds now or will hold, over an area ("" = every) or for a unit."""

    grant_id: int
    role: Role
    area_code: str
    unit_code: str
    unit_name: str
    starts_at: datetime
    ends_at: datetime | None


def grants(staff_id: StaffId, at: datetime) -> list[GrantHeld]:
    """Return the roles of one person that have not ended."""
    rows = RoleGrant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), staff=staff_id).select_related(
        "unit"
    )
    return [
        GrantHeld(
            row.pk,
            Role(row.role),
            row.area_code,
            row.unit.code if row.unit else "",
            row.unit.name if row.unit else "",
            row.starts_at,
            row.ends_at,
        )
        for row in rows.order_by("role", "area_code", "pk")
    ]


def roles_by_person(at: datetime) -> dict[StaffId, tuple[Role, ...]]:
    """Return everybody's roles of this moment."""
    held: dict[StaffId, dict[Role, None]] = {}
    rows = RoleGrant.objects.filter(holds(at), staff__isnull=False).order_by("role")
    for staff_id, role in rows.values_list("staff_id", "role"):
        held.setdefault(StaffId(staff_id or 0), {})[Role(role)] = None
    return {staff_id: tuple(roles) for staff_id, roles in held.items()}


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that was not cancelled."""

    shift_id: int
    unit_code: str
    unit_name: str
    area_code: str
    staff_id: StaffId
    number: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime


def shifts(
    start: datetime, end: datetime, *, reached: Collection[str] = ("",), unit: str = ""
) -> list[Planned]:
    """Return the shifts that reach into start..end in these areas, or of one unit, in order of time."""
    rows = Shift.objects.filter(cancelled_at=None, starts_at__lt=end, ends_at__gt=start)
    rows = rows.filter(unit__code=unit) if unit else rows
    found = [
        Planned(
            row.pk,
            row.unit.code,
            row.unit.name,
            row.unit.area.code if row.unit.area else "",
            StaffId(row.staff_id),
            row.staff.number or "",
            row.staff.name,
            row.staff.phone,
            row.starts_at,
            row.ends_at,
        )
        for row in rows.select_related("unit__area", "staff").order_by("starts_at", "unit__code", "pk")
    ]
    return [each for each in found if any(each.area_code.startswith(code) for code in reached)]


def volunteers(building_code: str, at: datetime) -> Sequence[tuple[StaffId, str]]:
    """Return the volunteers of a building."""
    rows = BuildingVolunteer.objects.filter(holds(at), building__code=building_code)
    named = rows.annotate(name=F("staff__name")).order_by("pk")
    return [(StaffId(row.staff_id), row.name) for row in named]
