"""Being on the spot: how far is near enough."""

from math import asin, cos, radians, sin, sqrt

from huying.cases.policy.reports import Arrival
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

RADIUS_M = 200  # unless set otherwise; phones between high buildings are off by 50–150 m
EARTH_M = 6_371_008.8  # mean radius


def distance_m(
    lng1: float | None, lat1: float | None, lng2: float | None, lat2: float | None
) -> float | None:
    """Return the distance over the ground in metres; None when a position is missing."""
    if lng1 is None or lat1 is None or lng2 is None or lat2 is None:
        return None
    north, east = radians(lat2 - lat1), radians(lng2 - lng1)
    chord = sin(north / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(chord, 1)))


def check_arrival(at: Arrival, away_m: float | None, *, place_known: bool, radius_m: int = RADIUS_M) -> None:
    """Raise Incomplete when the check-in proves nothing and gives no reason."""
    if at.reason.strip():
        return
    if place_known and away_m is None:
        raise Incomplete(reason="没有定位信息，请说明原因")
    if away_m is not None and away_m > radius_m:
        raise Incomplete(
            reason=Sentence(
                "距事件地点{away_m:.0f}米，超出{radius_m}米，请说明原因", away_m=away_m, radius_m=radius_m
            )
        )
