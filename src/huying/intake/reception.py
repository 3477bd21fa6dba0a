"""From what a channel sent to a located report. One way for page, API and device."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from huying.cases.policy.reports import Place, Report, Reporter
from huying.cases.states import Channel
from huying.intake.schemas import ReportIn
from huying.org.policy import RESIDENT, Actor
from huying.org.states import Role
from huying.places import queries as places
from huying.places.policy.locations import Location
from huying.places.states import Datum
from huying.shared.errors import Incomplete, Refused
from huying.shared.ids import CategoryId
from huying.shared.sentences import Sentence

# Which channels a role may name; the first is meant when none is named.
CHANNELS: dict[Role, tuple[Channel, ...]] = {
    Role.CONNECTOR: (Channel.HOTLINE, Channel.POLICE, Channel.CAMERA, Channel.DEVICE, Channel.SUPERIOR),
    Role.COMMANDER: (Channel.PHONE, Channel.HOTLINE, Channel.POLICE, Channel.SUPERIOR, Channel.PATROL),
    Role.GRID_WORKER: (Channel.GRID, Channel.PHONE),
    Role.BUILDING_HEAD: (Channel.GRID, Channel.PHONE),
    Role.COMMUNITY_WORKER: (Channel.GRID, Channel.PHONE),
    Role.UNIT_WORKER: (Channel.PATROL, Channel.PHONE),
    Role.LEADER: (Channel.SUPERIOR, Channel.PATROL),
    Role.RESIDENT: (Channel.RESIDENT,),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent, and under which key."""

    body: ReportIn
    key: str
    actor: Actor


def received(sent: ReportIn, *, key: str, actor: Actor, on: date) -> Report:
    """Return the report with its place found and its channel known. Raises Incomplete, NotFound."""
    return _report(sent, key, _place(sent, actor, on), actor)


def received_each(sent: Sequence[Sent], *, on: date) -> list[Report | Refused]:
    """Do as `received` for many; points are located together. A refused one keeps no other back."""
    located = _bare_points([each.body for each in sent], on)
    return [_report_or_refusal(each, located.get(nr), on) for nr, each in enumerate(sent)]


def _report_or_refusal(sent: Sent, located: tuple[str, float, float] | None, on: date) -> Report | Refused:
    try:
        if located is None or not located[0]:
            return received(sent.body, key=sent.key, actor=sent.actor, on=on)
        code, lng, lat = located
        return _report(sent.body, sent.key, Place(code, lng=lng, lat=lat), sent.actor)
    except Refused as refused:
        return refused


def _bare_points(sent: Sequence[ReportIn], on: date) -> dict[int, tuple[str, float, float]]:
    """Locate what gives a point and nothing else to go by; by place in `sent`."""
    found: dict[int, tuple[str, float, float]] = {}
    for datum in Datum:
        points = {
            nr: (each.lng, each.lat)
            for nr, each in enumerate(sent)
            if each.datum is datum and each.lng is not None
            if not (each.building_code or each.area_code or each.address)
        }
        if points:
            lng, lat = np.array(list(points.values()), dtype=float).T
            found |= dict(zip(points, places.locate_points(lng, lat, datum=datum, on=on), strict=True))
    return found


def _report(sent: ReportIn, key: str, place: Place, actor: Actor) -> Report:
    who = sent.reporter
    return Report(
        source=actor.source or actor.key,
        key=key,
        text=sent.text,
        place=place,
        channel=_channel(sent.channel, actor),
        fingerprint=hashlib.sha256(sent.content()).digest(),
        category_id=None if sent.category_id is None else CategoryId(sent.category_id),
        urgent=sent.urgent,
        found_at=sent.found_at,
        occurred_from=sent.occurred_from,
        occurred_to=sent.occurred_to,
        reporter=None if who is None else Reporter(who.name, who.phone, who.confidential),
    )


def _channel(named: Channel | None, actor: Actor) -> Channel:
    allowed = _channels(actor.roles if actor != RESIDENT else frozenset({Role.RESIDENT}))
    if named is None:
        return allowed[0] if allowed else Channel.RESIDENT
    if named not in allowed:
        raise Incomplete(reason=Sentence("您不能以“{named}”渠道上报", named=named.label))
    return named


@lru_cache
def _channels(roles: frozenset[Role]) -> tuple[Channel, ...]:
    return tuple(channel for role, channels in CHANNELS.items() if role in roles for channel in channels)


def _place(sent: ReportIn, actor: Actor, on: date) -> Place:
    if sent.building_code:
        return _at_building(sent)
    if sent.area_code:
        return Place(places.area(sent.area_code).code, text=sent.address, lng=sent.lng, lat=sent.lat)
    point = None if sent.lng is None or sent.lat is None else (sent.lng, sent.lat)
    if point is None and not sent.address.strip():
        return Place(_home(actor, on), certain=False)
    found = places.locate(point=point, datum=sent.datum, address=sent.address, on=on)
    return _found(found, sent.address) if found.is_resolved else _unsure(found, sent.address, actor, on)


def _at_building(sent: ReportIn) -> Place:
    building = places.building(sent.building_code)
    return Place(
        building.area.code,
        text=sent.address or f"{building.estate.name if building.estate else ''}{building.name}",
        lng=building.lng,
        lat=building.lat,
        estate_id=building.estate_id,
        building_id=building.pk,
    )


def _found(found: Location, text: str) -> Place:
    return Place(
        found.area_code,
        text=text,
        lng=found.lng,
        lat=found.lat,
        estate_id=found.estate_id,
        building_id=found.building_id,
    )


def _unsure(found: Location, text: str, actor: Actor, on: date) -> Place:
    """Keep what is certain; a person must look before the case is accepted."""
    home = found.named_code or _home(actor, on)
    return Place(home, certain=False, text=text, lng=found.lng, lat=found.lat)


def _home(actor: Actor, on: date) -> str:
    """Return the area the sender stands for, else the root of the tree: where the case waits to be placed."""
    own = sorted(grant.area_prefix for grant in actor.grants if grant.area_prefix)
    return own[0] if own else places.common(on).code
