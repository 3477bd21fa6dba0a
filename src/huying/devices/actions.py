"""Writing devices: the register, and what they say of themselves. The ledger hears of what changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from huying.devices.models import Device
from huying.devices.policy import Beat, DeviceRow, check, may, require
from huying.devices.states import Condition, Verb
from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.org.policy import Actor
from huying.places import queries as places
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.sentences import Sentence

FIELDS = (
    "kind",
    "name",
    "place",
    "area_code",
    "lng",
    "lat",
    "heading",
    "ai_classes",
    "stream",
    "beat_seconds",
)


@transaction.atomic
def register(rows: Sequence[DeviceRow], *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Make or renew devices, all or none; return how many are new and how many changed.

    Raises Incomplete for a broken row, NotFound for an area that is none, Conflict for a code that was
    withdrawn or stands twice. Lock: the rows of known codes.
    """
    _check(rows, actor)
    known = Device.objects.select_for_update().in_bulk([row.code for row in rows], field_name="code")
    for standing in known.values():
        require(actor, Verb.REGISTER, standing.area_code)
        if standing.withdrawn_at is not None:
            raise Conflict(reason=Sentence("设备编码“{code}”已停用，不能再用", code=standing.code))
    new = [Device(code=row.code, **_facts(row)) for row in rows if row.code not in known]
    changed = [device for row in rows if (device := _renewed(known.get(row.code), row)) is not None]
    Device.objects.bulk_create(new, batch_size=1_000)
    Device.objects.bulk_update(changed, FIELDS, batch_size=1_000)
    record_many([_registered(each, actor, now) for each in (*new, *changed)])
    return len(new), len(changed)


@transaction.atomic
def withdraw(code: str, *, reason: str, actor: Actor, now: datetime) -> Device:
    """Take a device out of use; its code is never used again.

    Raises NotFound, Incomplete without a reason.
    """
    device = Device.objects.select_for_update().filter(code=code, withdrawn_at=None).first()
    if device is None:
        raise NotFound(what="设备", key=code)
    require(actor, Verb.WITHDRAW, device.area_code)
    if not reason.strip():
        raise Incomplete(reason="停用设备须说明原因")
    device.withdrawn_at = now
    device.save(update_fields=["withdrawn_at"])
    record_many([Entry(now, actor.key, Verb.WITHDRAW, f"device:{code}", payload={"reason": reason})])
    return device


@transaction.atomic
def beat(beats: Sequence[Beat], *, actor: Actor, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Take what devices say of themselves; return how many changed, and the codes nobody knows.

    A device that may not be reported by this actor counts as unknown. The ledger hears only of changes.
    Lock: the rows of the devices, in the order of their codes.
    """
    said = {each.code: each.condition for each in beats}
    rows = Device.objects.select_for_update().filter(code__in=said, withdrawn_at=None).order_by("code")
    mine = [row for row in rows if may(actor, Verb.BEAT, row.area_code)]
    entries = []
    for device in mine:
        wanted = said[device.code]
        if device.condition != wanted:
            entry = Entry(now, actor.key, Verb.BEAT, f"device:{device.code}", device.condition, wanted)
            entries.append(entry)
    for condition in Condition:
        saying = [device.pk for device in mine if said[device.code] is condition]
        Device.objects.filter(pk__in=saying).update(condition=condition, seen_at=now)
    record_many(entries)
    unknown = tuple(sorted(said.keys() - {device.code for device in mine}))
    return len(entries), unknown


def _check(rows: Sequence[DeviceRow], actor: Actor) -> None:
    if len({row.code for row in rows}) < len(rows):
        raise Conflict(reason="同一设备编码出现两次")
    for row in rows:
        check(row)
    for code in {row.area_code for row in rows}:
        places.area(code)
        require(actor, Verb.REGISTER, code)


def _registered(device: Device, actor: Actor, now: datetime) -> Entry:
    payload = {"name": device.name, "area": device.area_code}
    return Entry(now, actor.key, Verb.REGISTER, f"device:{device.code}", payload=payload)


def _facts(row: DeviceRow) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in FIELDS}
    return facts | {"ai_classes": list(row.ai_classes)}


def _renewed(device: Device | None, row: DeviceRow) -> Device | None:
    """Return the device with what the row says, None where nothing differs."""
    if device is None:
        return None
    facts = _facts(row)
    if all(getattr(device, name) == value for name, value in facts.items()):
        return None
    for name, value in facts.items():
        setattr(device, name, value)
    return device
