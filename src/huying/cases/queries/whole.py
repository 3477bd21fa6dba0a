"""A case with all that is shown of it: what is answered to every step, so without the ORM's own time."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet

from huying.cases.models import Assignment, Evidence
from huying.cases.queries.reading import visible
from huying.cases.queries.seeing import NUMBER, Statement, filled, stand_in
from huying.clocks import queries as clocks
from huying.database import hot
from huying.org.policy import Actor
from huying.shared.errors import NotFound

Columns = dict[str, Any]

CASE = (
    "id", "number", "state", "text", "category_id", "category__name", "urgent", "level", "area_code",
    "place_text", "place_certain", "lng", "lat", "source", "channel", "lead_unit_id", "lead_unit__name",
    "building_id",
    "found_at", "reported_at", "accepted_at", "assigned_at", "handled_at", "closed_at", "in_time", "round",
    "limit_amount", "limit_type", "merged_into__number", "reporter__name", "reporter__phone",
)  # fmt: skip
CALL = (
    "id", "unit_id", "unit__code", "unit__name", "part", "state", "round", "final", "called_at",
    "acknowledged_at", "arrived_at", "arrival_m", "answered_at",
)  # fmt: skip
PHOTO = ("kind", "sha256", "width", "height", "taken_at", "added_at")


@dataclass(frozen=True, slots=True)
class Whole:
    """Columns of the case (CASE), its assignments (CALL, the newest round first), its photos (PHOTO)."""

    case: Columns
    assignments: list[Columns]
    evidence: list[Columns]
    clocks: list[clocks.Told]


def whole(actor: Actor, number: str) -> Whole:
    """Return the case. Raises NotFound when it is not there or not for this actor."""
    statement = _case(stand_in(actor, number))
    rows = hot.fetch(statement[0], filled(statement[1], number)) if statement else []
    if not rows:
        raise NotFound(what="事件", key=number)
    case = dict(zip(CASE, rows[0], strict=True))
    belonging = [(each, [case["id"]]) for each in (_calls(), _photos(), clocks.TOLD)]
    calls, photos, running = hot.fetch_each(belonging)
    return Whole(case, _named(CALL, calls), _named(PHOTO, photos), [clocks.told(row) for row in running])


def _named(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[Columns]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


@lru_cache(maxsize=10_000)
def _case(actor: Actor) -> Statement | None:
    """Return the statement that finds a case the actor sees; None for who sees none."""
    try:
        return visible(actor).filter(number=NUMBER).values_list(*CASE).query.sql_with_params()
    except EmptyResultSet:
        return None


@cache
def _calls() -> str:
    rows = Assignment.objects.filter(case_id=0).order_by("-round", "part", "id").values_list(*CALL)
    statement: str = rows.query.sql_with_params()[0]
    return statement


@cache
def _photos() -> str:
    rows = Evidence.objects.filter(case_id=0).order_by("id").values_list(*PHOTO)
    statement: str = rows.query.sql_with_params()[0]
    return statement
