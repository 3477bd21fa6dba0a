"""Putting outlines in force. Source: docs/rules/places.md §4."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import shapely
from django.db.models import Q
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from huying.ledger.policy import Entry
from huying.places.actions.journal import publish
from huying.places.models import Area, Boundary
from huying.places.policy import coordinates, topology
from huying.places.policy.boundaries import Outline
from huying.places.policy.rows import AreaRow, ImportRefused
from huying.places.policy.topology import Feature
from huying.places.states import AreaLevel, Datum


def set_boundaries(
    rows: Sequence[AreaRow], datum: Datum, valid_from: date, tolerance_m2: float, actor: str, now: datetime
) -> tuple[list[AreaRow], tuple[str, ...]]:
    """Put the outlines that differ from those in force; return their rows and what somebody should look at.

    Neighbours are compared as of `valid_from`. Raises ImportRefused naming the features.
    """
    areas = Area.objects.in_bulk([row.code for row in rows], field_name="code")
    standing = {boundary.area.code: boundary for boundary in _in_force(valid_from)}
    new: list[tuple[AreaRow, BaseGeometry]] = []
    for row in rows:
        if row.geometry is None:
            continue
        geometry = outline_in_wgs84(row.geometry, datum)
        if row.code not in standing or bytes(standing[row.code].geometry) != outline_wkb(geometry):
            new.append((row, geometry))
    warnings = _judge(new, areas, standing, tolerance_m2)
    _save([(areas[row.code], geometry) for row, geometry in new], datum, valid_from)
    publish([_entry(row, geometry, valid_from, actor, now) for row, geometry in new])
    return [row for row, _ in new], warnings


def _judge(
    new: Sequence[tuple[AreaRow, BaseGeometry]],
    areas: dict[str, Area],
    standing: dict[str, Boundary],
    tolerance_m2: float,
) -> tuple[str, ...]:
    mine = [_feature(areas[row.code], geometry) for row, geometry in new]
    codes = {feature.outline.code for feature in mine}
    others = [
        _feature(boundary.area, shapely.from_wkb(bytes(boundary.geometry)))
        for code, boundary in standing.items()
        if code not in codes
    ]
    findings = topology.check(mine, others, tolerance_m2)
    if findings.faults:
        raise ImportRefused(reasons="；".join(findings.faults))
    return findings.warnings


def _feature(area: Area, geometry: BaseGeometry) -> Feature:
    return Feature(area.name, Outline(area.code, AreaLevel(area.level), geometry))


def _in_force(on: date) -> list[Boundary]:
    still = Q(valid_to=None) | Q(valid_to__gt=on)
    return list(Boundary.objects.filter(still, valid_from__lte=on).select_related("area"))


def outline_in_wgs84(geometry: BaseGeometry, datum: Datum) -> BaseGeometry:
    """Return the outline without heights in WGS-84; a broken one as it is."""
    if topology.fault(geometry):
        return geometry  # the check that follows names the fault

    def converted(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(coordinates.convert_many(points[:, 0], points[:, 1], datum, Datum.WGS84))

    return shapely.transform(shapely.force_2d(geometry), converted)


def outline_wkb(geometry: BaseGeometry) -> bytes:
    """Return the form in which outlines are kept; equal outlines have equal bytes."""
    return shapely.to_wkb(geometry, byte_order=1)


def _save(outlines: Sequence[tuple[Area, BaseGeometry]], datum: Datum, valid_from: date) -> None:
    outlined = set(Boundary.objects.values_list("area_id", flat=True))
    fresh = []
    for area, geometry in outlines:
        boundary = Boundary(
            area=area,
            geometry=outline_wkb(geometry),
            datum=datum,
            area_m2=topology.area_m2(geometry),
            valid_from=valid_from,
        )
        if area.pk in outlined:
            _fit_in(boundary)
        else:
            fresh.append(boundary)
    Boundary.objects.bulk_create(fresh, batch_size=1000)


def _fit_in(boundary: Boundary) -> None:
    """Let the boundary before end on this one's first day, and this one on the day the next begins."""
    others, start = boundary.area.boundaries, boundary.valid_from
    following = others.filter(valid_from__gt=start).order_by("valid_from").first()
    boundary.valid_to = following.valid_from if following else None
    others.filter(valid_from=start).delete()
    others.filter(Q(valid_to=None) | Q(valid_to__gt=start), valid_from__lt=start).update(valid_to=start)
    boundary.save()


def _entry(row: AreaRow, geometry: BaseGeometry, valid_from: date, actor: str, now: datetime) -> Entry:
    payload = {"valid_from": valid_from, "sha256": hashlib.sha256(outline_wkb(geometry)).hexdigest()}
    return Entry(now, actor, "set_boundary", f"area:{row.code}", payload=payload)
