"""What a map draws, written once as GeoJSON and kept as long as places stay as they are."""

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from huying.look.drawn import Drawn
from huying.places import memory, queries
from huying.places.states import AreaLevel

DRAWN = (AreaLevel.STREET, AreaLevel.COMMUNITY, AreaLevel.GRID)
DEGREE_STEP = 1e-6  # about 10 cm: what a screen can show
KEPT = 64  # answers remembered at most

Feature = dict[str, Any]


_kept: dict[Hashable, Drawn] = {}


def areas(within: str, levels: Sequence[AreaLevel], *, on: date) -> Drawn:
    """Return the outlines in force that day, the widest first."""
    return _once(("areas", within, tuple(levels), on), lambda: _areas(within, levels, on))


def buildings(within: str, *, on: date) -> Drawn:
    """Return the buildings that stand that day."""
    return _once(("buildings", within, on), lambda: _buildings(within, on))


def feature(geometry: BaseGeometry, **properties: object) -> Feature:
    """Return one feature, its coordinates rounded to what a screen can show."""
    return {"type": "Feature", "geometry": _written(geometry), "properties": properties}


def _once(key: tuple[Hashable, ...], make: Callable[[], list[Feature]]) -> Drawn:
    """Return what is remembered for these places as they are, else make it. Threads may make it twice."""
    whole = (memory.current().token, *key)
    drawn = _kept.get(whole)
    if drawn is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        drawn = _kept[whole] = Drawn.of(make())
    return drawn


def _areas(within: str, levels: Sequence[AreaLevel], on: date) -> list[Feature]:
    world = memory.current()
    shown = [each for each in world.outlines(on) if each.level in levels and each.code.startswith(within)]
    shown.sort(key=lambda each: (each.level.depth, each.code))
    return [
        feature(
            each.geometry,
            code=each.code,
            name=world.areas[each.code].name,
            level=each.level,
            label=_position(each.geometry.representative_point()),
        )
        for each in shown
    ]


def _buildings(within: str, on: date) -> list[Feature]:
    return [
        feature(each.walls or Point(each.lng, each.lat), code=each.code, name=each.name, floors=each.floors)
        for each in queries.drawn_buildings(within, on=on)
    ]


def _written(geometry: BaseGeometry) -> dict[str, Any]:
    rounded = shapely.set_precision(geometry, DEGREE_STEP, mode="pointwise")
    return dict(mapping(rounded))


def _position(point: Point) -> list[float]:
    return [round(point.x, 6), round(point.y, 6)]
