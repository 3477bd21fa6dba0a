"""What is about to break, how it goes from day to day, what it is about, who has it, how old it is."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from huying.cases.states import State
from huying.clocks.states import Stage
from huying.cockpit.policy import Scope, Window
from huying.cockpit.queries.counted import asked, told

MOST_BREAKING, MOST_NAMED = 6, 5

_BREAKING = """
SELECT number, category.name, place_text, area_code, seen.urgent, seen.state, next_due, clock.started_at,
       clock.stage, unit.name
FROM seen
LEFT JOIN catalogue_category AS category ON category.id = category_id
LEFT JOIN org_unit AS unit ON unit.id = lead_unit_id
JOIN LATERAL (
    SELECT stage, started_at FROM clocks_deadline AS one
    WHERE one.case_id = seen.id AND one.state = 'running' AND stage <> 'evaluate' AND one.due_at = next_due
    ORDER BY one.id LIMIT 1
) AS clock ON true
WHERE is_open ORDER BY next_due, seen.id LIMIT %(most)s
"""
_TREND = """
SELECT day::date,
       (SELECT count(*) FROM seen WHERE (reported_at AT TIME ZONE %(zone)s)::date = day),
       (SELECT count(*) FROM seen WHERE state = 'closed' AND (closed_at AT TIME ZONE %(zone)s)::date = day)
FROM generate_series(%(first_day)s::date, %(day)s::date, interval '1 day') AS day ORDER BY 1
"""
_CATEGORIES = """
SELECT category.id, category.name, count(*)
FROM seen JOIN catalogue_category AS category ON category.id = category_id
WHERE reported_at >= %(first)s GROUP BY category.id, category.name ORDER BY 3 DESC, 2 LIMIT %(most)s
"""
# A unit's clocks that came to their end in the period, and its cases that are open.
_UNITS = """
SELECT unit.id, unit.name, coalesce(ended.met, 0), coalesce(ended.late, 0), coalesce(held.open, 0)
FROM org_unit AS unit
LEFT JOIN (
    SELECT unit_id, count(*) FILTER (WHERE state = 'met') AS met,
           count(*) FILTER (WHERE state = 'late') AS late
    FROM clocks_deadline
    WHERE unit_id IS NOT NULL AND state IN ('met', 'late')
      AND ended_at >= %(first)s AND area_code LIKE ANY(%(areas)s)
    GROUP BY unit_id
) AS ended ON ended.unit_id = unit.id
LEFT JOIN (
    SELECT assignment.unit_id, count(DISTINCT seen.id) AS open
    FROM cases_assignment AS assignment JOIN seen ON seen.id = assignment.case_id AND seen.is_open
    GROUP BY assignment.unit_id
) AS held ON held.unit_id = unit.id
WHERE ended.unit_id IS NOT NULL OR held.unit_id IS NOT NULL
ORDER BY coalesce(held.open, 0) DESC, coalesce(ended.met + ended.late, 0) DESC, unit.code LIMIT %(most)s
"""
_AGEING = """
SELECT number, category.name, place_text, area_code, seen.state, reported_at, building_id,
       lead_unit_id, unit.name
FROM seen
LEFT JOIN catalogue_category AS category ON category.id = category_id
LEFT JOIN org_unit AS unit ON unit.id = lead_unit_id
WHERE is_open ORDER BY reported_at, seen.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Breaking:
    """An open case by its next clock. unit: "" while nobody leads it."""

    number: str
    category: str
    place: str
    area_code: str
    urgent: bool
    state: State
    due_at: datetime
    started_at: datetime
    stage: Stage
    unit: str


@dataclass(frozen=True, slots=True)
class Trend:
    day: date
    reported: int
    closed: int


@dataclass(frozen=True, slots=True)
class Category:
    category_id: int
    name: str
    count: int  # reported in the period


@dataclass(frozen=True, slots=True)
class Unit:
    """met, late: clocks of the unit that ended in the period in time or not; open: its open cases."""

    unit_id: int
    name: str
    met: int
    late: int
    open: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """An open case by its age (C09)."""

    number: str
    category: str
    place: str
    area_code: str
    state: State
    reported_at: datetime
    building_id: int | None
    lead_unit_id: int | None
    unit: str


def breaking(scope: Scope, window: Window, *, most: int = MOST_BREAKING) -> list[Breaking]:
    """Return the open cases whose clock runs out next, overdue ones first."""
    rows = asked(_BREAKING, {**told(scope, window), "most": most})
    return [
        Breaking(
            number, category or "", place, area, urgent, State(state), due, since, Stage(stage), unit or ""
        )
        for number, category, place, area, urgent, state, due, since, stage, unit in rows
    ]


def trend(scope: Scope, window: Window) -> list[Trend]:
    """Return reports and closes of each local day of the period, the oldest first."""
    days = {"zone": settings.TIME_ZONE, "first_day": window.first_day, "day": window.day}
    return [Trend(*row) for row in asked(_TREND, {**told(scope, window), **days})]


def categories(scope: Scope, window: Window, *, most: int = MOST_NAMED) -> list[Category]:
    """Return what was reported most in the period."""
    return [Category(*row) for row in asked(_CATEGORIES, {**told(scope, window), "most": most})]


def units(scope: Scope, window: Window, *, most: int = MOST_NAMED) -> list[Unit]:
    """Return the units with most open cases, then with most answered."""
    return [Unit(*row) for row in asked(_UNITS, {**told(scope, window), "most": most})]


def ageing(scope: Scope, window: Window, *, most: int) -> list[Ageing]:
    """Return the open cases that wait longest."""
    rows = asked(_AGEING, {**told(scope, window), "most": most})
    return [
        Ageing(number, category or "", place, area, State(state), at, building, lead, unit or "")
        for number, category, place, area, state, at, building, lead, unit in rows
    ]
