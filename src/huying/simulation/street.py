"""The generated street put into an installation through the actions of its packages."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from huying.catalogue import actions as catalogue
from huying.clocks.policy import SHANGHAI
from huying.devices import actions as devices
from huying.devices.policy import Beat, DeviceRow
from huying.org import actions as org
from huying.org import queries as staff
from huying.org.policy import SYSTEM
from huying.org.states import AppointmentKind, Role
from huying.places import actions as places
from huying.places import queries as found
from huying.places.states import AreaLevel
from huying.shared.ids import StaffId, UnitId
from huying.simulation import blueprint, equipment, listing, organisation
from huying.simulation.blueprint import Ground, Size
from huying.simulation.organisation import CENTRE, SEATS, SHIFTS, PersonPlan, on_shift, unit_code
from huying.simulation.together import together

SEED = 20170101  # the street is always the same; what happens in it depends on the seed of the run
SHIFT = timedelta(hours=24) / SHIFTS

Step = tuple[str, int, int]  # what is being done, how much is done, of how much


def build(size: Size, *, opened_on: date, now: datetime) -> Iterator[Step]:
    """Make the street, all or nothing, and tell how far it is. One that stands already is left as it is.

    opened_on: first day of boundaries; now: when people took up their work.
    """
    if is_built():
        return
    ground = blueprint.ground(size, SEED)
    with together():
        yield from _ground(ground, opened_on, now)
        yield from _units(ground, now)
        yield from _people(list(organisation.people(ground, SEED)), now)
        yield "设备", 0, 1
        _equip(list(equipment.devices(ground, SEED)), now)
        yield "清单", 0, 1
        draft, rows = listing.edition()
        catalogue.import_catalogue(draft, rows, actor=SYSTEM, now=now)


def is_built() -> bool:
    """Tell whether this installation has the generated street."""
    return found.areas(level=AreaLevel.STREET).filter(code=blueprint.street_code()).exists()


def _ground(ground: Ground, opened_on: date, now: datetime) -> Iterator[Step]:
    yield "辖区", 0, 1
    places.import_areas(ground.areas, valid_from=opened_on, actor=SYSTEM.key, now=now)
    estates = {
        row.line: places.add_estate(
            row.area_code,
            name=row.name,
            scene=row.scene,
            estate_class=row.estate_class,
            point=row.point,
            actor=SYSTEM.key,
            now=now,
        )
        for row in ground.estates
    }
    for index, row in enumerate(ground.rows):
        yield "楼栋", index, len(ground.rows)
        places.add_building(
            row.code,
            name=row.name,
            area_code=row.area_code,
            estate=estates[f"{row.area_code[:12]} {row.estate}"],
            address=row.address,
            point=row.point,
            floors=row.floors,
            entrances=row.entrances,
            footprint=row.footprint,
            actor=SYSTEM.key,
            now=now,
        )


def _equip(rows: list[DeviceRow], now: datetime) -> None:
    devices.register(rows, actor=SYSTEM, now=now)
    silent = equipment.silent(rows, SEED)
    devices.beat([Beat(row.code) for row in rows if row.code not in silent], actor=SYSTEM, now=now)


def _units(ground: Ground, now: datetime) -> Iterator[Step]:
    plans = list(organisation.units(ground))
    for index, plan in enumerate(plans):
        yield "单位", index, len(plans)
        org.create_unit(
            code=plan.code,
            name=plan.name,
            kind=plan.kind,
            area_code=plan.area_code,
            line_parent=plan.line_parent,
            local_parent=plan.local_parent,
            now=now,
            actor=SYSTEM,
        )


def _people(plans: Sequence[PersonPlan], now: datetime) -> Iterator[Step]:
    ids: dict[str, StaffId] = {}
    posts: set[tuple[str, str]] = set()
    for index, (plan, phone) in enumerate(zip(plans, organisation.phones(SEED), strict=False)):
        yield "人员", index, len(plans)
        ids[plan.number] = _hire(plan, phone, now)
        _appoint(plan, ids[plan.number], posts, now)
    for plan in plans:
        if plan.deputy:
            org.name_deputy(ids[plan.number], ids[plan.deputy], now=now, actor=SYSTEM)


def _hire(plan: PersonPlan, phone: str, now: datetime) -> StaffId:
    hired = org.hire(
        name=plan.name,
        number=plan.number,
        phone=phone,
        employment=plan.employment,
        is_party_member=plan.is_party_member,
        now=now,
        actor=SYSTEM,
    )
    return StaffId(hired.pk)


def _appoint(plan: PersonPlan, staff_id: StaffId, posts: set[tuple[str, str]], now: datetime) -> None:
    """Give somebody the post, the roles and the places of the plan."""
    if plan.unit:
        if (plan.unit, plan.post) not in posts:
            org.create_post(plan.unit, plan.post, is_head=plan.is_head, now=now, actor=SYSTEM)
            posts.add((plan.unit, plan.post))
        kind = AppointmentKind.SUBSTANTIVE
        org.appoint(staff_id, plan.unit, plan.post, kind=kind, now=now, actor=SYSTEM)
    for role, area_code in plan.areas:
        org.grant(staff_id, role, area_code=area_code, now=now, actor=SYSTEM)
    if plan.works_for_unit:
        org.grant(staff_id, Role.UNIT_WORKER, unit_code=plan.unit, now=now, actor=SYSTEM)
    for charge in plan.charges:
        org.make_responsible(
            staff_id,
            charge.level,
            area_code=charge.area_code,
            building_code=charge.building_code,
            now=now,
            actor=SYSTEM,
        )


def roster(first: date, last: date, *, now: datetime) -> Iterator[Step]:
    """Put the duty room on the roster for every hour of these days; days that are on it stay as they are."""
    numbers = staff.staff_actors(unit_code(CENTRE), at=now)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    for index, day in enumerate(days):
        yield "排班", index, len(days)
        begins = datetime.combine(day, time(0), SHANGHAI)
        rostered = {(row.starts_at, row.name) for row in staff.duty_today(begins)}
        if len(rostered) >= SHIFTS * SEATS:
            continue
        for shift in range(SHIFTS):
            for seat in range(SEATS):
                actor = numbers[on_shift(day, shift, seat)]
                if actor.staff_id is not None:
                    starts_at = begins + shift * SHIFT
                    org.schedule_shift(
                        unit_code(CENTRE), actor.staff_id, starts_at, starts_at + SHIFT, now=now, actor=SYSTEM
                    )


def unit_ids() -> dict[str, UnitId]:
    """Return the ids of the street's units by code."""
    inside = staff.units(area_prefix=blueprint.street_code())
    return {code: UnitId(pk) for code, pk in inside.values_list("code", "pk")}
