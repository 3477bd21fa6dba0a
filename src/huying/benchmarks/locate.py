"""Points against ten thousand grids with winding borders: in bulk, one by one; the bare tree beside it."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from statistics import quantiles

import numpy as np
import shapely
from django.utils.timezone import localdate, now
from numpy.typing import NDArray
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from huying.benchmarks import machine, scratch
from huying.config import readiness
from huying.org.policy import SYSTEM
from huying.places import actions as places
from huying.places import queries
from huying.places.policy.boundaries import GAP_DEGREES
from huying.places.policy.rows import AreaRow

CITY, DISTRICT = "3301", "330109"
WEST, SOUTH, CELL = 120.0, 29.9, 0.003  # degrees; a grid is about 290 m × 330 m
BEND = 0.25  # how far a vertex strays from the straight border, in parts of a piece of it
PIECES = 6  # of each side of a grid: 24 vertices, as real ones have
STREET_GRIDS, COMMUNITY_GRIDS = 200, 10
SINGLES = 2_000
ROUNDS = 3
Floats = NDArray[np.float64]


def run(*, grids: int = 10_000, points: int = 200_000) -> dict[str, object]:
    """Measure; fail when a point is said to lie in another grid than the one it was drawn from."""
    side = round(grids**0.5)
    codes, outlines = country(side)
    lng, lat = _points(side, points)
    with scratch.database(readiness.address()):
        places.import_areas(_areas(codes, outlines), valid_from=localdate(), actor=SYSTEM.key, now=now())
        on = localdate()
        found = queries.locate_many(lng[:1000], lat[:1000], on=on)  # reads the outlines
        _check(found, codes, outlines, lng, lat)
        seconds = _best(lambda: queries.locate_many(lng, lat, on=on))
        singles = _singles(lng, lat, on)
        facts = machine.facts()
    tree, single_tree = _bare(outlines, lng, lat)
    p50, p95 = _percentiles(singles)
    control50, control95 = _percentiles(single_tree)
    return {
        "name": "locate",
        "points_per_second": round(points / seconds),
        "control_points_per_second": round(points / tree),
        "ratio": round(tree / seconds, 3),
        "single_p50_ms": p50,
        "single_p95_ms": p95,
        "control_single_p50_ms": control50,
        "control_single_p95_ms": control95,
        "grids": side * side,
        "points": points,
        "machine": facts,
    }


def country(side: int) -> tuple[list[str], list[BaseGeometry]]:
    """Return codes and outlines of side × side grids; neighbours share every vertex of their border."""
    lng, lat = _lattice(side)
    rings = np.array([_ring(row, column) for row in range(side) for column in range(side)])
    east, north = rings[..., 0], rings[..., 1]
    corners = np.stack([lng[north, east], lat[north, east]], axis=-1)
    return [_code(number) for number in range(side * side)], [Polygon(each) for each in corners]


def _lattice(side: int) -> tuple[Floats, Floats]:
    """Return coordinates of the vertices, PIECES for each side of a grid, strayed but never crossing."""
    count = side * PIECES + 1
    steps = np.arange(count)
    stray = np.random.default_rng(330109).uniform(-BEND, BEND, (2, count, count))
    lng = WEST + (steps[None, :] + stray[0]) * CELL / PIECES
    lat = SOUTH + (steps[:, None] + stray[1]) * CELL / PIECES
    return lng, lat


def _ring(row: int, column: int) -> list[tuple[int, int]]:
    """Return the lattice steps (east, north) around a grid."""
    x, y, along = column * PIECES, row * PIECES, range(PIECES)
    return [
        *((x + step, y) for step in along),
        *((x + PIECES, y + step) for step in along),
        *((x + PIECES - step, y + PIECES) for step in along),
        *((x, y + PIECES - step) for step in along),
    ]


def _code(number: int) -> str:
    street, within = divmod(number, STREET_GRIDS)
    community, grid = divmod(within, COMMUNITY_GRIDS)
    return f"{DISTRICT}{street + 1:03}{community + 1:03}{grid + 1:03}"


def _areas(codes: Sequence[str], outlines: Sequence[BaseGeometry]) -> list[AreaRow]:
    above = sorted({code[:length] for code in codes for length in (9, 12)})
    return [
        AreaRow("0", CITY, "杭州市"),
        AreaRow("0", DISTRICT, "萧山区"),
        *(AreaRow("0", code, f"辖区{code}") for code in above),
        *(
            AreaRow("0", code, f"网格{code}", geometry=outline)
            for code, outline in zip(codes, outlines, strict=True)
        ),
    ]


def _points(side: int, count: int) -> tuple[Floats, Floats]:
    """Return points all over the country and a little beyond."""
    numbers = np.random.default_rng(1).uniform(-0.01, 1.01, (2, count)) * side * CELL
    return WEST + numbers[0], SOUTH + numbers[1]


def _check(
    found: list[str], codes: list[str], outlines: Sequence[BaseGeometry], lng: Floats, lat: Floats
) -> None:
    """A grid named for a point holds it, or nearly (GAP_DEGREES); a point without grid lies in none."""
    points = shapely.points(lng[: len(found)], lat[: len(found)])
    tree = shapely.STRtree(outlines)
    near = tree.query(points, predicate="dwithin", distance=GAP_DEGREES)
    holds = {(int(point), codes[grid]) for point, grid in near.T}
    held = set(tree.query(points, predicate="intersects")[0].tolist())
    wrong = [at for at, code in enumerate(found) if len(code) > len(DISTRICT) and (at, code) not in holds]
    missed = [at for at, code in enumerate(found) if not code and at in held]
    if wrong or missed:
        raise RuntimeError(f"{len(wrong)} points in the wrong grid, {len(missed)} in none")


def _best(act: Callable[[], object]) -> float:
    """Return the shortest of some runs in seconds: what the machine can do when nobody interferes."""
    return min(_timed(act) for _ in range(ROUNDS))


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _singles(lng: Floats, lat: Floats, on: date) -> list[float]:
    pairs = list(zip(lng[:SINGLES].tolist(), lat[:SINGLES].tolist(), strict=True))
    return [_timed(partial(queries.locate, point=pair, on=on)) for pair in pairs]


def _bare(outlines: Sequence[BaseGeometry], lng: Floats, lat: Floats) -> tuple[float, list[float]]:
    """Return the seconds of shapely's tree alone, all points at once and one by one."""
    tree = shapely.STRtree(outlines)
    many = _best(lambda: tree.query(shapely.points(lng, lat), predicate="intersects"))
    singles = [Point(each) for each in zip(lng[:SINGLES], lat[:SINGLES], strict=True)]
    return many, [_timed(partial(tree.query, point, predicate="intersects")) for point in singles]


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds."""
    cuts = quantiles(seconds, n=20)
    return round(cuts[9] * 1000, 3), round(cuts[18] * 1000, 3)
