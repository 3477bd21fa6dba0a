"""The duty roster: hours that nobody covers, shifts that collide, duty handed from one to the next."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from huying.org.policy.chain import Away
from huying.shared.errors import Conflict, IllegalMove, Incomplete, NotPermitted
from huying.shared.ids import StaffId

LONGEST_SHIFT = timedelta(hours=24)  # a 24-hour room relieves its people once a day at the latest (C01)
HAND_OVER_GRACE_MINUTES = 15  # own choice: after that a missing confirmation is reported


@dataclass(frozen=True, slots=True)
class Window:
    """starts_at <= t < ends_at."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """One person on duty for starts_at <= t < ends_at."""

    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime


def roster_gaps(
    duties: Iterable[Duty], start: datetime, end: datetime, absences: Collection[Away] = ()
) -> tuple[Window, ...]:
    """Return the parts of start..end in which nobody is on duty, in order; a duty does not count while away.

    Source: docs/rules/org.md §4.
    """
    covered = sorted(
        (window for duty in duties for window in _worked(duty, absences)), key=lambda w: w.starts_at
    )
    gaps: list[Window] = []
    reached = start
    for window in covered:
        if window.starts_at > reached and reached < end:
            gaps.append(Window(reached, min(window.starts_at, end)))
        reached = max(reached, window.ends_at)
    if reached < end:
        gaps.append(Window(reached, end))
    return tuple(gaps)


def _worked(duty: Duty, absences: Collection[Away]) -> Iterator[Window]:
    """Yield what is left of a duty when the absences of its officer are taken out."""
    reached = duty.starts_at
    for away in sorted((a for a in absences if a.staff_id == duty.staff_id), key=lambda a: a.starts_at):
        if away.starts_at > reached:
            yield Window(reached, min(away.starts_at, duty.ends_at))
        reached = max(reached, away.ends_at or duty.ends_at)
        if reached >= duty.ends_at:
            return
    yield Window(reached, duty.ends_at)


def check_shift(new: Duty, others: Iterable[Duty]) -> None:
    """Refuse a shift that cannot be.

    others: shifts of the same unit. Raises Incomplete for no length or more than 24 hours, Conflict when the
    same person is on duty there already.
    """
    if not timedelta(0) < new.ends_at - new.starts_at <= LONGEST_SHIFT:
        raise Incomplete(reason="班次结束必须晚于开始，且不超过24小时")
    for other in others:
        overlaps = other.starts_at < new.ends_at and new.starts_at < other.ends_at
        if other.staff_id == new.staff_id and overlaps:
            raise Conflict(reason="该人员在本单位这一时段已有排班")


def check_hand_over(
    duty: Duty, writer: StaffId | None, coming: Duty | None, text: str, now: datetime
) -> None:
    """Refuse a hand-over that is not the leaving officer's, comes too early, says nothing or reaches nobody.

    coming: the shift of the coming officer that runs when `duty` ends; None when there is none.
    Source: docs/rules/org.md §5.
    """
    if writer != duty.staff_id:
        raise NotPermitted(verb="交班（须由本班值班员填写）")
    if now < duty.starts_at:
        raise IllegalMove(state="班次未开始", verb="交班")
    if not text.strip():
        raise Incomplete(reason="请写明未了事项，没有请写“无”")
    if coming is None or coming.staff_id == duty.staff_id:
        raise Incomplete(reason="接班人须为另一人，且交班时刻在本单位有排班")


def check_confirmation(
    coming: StaffId,
    confirmer: StaffId | None,
    confirmed_at: datetime | None,
    now: datetime,
    written_at: datetime,
) -> None:
    """Refuse a confirmation by anybody but the coming officer, or a second one."""
    if confirmer != coming:
        raise NotPermitted(verb="接班确认（须由接班人本人确认）")
    if confirmed_at is not None:
        raise IllegalMove(state="已确认", verb="接班确认")
    if now < written_at:
        raise IllegalMove(state="未交班", verb="接班确认")
