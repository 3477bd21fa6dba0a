"""Devices for staff and for the platforms they hang on."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from huying.devices import actions, queries
from huying.devices.policy import Beat
from huying.devices.states import Condition, Kind
from huying.look.drawn import PRIVATE, Drawn, answer
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest
from huying.shared.shapes import AreaCode

router = Router(tags=["devices"])
MOST_BEATS = 5_000  # of one message
TONES = {Kind.CAMERA: "cyan", Kind.SENSOR: "green", Kind.RECORDER: "purple"}

Code = Annotated[str, Field(min_length=1, max_length=64)]


class DeviceOut(Schema):
    code: str
    kind: Kind
    name: str
    place: str
    area_code: str
    lng: float
    lat: float
    heading: float | None
    ai_classes: list[str]
    stream: str
    condition: Condition
    seen_at: datetime | None


class BeatIn(Schema):
    code: Code
    condition: Condition = Condition.ONLINE


class BeatsIn(Schema):
    beats: Annotated[list[BeatIn], Field(min_length=1, max_length=MOST_BEATS)]


class BeatsOut(Schema):
    """changed: went or came; unknown: codes that are no device, or not the caller's."""

    changed: int
    unknown: list[str]


class DeviceMapOut(Schema):
    """GeoJSON (RFC 7946): a point for each device.

    Properties: id, tone, label, href, heading.
    """

    type: str
    features: list[dict[str, Any]]


@router.get("/devices", response=list[DeviceOut])
def list_devices(
    request: ActorRequest, within: AreaCode = "", kind: Kind | None = None, condition: Condition | None = None
) -> list[dict[str, Any]]:
    """List the devices in use the caller may see, by code."""
    found = _found(request, within, kind)
    return [_device(each) for each in found if condition in (None, each.condition)]


@router.get("/map/devices", response=DeviceMapOut)
def map_devices(request: ActorRequest, within: AreaCode = "", kind: Kind | None = None) -> HttpResponse:
    """Draw the devices the caller may see. Answers 304 to the ETag of the same devices."""
    features = [_feature(each) for each in _found(request, within, kind)]
    return answer(request, Drawn.of(features), cache=PRIVATE)


@router.post("/devices/beats", response=BeatsOut)
def beat(request: ActorRequest, body: BeatsIn) -> BeatsOut:
    """Take what devices say of themselves: a device with a token, or its platform for many."""
    require_signed_in(request.actor)
    beats = [Beat(each.code, each.condition) for each in body.beats]
    changed, unknown = actions.beat(beats, actor=request.actor, now=now())
    return BeatsOut(changed=changed, unknown=list(unknown))


def _found(request: ActorRequest, within: str, kind: Kind | None) -> list[queries.Seen]:
    rows = queries.visible(request.actor).filter(area_code__startswith=within)
    return queries.seen(rows if kind is None else rows.filter(kind=kind), now())


def _device(seen: queries.Seen) -> dict[str, Any]:
    plain = {name: getattr(seen.device, name) for name in DeviceOut.model_fields if name != "condition"}
    return {**plain, "condition": seen.condition}


def _feature(seen: queries.Seen) -> dict[str, Any]:
    device, online = seen.device, seen.condition is Condition.ONLINE
    words = (device.name, _(seen.kind.label), _(seen.condition.label))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(device.lng, 6), round(device.lat, 6)]},
        "properties": {
            "id": device.code,
            "heading": device.heading,
            "tone": TONES[seen.kind] if online else "secondary",
            "label": " · ".join(words),
            "href": f"/devices/?text={device.code}",
        },
    }
