"""A case with all that is shown of it: what is answered to every step, so without the ORM's own time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson
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
MOMENTS = {
    "called_at", "acknowledged_at", "arrived_at", "answered_at", "taken_at", "added_at", "due_at", "fired_at",
    "started_at",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whole:
    """Columns of the case (CASE), its assignments (CALL, the newest round first), its photos (PHOTO)."""

    case: Columns
    assignments: list[Columns]
    evidence: list[Columns]
    clocks: list[clocks.Told]


def whole(actor: Actor, number: str) -> Whole:
    """Return the case. Raises NotFound when it is not there or not for this actor."""
    statement = _statement(stand_in(actor, number))
    return _whole(hot.fetch(statement[0], filled(statement[1], number)) if statement else [], number)


def whole_after(actor: Actor, number: str, do: Callable[[], object]) -> Whole:
    """Do something and return the case as it is then: read in the same trip as what was written last.

    Raises what doing it raises, NotFound as `whole`.
    """
    statement = _statement(stand_in(actor, number))
    if statement is None:
        do()
        raise NotFound(what="事件", key=number)
    with hot.read_beside(statement[0], filled(statement[1], number)) as reading:
        do()
    return whole(actor, number) if reading.rows is None else _whole(reading.rows, number)


def _whole(rows: list[tuple[Any, ...]], number: str) -> Whole:
    if not rows:
        raise NotFound(what="事件", key=number)
    *columns, calls, photos, running = rows[0]
    return Whole(
        dict(zip(CASE, columns, strict=True)),
        [_with_moments(each) for each in orjson.loads(calls)],
        [_with_moments(each) for each in orjson.loads(photos)],
        [clocks.told(_with_moments(each)) for each in orjson.loads(running)],
    )


def _with_moments(row: Columns) -> Columns:
    """Return the row with moments for the texts they came as."""
    moments = ((name, row[name]) for name in row.keys() & MOMENTS)
    return row | {name: datetime.fromisoformat(at) for name, at in moments if at is not None}


@lru_cache(maxsize=10_000)
def _statement(actor: Actor) -> Statement | None:
    """Return the statement that reads a case the actor sees; None for who sees none."""
    try:
        seen, parameters = visible(actor).filter(number=NUMBER).values_list(*CASE).query.sql_with_params()
    except EmptyResultSet:
        return None
    return f"SELECT seen.*, {_belonging()} FROM ({seen}) AS seen", parameters  # noqa: S608  # names are the models'


@cache
def _belonging() -> str:
    """Return what else is selected: lists of rows as JSON, which costs a fifth of a statement for each."""
    calls = Assignment.objects.filter(case_id=0).order_by("-round", "part", "id").values_list(*CALL)
    photos = Evidence.objects.filter(case_id=0).order_by("id").values_list(*PHOTO)
    statements = [rows.query.sql_with_params()[0] for rows in (calls, photos)] + [clocks.TOLD]
    return ", ".join(_LIST.format(rows=each.replace("%s", "seen.id")) for each in statements)


_LIST = "(SELECT coalesce(json_agg(row), '[]') FROM ({rows}) AS row)::text"
