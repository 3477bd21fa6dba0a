"""Open cases around a point: shown before a report is sent, and beside a case as possible duplicates."""

from dataclasses import dataclass
from math import cos, radians

from huying.cases.models import Case
from huying.cases.policy.arrival import distance_m
from huying.cases.states import OPEN

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


def _distance(near: Near) -> float:
    return near.away_m
