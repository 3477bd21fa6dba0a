"""Walks and buildings for the phone. Each write honours `Idempotency-Key`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import orjson
from django.http import HttpResponse
from django.utils.timezone import now
from ninja import Field, Path, Router, Schema

from huying.cases.actions.once import once
from huying.org.policy import Actor
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest
from huying.patrol import actions, queries
from huying.patrol.models import Fact, Walk
from huying.patrol.policy import MAX_TEXT, Point
from huying.patrol.states import PERSONAL, FactKind
from huying.shared.shapes import BodyLatitude, BodyLongitude, Flag, Id, Moment

router = Router(tags=["patrol"])
Code = Annotated[str, Path(max_length=32)]
MOST_SENT = 500  # points of one request

Do = Callable[[Actor, datetime], dict[str, object]]


class SetOutIn(Schema):
    is_tracked: Flag = False


class TrackIn(Schema):
    on: Flag


class BackIn(Schema):
    note: str = Field("", max_length=MAX_TEXT)


class PointIn(Schema):
    at: Moment
    lng: BodyLongitude = Field(description="WGS-84, degrees")
    lat: BodyLatitude
    accuracy_m: float = Field(0, ge=0, le=100_000, allow_inf_nan=False)


class PointsIn(Schema):
    points: list[PointIn] = Field(max_length=MOST_SENT)


class WalkOut(Schema):
    id: int
    area_code: str
    started_at: datetime
    ended_at: datetime | None
    is_tracked: bool
    length_m: float


class KeptOut(Schema):
    kept: int = Field(description="how many points were worth keeping")


class FactIn(Schema):
    kind: FactKind
    text: str = Field(max_length=MAX_TEXT)


class FactOut(Schema):
    id: int
    kind: FactKind
    label: str
    text: str
    stated_at: datetime


def _write(request: ActorRequest, name: str, body: Schema, do: Do) -> HttpResponse:
    """Do it once for the caller's idempotency key."""
    require_signed_in(request.actor)
    actor, moment = request.actor, now()
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")

    def act() -> bytes:
        return orjson.dumps(do(actor, moment))

    content = {"operation": name, "body": body.model_dump(mode="json")}
    answer = once(key, content, act, actor=actor, now=moment) if key else act()
    return HttpResponse(answer, content_type="application/json")


@router.post("/walks", response=WalkOut)
def set_out(request: ActorRequest, body: SetOutIn) -> HttpResponse:
    """Begin a patrol of one's own grid."""
    return _write(request, "set_out", body, lambda actor, at: _walk(
        actions.set_out(actor=actor, now=at, is_tracked=body.is_tracked)
    ))  # fmt: skip


@router.post("/walks/{walk_id}/track", response=WalkOut)
def switch_track(request: ActorRequest, walk_id: Id, body: TrackIn) -> HttpResponse:
    """Switch the line of one's own walk on or off."""
    return _write(request, f"track:{walk_id}", body, lambda actor, at: _walk(
        actions.switch_track(walk_id, on=body.on, actor=actor, now=at)
    ))  # fmt: skip


@router.post("/walks/{walk_id}/points", response=KeptOut)
def take_points(request: ActorRequest, walk_id: Id, body: PointsIn) -> HttpResponse:
    """Send where one was. Kept only while the line is on and one is not recorded as away."""
    points = [Point(each.at, each.lng, each.lat, each.accuracy_m) for each in body.points]
    return _write(request, f"points:{walk_id}", body, lambda actor, at: {
        "kept": actions.take_points(walk_id, points, actor=actor, now=at)
    })  # fmt: skip


@router.post("/walks/{walk_id}/back", response=WalkOut)
def come_back(request: ActorRequest, walk_id: Id, body: BackIn) -> HttpResponse:
    """End one's own walk."""
    return _write(request, f"back:{walk_id}", body, lambda actor, at: _walk(
        actions.come_back(walk_id, actor=actor, now=at, note=body.note)
    ))  # fmt: skip


@router.get("/buildings/{code}/facts", response=list[FactOut])
def list_facts(request: ActorRequest, code: Code) -> list[dict[str, object]]:
    """What is known of a building of one's own, without what concerns persons."""
    require_signed_in(request.actor)
    building = queries.building_for(request.actor, code, at=now())
    standing = [fact for fact in queries.facts_of(building) if fact.ended_at is None]
    return [_fact(fact) for fact in standing if FactKind(fact.kind) not in PERSONAL]


@router.post("/buildings/{code}/facts", response=FactOut)
def state_fact(request: ActorRequest, code: Code, body: FactIn) -> HttpResponse:
    """Say what is so in a building of one's own; a new count takes the place of the old one."""
    return _write(request, f"fact:{code}", body, lambda actor, at: _fact(
        actions.state_fact(code, body.kind, body.text, actor=actor, now=at)
    ))  # fmt: skip


def _walk(walk: Walk) -> dict[str, object]:
    names = ("area_code", "started_at", "ended_at", "is_tracked", "length_m")
    return {"id": walk.pk, **{name: getattr(walk, name) for name in names}}


def _fact(fact: Fact) -> dict[str, object]:
    kind = FactKind(fact.kind)
    return {"id": fact.pk, "kind": kind, "label": kind.label, "text": fact.text, "stated_at": fact.stated_at}
