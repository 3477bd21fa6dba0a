"""Setting out, the line of a walk on and off, coming back, and forgetting where somebody was."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from huying.ledger.actions import record
from huying.org import queries as org
from huying.org.policy import Actor
from huying.patrol import policy, queries
from huying.patrol.models import TrackPoint, Walk
from huying.patrol.policy import Point
from huying.patrol.states import Verb
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import StaffId


@transaction.atomic
def set_out(*, actor: Actor, now: datetime, is_tracked: bool = False) -> Walk:
    """Begin a patrol of one's own grid. Nobody patrols who is recorded as away.

    Raises NotPermitted, Incomplete, Conflict while another patrol of his is not over.
    """
    policy.check_walker(actor)
    staff_id = _staff(actor)
    if org.is_away(staff_id, now):
        raise Incomplete(reason="您已登记离岗，销假后才能开始巡查")
    try:
        with transaction.atomic():
            walk = Walk.objects.create(
                staff_id=staff_id, area_code=policy.home_of(actor), started_at=now, is_tracked=is_tracked
            )
    except IntegrityError:
        raise Conflict(reason="您的上一次巡查还没有结束") from None
    _record(Verb.SET_OUT, walk, actor, now, is_tracked=is_tracked)
    return walk


@transaction.atomic
def switch_track(walk_id: int, *, on: bool, actor: Actor, now: datetime) -> Walk:
    """Switch the line of one's own walk on or off."""
    walk = _own(walk_id, actor)
    if walk.is_tracked != on:
        walk.is_tracked = on
        walk.save(update_fields=["is_tracked"])
        _record(Verb.TRACK if on else Verb.UNTRACK, walk, actor, now)
    return walk


@transaction.atomic
def take_points(walk_id: int, points: Sequence[Point], *, actor: Actor, now: datetime) -> int:
    """Keep the points of one's own walk that are worth it; return how many.

    While the line is off nothing is kept, and nothing of somebody who is recorded as away.
    """
    walk = _own(walk_id, actor)
    if not walk.is_tracked or org.is_away(_staff(actor), now):
        return 0
    line = queries.line(walk)
    last = line[-1] if line else None
    fresh = policy.kept(points, last, since=walk.started_at, now=now)[: policy.MOST_POINTS - len(line)]
    TrackPoint.objects.bulk_create(
        [TrackPoint(walk=walk, at=each.at, lng=each.lng, lat=each.lat) for each in fresh],
        ignore_conflicts=True,
    )
    walk.length_m += policy.length_m([*([last] if last else []), *fresh])
    walk.save(update_fields=["length_m"])
    return len(fresh)


@transaction.atomic
def come_back(walk_id: int, *, actor: Actor, now: datetime, note: str = "") -> Walk:
    """End one's own walk; the line ends with it."""
    walk = _own(walk_id, actor)
    if len(note) > policy.MAX_TEXT:
        raise Incomplete(reason="巡查小结太长了，请写短一些")
    walk.ended_at, walk.is_tracked, walk.note = now, False, note
    walk.save(update_fields=["ended_at", "is_tracked", "note"])
    _record(Verb.COME_BACK, walk, actor, now)
    return walk


@transaction.atomic
def look_at_track(walk_id: int, *, actor: Actor, now: datetime, reason: str) -> list[Point]:
    """Return the line of a walk. Whoever looks at another's says why, and it stays in the ledger."""
    walk = queries.walk_for(actor, walk_id)
    if walk.staff_id != actor.staff_id:
        policy.check_reason(reason, Verb.LOOK_AT_TRACK)
        _record(Verb.LOOK_AT_TRACK, walk, actor, now, reason=reason)
    return queries.line(walk)


def forget_tracks(*, now: datetime, days: int) -> int:
    """Delete the points older than so many days; return how many. The walk itself stays."""
    count, _ = TrackPoint.objects.filter(at__lt=now - timedelta(days=days)).delete()
    return count


def _own(walk_id: int, actor: Actor) -> Walk:
    """Return one's own walk that is not over, locked. Raises NotFound, Conflict."""
    walk = Walk.objects.select_for_update().filter(pk=walk_id, staff_id=actor.staff_id or 0).first()
    if walk is None:
        raise NotFound(what="巡查", key=walk_id)
    if walk.ended_at is not None:
        raise Conflict(reason="这次巡查已经结束")
    return walk


def _staff(actor: Actor) -> StaffId:
    if actor.staff_id is None:
        raise NotFound(what="人员", key=actor.key)
    return actor.staff_id


def _record(verb: Verb, walk: Walk, actor: Actor, now: datetime, **payload: object) -> None:
    record(at=now, actor=actor.key, verb=verb, subject=f"walk:{walk.pk}", payload=payload)
