"""Who walks, whose line may be seen by whom, which points are kept. Source: docs/rules/patrol.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from huying.cases.policy.arrival import distance_m
from huying.org.policy import Actor
from huying.org.states import Role
from huying.patrol.states import COUNTED, FactKind, Verb
from huying.shared.errors import Incomplete, NotPermitted
from huying.shared.sentences import Sentence

WALKERS = frozenset({Role.GRID_WORKER, Role.BUILDING_HEAD, Role.COMMUNITY_WORKER})
SUPERVISORS = frozenset({Role.COMMUNITY_WORKER})  # of who walks in their community
APART_M = 15.0  # between two points that are kept
APART = timedelta(seconds=5)
BLURRED_M = 60.0  # what is less exact tells nothing
MOST_POINTS = 4_000  # of one walk: at 15 m, 60 km
FAST = timedelta(minutes=10)  # how much the clock of a device may be ahead
MAX_TEXT = 500  # characters
MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True)
class Point:
    """Where somebody was. accuracy_m: as the device says."""

    at: datetime
    lng: float
    lat: float
    accuracy_m: float = 0.0


def check_walker(actor: Actor) -> None:
    """Raise NotPermitted unless the actor walks a grid or a building."""
    if actor.staff_id is None or not actor.roles & WALKERS:
        raise NotPermitted(verb=Verb.SET_OUT.label)


def home_of(actor: Actor) -> str:
    """Return the area somebody walks: the code of the smallest he holds as a walker, else ""."""
    own = [grant.area_prefix for grant in actor.grants if grant.role in WALKERS]
    return max(sorted(own), key=len, default="")


def is_supervisor(actor: Actor, area_code: str) -> bool:
    """Tell whether the actor answers for who walks in this area."""
    return any(
        grant.role in SUPERVISORS and area_code != grant.area_prefix and grant.covers_area(area_code)
        for grant in actor.grants
    )


def kept(new: Iterable[Point], last: Point | None, *, since: datetime, now: datetime) -> list[Point]:
    """Return the points worth keeping: of this walk, exact enough, apart from the one kept before."""
    found: list[Point] = []
    for point in sorted(new, key=lambda each: each.at):
        before = found[-1] if found else last
        if since <= point.at <= now + FAST and point.accuracy_m <= BLURRED_M and _is_apart(point, before):
            found.append(point)
    return found


def _is_apart(point: Point, before: Point | None) -> bool:
    if before is None:
        return True
    away = distance_m(before.lng, before.lat, point.lng, point.lat) or 0.0
    return point.at - before.at >= APART and away >= APART_M


def length_m(points: Sequence[Point]) -> float:
    """Return how long the line through the points is, in metres."""
    return sum(distance_m(one.lng, one.lat, two.lng, two.lat) or 0.0 for one, two in pairwise(points))


def check_fact(kind: FactKind, text: str) -> None:
    """Raise Incomplete for an empty fact, one too long, or a count that is none."""
    if not text.strip() or len(text) > MAX_TEXT:
        raise Incomplete(reason=Sentence("楼栋情况须为1至{most}字", most=MAX_TEXT))
    is_count = text.strip().isascii() and text.strip().isdigit()
    if kind in COUNTED and not (is_count and int(text) <= MAX_COUNT):
        raise Incomplete(reason=Sentence("“{kind}”须为0至{most}的整数", kind=kind.label, most=MAX_COUNT))


def check_reason(reason: str, verb: Verb) -> None:
    """Raise Incomplete when somebody would look without saying why."""
    if not reason.strip():
        raise Incomplete(reason=Sentence("“{verb}”须说明用途", verb=verb.label))
