"""From what a channel sent to a located report. One way for page, API and device."""

import hashlib
from datetime import date

from huying.cases.policy.reports import Place, Report, Reporter
from huying.cases.states import Channel
from huying.intake.schemas import ReportIn
from huying.org.policy import RESIDENT, Actor
from huying.org.states import Role
from huying.places import queries as places
from huying.places.policy.locations import Location
from huying.shared.errors import Incomplete
from huying.shared.ids import CategoryId

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


def received(sent: ReportIn, *, key: str, actor: Actor, on: date) -> Report:
    """Return the report with its place found and its channel known. Raises Incomplete, NotFound."""
    return Report(
        source=actor.source or actor.key,
        key=key,
        text=sent.text,
        place=_place(sent, actor, on),
        channel=_channel(sent.channel, actor),
        fingerprint=hashlib.sha256(sent.content()).digest(),
        category_id=None if sent.category_id is None else CategoryId(sent.category_id),
        urgent=sent.urgent,
        found_at=sent.found_at,
        occurred_from=sent.occurred_from,
        occurred_to=sent.occurred_to,
        reporter=None if sent.reporter is None else Reporter(**sent.reporter.model_dump()),
    )


def _channel(named: Channel | None, actor: Actor) -> Channel:
    roles = actor.roles if actor != RESIDENT else {Role.RESIDENT}
    allowed = [channel for role, channels in CHANNELS.items() if role in roles for channel in channels]
    if named is None:
        return allowed[0] if allowed else Channel.RESIDENT
    if named not in allowed:
        raise Incomplete(reason=f"您不能以“{named.label}”渠道上报")
    return named


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
