"""Deputies, absences, shifts and hand-overs."""

from datetime import datetime

from django.db import transaction

from huying.org.actions.door import end, refusing, serving, written
from huying.org.models import Absence, Deputy, HandOver, Shift, Unit
from huying.org.policy import Actor, Duty
from huying.org.policy.access import require
from huying.org.policy.roster import check_confirmation, check_hand_over, check_shift
from huying.org.queries.units import area_of_staff
from huying.org.states import Verb
from huying.shared.errors import Conflict, NotFound
from huying.shared.ids import StaffId


@transaction.atomic
def name_deputy(
    staff_id: StaffId,
    deputy_id: StaffId,
    *,
    now: datetime,
    actor: Actor,
    order: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Deputy:
    """Name who stands in when somebody is away (AB角); the lowest order is asked first.

    Raises Conflict for oneself, for the same deputy or order twice, or an end before the start.
    """
    require(actor, Verb.NAME_DEPUTY, area_code=area_of_staff(staff_id, now))
    for person in sorted({staff_id, deputy_id}):  # always in the same order, or two could wait for each other
        serving(person, now)
    with refusing("代班人须为另一人，不能重复，顺序不能相同，结束须晚于开始"):
        row = Deputy.objects.create(
            staff_id=staff_id, deputy_id=deputy_id, order=order, starts_at=starts_at or now, ends_at=ends_at
        )
    written(Verb.NAME_DEPUTY, f"staff:{staff_id}", actor=actor, now=now, deputy=deputy_id, order=order)
    return row


@transaction.atomic
def end_deputy(deputy_row_id: int, *, now: datetime, actor: Actor) -> None:
    """End a deputy's standing in now. Raises NotFound when it is not running."""
    row = Deputy.objects.filter(pk=deputy_row_id).first()
    if row is None:
        raise NotFound(what="代班", key=deputy_row_id)
    require(actor, Verb.END_DEPUTY, area_code=area_of_staff(StaffId(row.staff_id), now))
    if not end(Deputy.objects.filter(pk=deputy_row_id), now):
        raise NotFound(what="代班", key=deputy_row_id)
    written(Verb.END_DEPUTY, f"staff:{row.staff_id}", actor=actor, now=now, deputy=row.deputy_id)


@transaction.atomic
def record_absence(
    staff_id: StaffId, starts_at: datetime, ends_at: datetime | None, *, now: datetime, actor: Actor
) -> Absence:
    """Note that somebody is away; ends_at: None = until further notice. Why is not asked.

    Raises Conflict when it ends before it starts.
    """
    require(actor, Verb.RECORD_ABSENCE, area_code=area_of_staff(staff_id, now), concerns=staff_id)
    serving(staff_id, now)
    with refusing("离岗结束须晚于开始"):
        row = Absence.objects.create(staff_id=staff_id, starts_at=starts_at, ends_at=ends_at)
    written(
        Verb.RECORD_ABSENCE, f"staff:{staff_id}", actor=actor, now=now, starts_at=starts_at, ends_at=ends_at
    )
    return row


@transaction.atomic
def end_absence(absence_id: int, *, now: datetime, actor: Actor) -> None:
    """Somebody is back now. Raises NotFound when the absence is over or unknown."""
    row = Absence.objects.filter(pk=absence_id).first()
    if row is None:
        raise NotFound(what="离岗登记", key=absence_id)
    staff_id = StaffId(row.staff_id)
    require(actor, Verb.END_ABSENCE, area_code=area_of_staff(staff_id, now), concerns=staff_id)
    if not end(Absence.objects.filter(pk=absence_id), now):
        raise NotFound(what="离岗登记", key=absence_id)
    written(Verb.END_ABSENCE, f"staff:{staff_id}", actor=actor, now=now)


@transaction.atomic
def schedule_shift(
    unit_code: str, staff_id: StaffId, starts_at: datetime, ends_at: datetime, *, now: datetime, actor: Actor
) -> Shift:
    """Put somebody on the duty roster of a unit for starts_at <= t < ends_at, 24 hours at most.

    Lock: the unit, so that two planners see each other. Raises Conflict when the person is on it already.
    """
    unit = _locked_unit(unit_code)
    require(actor, Verb.SCHEDULE_SHIFT, area_code=unit.area.code if unit.area else "")
    serving(staff_id, now)
    near = Shift.objects.filter(unit=unit, cancelled_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)
    check_shift(Duty(staff_id, starts_at, ends_at), [_duty(shift) for shift in near])
    shift = Shift.objects.create(unit=unit, staff_id=staff_id, starts_at=starts_at, ends_at=ends_at)
    written(
        Verb.SCHEDULE_SHIFT,
        f"unit:{unit_code}",
        actor=actor,
        now=now,
        staff=staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return shift


def _duty(shift: Shift) -> Duty:
    return Duty(StaffId(shift.staff_id), shift.starts_at, shift.ends_at)


def _locked_unit(code: str) -> Unit:
    unit = (
        Unit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(code=code)
        .first()
    )
    if unit is None:
        raise NotFound(what="单位", key=code)
    return unit


@transaction.atomic
def cancel_shift(shift_id: int, *, now: datetime, actor: Actor) -> None:
    """Take a shift that has not ended off the roster. Raises Conflict when it has ended or is cancelled."""
    shift = _locked_shift(shift_id)
    require(actor, Verb.CANCEL_SHIFT, area_code=shift.unit.area.code if shift.unit.area else "")
    if shift.cancelled_at or shift.ends_at <= now:
        raise Conflict(reason="班次已结束或已取消")
    shift.cancelled_at = now
    shift.save(update_fields=["cancelled_at"])
    written(Verb.CANCEL_SHIFT, f"unit:{shift.unit.code}", actor=actor, now=now, shift=shift_id)


def _locked_shift(shift_id: int) -> Shift:
    rows = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("unit__area")
    shift = rows.filter(pk=shift_id).first()
    if shift is None:
        raise NotFound(what="班次", key=shift_id)
    return shift


@transaction.atomic
def hand_over(
    shift_id: int, coming_id: StaffId, open_matters: str, *, now: datetime, actor: Actor
) -> HandOver:
    """The leaving officer writes down what is open and names the coming one.

    Raises Conflict when it was handed over already; for the rest see policy.check_hand_over.
    """
    shift = _locked_shift(shift_id)
    following = Shift.objects.filter(
        unit=shift.unit_id,
        staff=coming_id,
        cancelled_at=None,
        starts_at__lte=shift.ends_at,
        ends_at__gt=shift.ends_at,
    ).first()
    coming = _duty(following) if following else None
    check_hand_over(_duty(shift), actor.staff_id, coming, open_matters, now)
    with refusing("本班次已交班"):
        row = HandOver.objects.create(
            shift=shift, coming_id=coming_id, open_matters=open_matters.strip(), written_at=now
        )
    written(Verb.HAND_OVER, f"unit:{shift.unit.code}", actor=actor, now=now, shift=shift_id, coming=coming_id)
    return row


@transaction.atomic
def confirm(shift_id: int, *, now: datetime, actor: Actor) -> HandOver:
    """The coming officer confirms the hand-over of a shift. Raises NotFound when none was written."""
    rows = HandOver.objects.select_for_update(of=("self",), no_key=True).select_related("shift__unit")
    row = rows.filter(shift=shift_id).first()
    if row is None:
        raise NotFound(what="交班记录", key=shift_id)
    check_confirmation(StaffId(row.coming_id), actor.staff_id, row.confirmed_at, now, row.written_at)
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    written(Verb.CONFIRM, f"unit:{row.shift.unit.code}", actor=actor, now=now, shift=shift_id)
    return row
