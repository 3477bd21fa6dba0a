"""Open cases around a point: shown before a report is sent, and beside a case as possible duplicates."""

from dataclasses import dataclass
from datetime import datetime
from math import cos, radians

from huying.cases.models import Case
from huying.cases.policy.arrival import distance_m
from huying.cases.queries.reading import visible
from huying.cases.states import OPEN
from huying.org.policy import Actor

METRES_PER_DEGREE = 111_195.0  # of latitude; of longitude at the equator


@dataclass(frozen=True, slots=True)
class Near:
    """An open case and how far away it is, in metres."""

    case: Case
    away_m: float


def nearby(lng: float, lat: float, *, radius_m: float = 150, limit: int = 20) -> list[Near]:
    """Return the open cases within a radius of a point (WGS-84), the nearest first.

    For the system's own use: a page for the public shows of each no more than is released.
    """
    high = radius_m / METRES_PER_DEGREE
    wide = high / max(cos(radians(lat)), 0.01)
    box = Case.objects.filter(
        state__in=[state.value for state in OPEN],
        lat__range=(lat - high, lat + high),
        lng__range=(lng - wide, lng + wide),
    ).select_related("category", "lead_unit")
    found = (Near(case, distance_m(lng, lat, case.lng, case.lat) or 0.0) for case in box)
    return sorted((each for each in found if each.away_m <= radius_m), key=_distance)[:limit]


@dataclass(frozen=True, slots=True)
class Around:
    """An open case; away_m: metres to the one asked about, None when one of the two has no point."""

    case: Case
    away_m: float | None


def around(actor: Actor, case: Case, *, radius_m: float, since: datetime, limit: int) -> list[Around]:
    """Return the open cases near another that the actor sees; of one without a point, those of its area."""
    if case.lng is not None and case.lat is not None:
        near = nearby(case.lng, case.lat, radius_m=radius_m, limit=limit)
        ids = [each.case.pk for each in near]
        seen = set(visible(actor).filter(pk__in=ids).values_list("pk", flat=True))
        return [Around(each.case, each.away_m) for each in near if each.case.pk in seen and each.case != case]
    same = visible(actor).filter(area_code=case.area_code, state__in=OPEN, reported_at__gte=since)
    rows = same.exclude(pk=case.pk).select_related("category").order_by("-id")
    return [Around(each, None) for each in rows[:limit]]


def _distance(near: Near) -> float:
    return near.away_m
