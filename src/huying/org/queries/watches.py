"""The watch in the duty rooms: who has it, who takes it next, what was handed over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from huying.org.models import Shift
from huying.org.queries.chain import duty_rooms
from huying.shared.ids import StaffId

BACK, AHEAD = timedelta(hours=24), timedelta(hours=24)  # what somebody at the desk looks at


@dataclass(frozen=True, slots=True)
class Watch:
    """One shift in a duty room. note: "" until it is handed over; confirmed_at: when the next one took it."""

    shift_id: int
    unit_id: int
    unit_name: str
    staff_id: StaffId
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime
    note: str
    coming_id: StaffId | None
    coming_name: str
    written_at: datetime | None
    confirmed_at: datetime | None

    def is_running(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def is_next_after(self, other: "Watch") -> bool:
        """Tell whether this is the watch of another person that runs when the other ends."""
        return (
            self.unit_id == other.unit_id
            and self.staff_id != other.staff_id
            and self.starts_at <= other.ends_at < self.ends_at
        )


def watches(at: datetime, *, area_prefixes: tuple[str, ...] = ("",)) -> list[Watch]:
    """Return the shifts of the duty rooms of these areas from 24 hours before `at` to 24 after, in order."""
    everywhere = {room.pk: room.area.code if room.area else "" for room in duty_rooms(at)}
    rooms = [pk for pk, code in everywhere.items() if code.startswith(area_prefixes)]
    return [_watch(row) for row in _shifts(rooms, at)]


def _shifts(rooms: list[int], at: datetime) -> QuerySet[Shift]:
    rows = Shift.objects.filter(
        unit__in=rooms, cancelled_at=None, starts_at__lt=at + AHEAD, ends_at__gt=at - BACK
    )
    return rows.select_related("unit", "staff", "hand_over__coming").order_by("unit__code", "starts_at", "pk")


def _watch(row: Shift) -> Watch:
    told = getattr(row, "hand_over", None)
    return Watch(
        row.pk,
        row.unit_id,
        row.unit.name,
        StaffId(row.staff_id),
        row.staff.name,
        row.staff.phone,
        row.starts_at,
        row.ends_at,
        told.open_matters if told else "",
        StaffId(told.coming_id) if told else None,
        told.coming.name if told else "",
        told.written_at if told else None,
        told.confirmed_at if told else None,
    )
