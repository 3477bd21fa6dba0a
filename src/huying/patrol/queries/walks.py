"""Walks: one's own, and those of the people one answers for."""

from datetime import datetime

from django.db.models import Q

from huying.org.policy import Actor
from huying.patrol.models import TrackPoint, Walk
from huying.patrol.policy import SUPERVISORS, Point, is_supervisor
from huying.shared.errors import NotFound

MOST = 50


def current(actor: Actor) -> Walk | None:
    """Return the actor's walk that is not over."""
    return Walk.objects.filter(staff_id=actor.staff_id or 0, ended_at=None).first()


def walks_of(actor: Actor) -> list[Walk]:
    """Return the actor's own walks, the newest first."""
    return list(Walk.objects.filter(staff_id=actor.staff_id or 0).order_by("-started_at")[:MOST])


def walks_in(actor: Actor, since: datetime) -> list[Walk]:
    """Return the walks since a moment of those the actor answers for, the newest first."""
    rule = Q(pk__in=[])
    for grant in actor.grants:
        if grant.role in SUPERVISORS:
            rule |= Q(area_code__startswith=grant.area_prefix) & ~Q(area_code=grant.area_prefix)
    found = Walk.objects.filter(rule, started_at__gte=since).exclude(staff_id=actor.staff_id or 0)
    return list(found.order_by("-started_at")[:MOST])


def walk_for(actor: Actor, walk_id: int) -> Walk:
    """Return a walk of one's own or of somebody one answers for. Raises NotFound."""
    walk = Walk.objects.filter(pk=walk_id).first()
    if walk is None or not (walk.staff_id == actor.staff_id or is_supervisor(actor, walk.area_code)):
        raise NotFound(what="巡查", key=walk_id)
    return walk


def line(walk: Walk) -> list[Point]:
    """Return the points of a walk, oldest first."""
    rows = TrackPoint.objects.filter(walk=walk).order_by("at").values_list("at", "lng", "lat")
    return [Point(at, lng, lat) for at, lng, lat in rows]
