"""Whole files of estates and buildings: broken rows are reported, the rest goes in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction

from huying.places import queries
from huying.places.actions import stock
from huying.places.actions.boundaries import outline_in_wgs84
from huying.places.actions.journal import lock, publish
from huying.places.actions.run import Run
from huying.places.models import Estate
from huying.places.policy import coordinates, topology
from huying.places.policy.rows import BuildingRow, EstateRow, Imported, Outcome
from huying.places.states import Datum
from huying.shared.errors import NotFound


@transaction.atomic
def import_estates(
    rows: Sequence[EstateRow], *, datum: Datum = Datum.WGS84, actor: str, now: datetime
) -> Imported:
    """Make or renew estates; broken rows are reported, the rest goes in."""
    lock()
    run = Run(actor, now, [(row.line, f"{row.area_code} {row.name}") for row in rows])
    for row in rows:
        run.attempt(row.line, partial(_put_estate, row, datum, run))
    publish(run.entries)
    return run.result()


@transaction.atomic
def import_buildings(
    rows: Sequence[BuildingRow], *, datum: Datum = Datum.WGS84, actor: str, now: datetime
) -> Imported:
    """Make or renew buildings; broken rows are reported, the rest goes in."""
    lock()
    run = Run(actor, now, [(row.line, row.code) for row in rows])
    for row in rows:
        run.attempt(row.line, partial(_put_building, row, datum, run))
    publish(run.entries)
    return run.result()


def _put_estate(row: EstateRow, datum: Datum, run: Run) -> Outcome:
    estate, outcome, changes = stock.put_estate(replace(row, point=_wgs84(row.point, datum)))
    if outcome != "unchanged":
        run.note("add_estate", f"estate:{estate.pk}", name=row.name, area=row.area_code, changes=changes)
    return outcome


def _put_building(row: BuildingRow, datum: Datum, run: Run) -> Outcome:
    estate = _estate(row) if row.estate else None
    walls = None if row.footprint is None else outline_in_wgs84(row.footprint, datum)
    here = replace(row, point=_wgs84(_point(row), datum), footprint=walls)
    _, outcome, changes = stock.put_building(here, estate)
    if outcome != "unchanged":
        run.note("add_building", f"building:{row.code}", name=row.name, area=row.area_code, changes=changes)
    return outcome


def _estate(row: BuildingRow) -> Estate:
    """Return the estate of this name in the building's area or the nearest area above it."""
    above = [row.area_code[:end] for end in range(1, len(row.area_code) + 1)]
    found = Estate.objects.filter(area__code__in=above, name=row.estate).order_by("-area__code").first()
    if found is None:
        raise NotFound(what="小区", key=row.estate)
    return found


def _point(row: BuildingRow) -> tuple[float, float] | None:
    """Return the point of the row; where only walls are drawn, one inside them."""
    if row.point is not None or row.footprint is None or topology.fault(row.footprint):
        return row.point
    inside = row.footprint.representative_point()
    return inside.x, inside.y


def _wgs84(point: tuple[float, float] | None, datum: Datum) -> tuple[float, float] | None:
    return None if point is None else coordinates.convert(queries.checked(point), datum)
