"""What a map draws, written once as GeoJSON and kept as long as places stay as they are."""

import gzip
import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import shapely
from django.http import HttpRequest, HttpResponse
from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from huying.places import memory, queries
from huying.places.states import AreaLevel

DRAWN = (AreaLevel.STREET, AreaLevel.COMMUNITY, AreaLevel.GRID)
DEGREE_STEP = 1e-6  # about 10 cm: what a screen can show
KEPT = 64  # answers remembered at most
CACHE = "public, max-age=60, must-revalidate"

Feature = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """GeoJSON as it is sent, plain and compressed, with its ETag."""

    body: bytes
    packed: bytes
    etag: str

    @classmethod
    def of(cls, features: Sequence[Feature]) -> "Drawn":
        body = orjson.dumps({"type": "FeatureCollection", "features": features})
        return cls(body, gzip.compress(body, 6, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:32]}"')


_kept: dict[Hashable, Drawn] = {}


def areas(within: str, levels: Sequence[AreaLevel], *, on: date) -> Drawn:
    """Return the outlines in force that day, the widest first."""
    return _once(("areas", within, tuple(levels), on), lambda: _areas(within, levels, on))


def buildings(within: str, *, on: date) -> Drawn:
    """Return the buildings that stand that day."""
    return _once(("buildings", within, on), lambda: _buildings(within, on))


def answer(request: HttpRequest, drawn: Drawn) -> HttpResponse:
    """Answer with the drawing, or with 304 to who has it; compressed for who takes that."""
    headers = {"ETag": drawn.etag, "Cache-Control": CACHE, "Vary": "Accept-Encoding"}
    if drawn.etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return HttpResponse(status=304, headers=headers)
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(drawn.packed, content_type="application/json", headers=headers)
    return HttpResponse(drawn.body, content_type="application/json", headers=headers)


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
