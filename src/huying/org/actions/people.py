"""People: who works here, in which post, and who answers for which place."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from huying.org.actions.door import end, refusing, serving, written
from huying.org.models import Appointment, BuildingVolunteer, Post, Responsibility, Staff, Training
from huying.org.policy import Actor
from huying.org.policy.access import require
from huying.org.policy.people import WORKLOAD_WEIGHTS, check_place
from huying.org.queries import ground
from huying.org.queries.units import area_of_staff, unit_by_code
from huying.org.states import AppointmentKind, ChainLevel, Employment, Verb
from huying.shared.errors import NotFound
from huying.shared.ids import StaffId


@transaction.atomic
def hire(
    *,
    name: str,
    employment: Employment,
    now: datetime,
    actor: Actor,
    phone: str = "",
    number: str | None = None,
    workload_weight: Decimal | None = None,
    is_party_member: bool | None = None,
) -> Staff:
    """Register somebody who works here; phone: the work phone.

    workload_weight: share of a full-time worker; None = what the kind of employment usually is.
    Raises Conflict for a number in use or a weight outside 0 < w <= 1.
    """
    require(actor, Verb.HIRE, area_code=None)
    with refusing("姓名不能为空，工号不能重复，工作量权重须大于0且不超过1"):
        staff = Staff.objects.create(
            name=name,
            phone=phone,
            number=number,
            employment=employment,
            workload_weight=WORKLOAD_WEIGHTS[employment] if workload_weight is None else workload_weight,
            is_party_member=is_party_member,
        )
    written(Verb.HIRE, f"staff:{staff.pk}", actor=actor, now=now, name=name, employment=employment)
    return staff


@transaction.atomic
def edit_staff(
    staff_id: StaffId,
    *,
    name: str,
    phone: str,
    employment: Employment,
    workload_weight: Decimal,
    now: datetime,
    actor: Actor,
) -> Staff:
    """Change what is known of somebody who works here; the same again changes nothing.

    Raises Conflict for no name or a weight outside 0 < w <= 1.
    """
    staff = serving(staff_id, now)
    require(actor, Verb.EDIT_STAFF, area_code=area_of_staff(staff_id, now))
    wanted = {"name": name, "phone": phone, "employment": employment, "workload_weight": workload_weight}
    changes = {
        field: [getattr(staff, field), new] for field, new in wanted.items() if getattr(staff, field) != new
    }
    if not changes:
        return staff
    for field, (_, new) in changes.items():
        setattr(staff, field, new)
    with refusing("姓名不能为空，工作量权重须大于0且不超过1"):
        staff.save(update_fields=list(changes))
    written(Verb.EDIT_STAFF, f"staff:{staff_id}", actor=actor, now=now, changes=changes)
    return staff


@transaction.atomic
def dismiss(staff_id: StaffId, *, now: datetime, actor: Actor) -> Staff:
    """Let somebody go: posts, places, grants, deputies and coming shifts end now, the account is closed."""
    staff = serving(staff_id, now)
    require(actor, Verb.DISMISS, area_code=area_of_staff(staff_id, now))
    for spans in (
        staff.appointments,
        staff.responsibilities,
        staff.grants,
        staff.deputies,
        staff.deputy_for,
        staff.volunteer_buildings,
    ):
        end(spans.all(), now)
    staff.shifts.filter(starts_at__gte=now, cancelled_at=None).update(cancelled_at=now)
    staff.left_at = now
    staff.save(update_fields=["left_at"])
    if staff.user:
        staff.user.is_active = False
        staff.user.save(update_fields=["is_active"])
    written(Verb.DISMISS, f"staff:{staff_id}", actor=actor, now=now)
    return staff


@transaction.atomic
def record_training(
    staff_id: StaffId,
    subject: str,
    passed_on: date,
    *,
    now: datetime,
    actor: Actor,
    valid_until: date | None = None,
) -> Training:
    """Note a course somebody passed. Raises Conflict when noted already."""
    require(actor, Verb.RECORD_TRAINING, area_code=area_of_staff(staff_id, now))
    serving(staff_id, now)
    with refusing("该培训已登记"):
        training = Training.objects.create(
            staff_id=staff_id, subject=subject, passed_on=passed_on, valid_until=valid_until
        )
    written(Verb.RECORD_TRAINING, f"staff:{staff_id}", actor=actor, now=now, training=subject)
    return training


@transaction.atomic
def appoint(
    staff_id: StaffId,
    unit_code: str,
    post_name: str,
    *,
    now: datetime,
    actor: Actor,
    kind: AppointmentKind = AppointmentKind.SUBSTANTIVE,
    starts_at: datetime | None = None,
) -> Appointment:
    """Fill a post, from `starts_at` (None = now). Dual posts are kind CONCURRENT (D23).

    Raises Conflict when the person fills that post or another substantive one.
    """
    unit = unit_by_code(unit_code)
    require(actor, Verb.APPOINT, area_code=unit.area.code if unit.area else "")
    serving(staff_id, now)
    post = Post.objects.filter(unit=unit, name=post_name).first()
    if post is None:
        raise NotFound(what="岗位", key=f"{unit_code}/{post_name}")
    with refusing("该人员已任此岗，或已有专任岗位（可改为兼任）"):
        appointment = Appointment.objects.create(
            staff_id=staff_id, post=post, kind=kind, starts_at=starts_at or now
        )
    written(
        Verb.APPOINT, f"unit:{unit_code}", actor=actor, now=now, staff=staff_id, post=post_name, kind=kind
    )
    return appointment


@transaction.atomic
def end_appointment(appointment_id: int, *, now: datetime, actor: Actor) -> None:
    """End an appointment now. Raises NotFound when it is not running."""
    row = Appointment.objects.select_related("post__unit__area").filter(pk=appointment_id).first()
    if row is None:
        raise NotFound(what="任职", key=appointment_id)
    unit = row.post.unit
    require(actor, Verb.END_APPOINTMENT, area_code=unit.area.code if unit.area else "")
    if not end(Appointment.objects.filter(pk=appointment_id), now):
        raise NotFound(what="任职", key=appointment_id)
    written(Verb.END_APPOINTMENT, f"unit:{unit.code}", actor=actor, now=now, staff=row.staff_id)


@transaction.atomic
def make_responsible(
    staff_id: StaffId,
    level: ChainLevel,
    *,
    now: datetime,
    actor: Actor,
    area_code: str = "",
    building_code: str = "",
    rank: int = 0,
    starts_at: datetime | None = None,
) -> Responsibility:
    """Make somebody answer for a place on one level of the chain (A12, A18).

    Exactly one of area_code and building_code; a building for BUILDING_HEAD only.
    rank: the lowest answers first when several hold the same place and level.
    Raises Incomplete for a place that does not fit the level, Conflict when held already.
    """
    check_place(level, area_code, building_code)
    building_id, within = ground.building(building_code) if building_code else (None, area_code)
    require(actor, Verb.MAKE_RESPONSIBLE, area_code=within)
    serving(staff_id, now)
    with refusing("该人员已是此处此级责任人"):
        row = Responsibility.objects.create(
            staff_id=staff_id,
            level=level,
            area_id=ground.area_id(area_code),
            building_id=building_id,
            rank=rank,
            starts_at=starts_at or now,
        )
    written(
        Verb.MAKE_RESPONSIBLE,
        _place(area_code, building_code),
        actor=actor,
        now=now,
        staff=staff_id,
        level=level,
    )
    return row


def _place(area_code: str, building_code: str) -> str:
    return f"building:{building_code}" if building_code else f"area:{area_code}"


@transaction.atomic
def release(responsibility_id: int, *, now: datetime, actor: Actor) -> None:
    """End a responsibility now. Raises NotFound when it is not running."""
    rows = Responsibility.objects.filter(pk=responsibility_id)
    found = rows.values_list(
        "area__code", "building__code", "building__area__code", "staff_id", "level"
    ).first()
    if found is None:
        raise NotFound(what="责任", key=responsibility_id)
    area_code, building_code, within, staff_id, level = found
    require(actor, Verb.RELEASE, area_code=area_code or within)
    if not end(rows, now):
        raise NotFound(what="责任", key=responsibility_id)
    subject = _place(area_code or "", building_code or "")
    written(Verb.RELEASE, subject, actor=actor, now=now, staff=staff_id, level=level)


@transaction.atomic
def enrol_volunteer(
    staff_id: StaffId, building_code: str, *, now: datetime, actor: Actor
) -> BuildingVolunteer:
    """Let a volunteer help in a building (A16). Raises Conflict when enrolled there already."""
    building_id, within = ground.building(building_code)
    require(actor, Verb.ENROL_VOLUNTEER, area_code=within)
    serving(staff_id, now)
    with refusing("该义工已登记在此楼栋"):
        row = BuildingVolunteer.objects.create(staff_id=staff_id, building_id=building_id, starts_at=now)
    written(Verb.ENROL_VOLUNTEER, f"building:{building_code}", actor=actor, now=now, staff=staff_id)
    return row
