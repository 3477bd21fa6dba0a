"""Reading devices: who may see which, how many answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from huying.devices.models import Device
from huying.devices.policy import condition, readable
from huying.devices.states import Condition, Kind
from huying.org.policy import Actor
from huying.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Seen:
    """A device and whether it answers at a moment."""

    device: Device
    condition: Condition

    @property
    def kind(self) -> Kind:
        return Kind(self.device.kind)


@dataclass(frozen=True, slots=True)
class Tally:
    """clever: recognise something by themselves (H04)."""

    all: int = 0
    online: int = 0
    clever: int = 0

    @property
    def offline(self) -> int:
        return self.all - self.online


def visible(actor: Actor) -> QuerySet[Device]:
    """Return the devices in use somebody may see. Raises NotSignedIn, NotPermitted."""
    return standing(readable(actor))


def standing(areas: Iterable[str]) -> QuerySet[Device]:
    """Return the devices in use in these areas and below, by code."""
    rule = Q(pk__in=[])
    for code in areas:
        rule |= Q(area_code__startswith=code)
    return Device.objects.filter(rule, withdrawn_at=None).order_by("code")


def get_for(actor: Actor, code: str) -> Device:
    """Raises NotFound when it is not there or not for this actor."""
    found = visible(actor).filter(code=code).first()
    if found is None:
        raise NotFound(what="设备", key=code)
    return found


def seen(devices: Iterable[Device], now: datetime) -> list[Seen]:
    """Return each device with whether it answers now."""
    return [
        Seen(each, condition(Condition(each.condition), each.seen_at, each.beat_seconds, now))
        for each in devices
    ]


def tally(areas: Iterable[str], now: datetime) -> dict[Kind, Tally]:
    """Count the devices in use by kind, those too that have none."""
    found = seen(standing(areas), now)
    return {kind: _tally([each for each in found if each.kind is kind]) for kind in Kind}


def _tally(found: list[Seen]) -> Tally:
    online = sum(each.condition is Condition.ONLINE for each in found)
    return Tally(len(found), online, sum(bool(each.device.ai_classes) for each in found))
