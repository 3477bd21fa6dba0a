"""Where the cases are: counts for each grid and community, and the open cases as points."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from huying.cases.states import State
from huying.cockpit.policy import Scope, Window, alarm
from huying.cockpit.queries.counted import asked, told
from huying.cockpit.states import Alarm
from huying.places import queries as places
from huying.places.states import AreaLevel

MOST_SPOTS = 5_000  # points a map can bear; the newest are shown

_BY_AREA = """
SELECT area_code, count(*), count(*) FILTER (WHERE next_due < %(now)s),
       count(*) FILTER (WHERE next_due < %(now)s AND urgent)
FROM seen WHERE is_open GROUP BY area_code
"""
_SPOTS = """
SELECT number, lng, lat, seen.state, seen.urgent, next_due, category.name, place_text, reported_at
FROM seen LEFT JOIN catalogue_category AS category ON category.id = category_id
WHERE is_open AND lng IS NOT NULL AND lat IS NOT NULL
ORDER BY seen.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Area:
    """A grid or community with its open cases; the colour only of a grid."""

    code: str
    name: str
    level: AreaLevel
    open: int
    overdue: int
    urgent_overdue: int

    @property
    def alarm(self) -> Alarm:
        return alarm(self.open, self.overdue, self.urgent_overdue)


@dataclass(frozen=True, slots=True)
class Spot:
    """An open case on the map; no text and no person."""

    number: str
    lng: float
    lat: float
    state: State
    urgent: bool
    next_due: datetime | None
    category: str
    place: str
    reported_at: datetime


def areas(scope: Scope, window: Window, *, on: date) -> list[Area]:
    """Return every grid and community of the scope, also those where nothing is open, by code."""
    counts = [(code, counted) for code, *counted in asked(_BY_AREA, told(scope, window))]
    return [_area(code, name, level, counts) for code, name, level in _standing(scope, on)]


def spots(scope: Scope, window: Window) -> list[Spot]:
    """Return the open cases that have a place, the newest first, at most MOST_SPOTS."""
    rows = asked(_SPOTS, {**told(scope, window), "most": MOST_SPOTS})
    return [
        Spot(number, lng, lat, State(state), urgent, due, category or "", place, at)
        for number, lng, lat, state, urgent, due, category, place, at in rows
    ]


def _standing(scope: Scope, on: date) -> Iterator[tuple[str, str, AreaLevel]]:
    for level in (AreaLevel.COMMUNITY, AreaLevel.GRID):
        for area in places.areas(level=level, on=on):
            if area.code.startswith(scope.areas):
                yield area.code, area.name, level


def _area(code: str, name: str, level: AreaLevel, counts: list[tuple[str, list[int]]]) -> Area:
    sums: Counter[int] = Counter()
    for below, counted in counts:
        if below.startswith(code):
            sums.update(dict(enumerate(counted)))
    return Area(code, name, level, sums[0], sums[1], sums[2])
