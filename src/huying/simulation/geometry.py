"""Dividing a piece of ground into parts that tile it without gap or overlap. Pure."""

from math import cos, pi, radians, sin
from random import Random

from shapely import affinity
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

METRES_PER_DEGREE = 111_320.0
TILT_DEGREES = 14  # cuts lean this much at most, so that the map does not look like a chessboard
GAP_M = 6.0  # at least so much between two buildings
SHRINK = 0.85  # a block that does not fit becomes so much smaller, again and again
CUT_STEPS = 40  # halvings of the way across; 5 km / 2^40 is far below a micrometre


def outline(width_m: float, height_m: float, random: Random) -> Polygon:
    """Return a convex outline around (0, 0), in metres."""
    corners = []
    for step in range(14):
        angle = 2 * pi * step / 14
        reach = random.uniform(0.88, 1.0)
        corners.append((reach * cos(angle) * width_m / 2, reach * sin(angle) * height_m / 2))
    return _polygon(MultiPoint(corners).convex_hull)


def divide(ground: Polygon, weights: list[float], random: Random) -> list[Polygon]:
    """Return one convex part for each weight, in its order, sized by weight."""
    if len(weights) == 1:
        return [ground]
    middle = len(weights) // 2
    first, second = _cut(ground, sum(weights[:middle]) / sum(weights), random)
    return divide(first, weights[:middle], random) + divide(second, weights[middle:], random)


def _cut(ground: Polygon, share: float, random: Random) -> tuple[Polygon, Polygon]:
    """Cut across the longer side so that the first part has `share` of the area."""
    west, south, east, north = ground.bounds
    upright = 90 if east - west >= north - south else 0
    turn = upright + random.uniform(-TILT_DEGREES, TILT_DEGREES)
    turned = affinity.rotate(ground, -turn, origin=(0, 0))
    low, high = turned.bounds[1], turned.bounds[3]
    wanted = turned.area * share
    for _ in range(CUT_STEPS):
        at = (low + high) / 2
        low, high = (at, high) if _below(turned, at).area < wanted else (low, at)
    line = affinity.rotate(LineString([(-1e6, at), (1e6, at)]), turn, origin=(0, 0))
    parts = sorted(map(_polygon, split(ground, line).geoms), key=lambda part: _height(part, turn))
    return parts[0], parts[1]


def _below(ground: Polygon, at: float) -> Polygon:
    west, south, east, _ = ground.bounds
    return _polygon(ground.intersection(Polygon([(west, south), (east, south), (east, at), (west, at)])))


def _polygon(ground: BaseGeometry) -> Polygon:
    if not isinstance(ground, Polygon):
        raise TypeError(f"convex ground gave a {ground.geom_type}")
    return ground


def _height(part: Polygon, turn: float) -> float:
    return affinity.rotate(part, -turn, origin=(0, 0)).centroid.y


def scatter(ground: Polygon, count: int, random: Random) -> list[tuple[float, float]]:
    """Return `count` points inside, in rows, none near the border: where buildings stand."""
    inner = ground.buffer(-12.0)
    if inner.is_empty or not isinstance(inner, Polygon):
        inner = ground
    spacing = (inner.area / count) ** 0.5
    while True:
        points = _lattice(inner, spacing)
        if len(points) >= count:
            return [points[index] for index in sorted(random.sample(range(len(points)), count))]
        spacing *= 0.92


def _lattice(ground: Polygon, spacing: float) -> list[tuple[float, float]]:
    west, south, east, north = ground.bounds
    columns, rows = int((east - west) / spacing) + 1, int((north - south) / spacing) + 1
    cells = [
        (west + (column + 0.5) * spacing, south + (row + 0.5) * spacing)
        for row in range(rows)
        for column in range(columns)
    ]
    return [cell for cell in cells if ground.contains(Point(cell))]


def walls(spots: list[tuple[float, float]], ground: Polygon, length: float, depth: float) -> list[Polygon]:
    """Return a block around each spot, facing south, wholly on the ground and clear of its neighbours.

    length, depth: metres wished for; a block that has not the room is smaller.
    """
    return [_block(spot, spots, ground, length, depth) for spot in spots]


def _block(
    spot: tuple[float, float],
    spots: list[tuple[float, float]],
    ground: Polygon,
    length: float,
    depth: float,
) -> Polygon:
    x, y = spot
    steps = (max(abs(x - east), abs(y - north)) for east, north in spots if (east, north) != spot)
    room = min(steps, default=length * 2) - GAP_M
    east, north = min(length, room) / 2, min(depth, room) / 2
    while True:
        block = box(x - east, y - north, x + east, y + north)
        if ground.contains(block):
            return block
        east, north = east * SHRINK, north * SHRINK


def placed(ground: Polygon, centre: tuple[float, float]) -> Polygon:
    """Return a polygon of metres around (0, 0) as degrees around `centre` (lng, lat)."""
    return Polygon([to_degrees(point, centre) for point in ground.exterior.coords])


def to_degrees(point: tuple[float, ...], centre: tuple[float, float]) -> tuple[float, float]:
    """Return (lng, lat) of a point in metres east and north of `centre`."""
    lng, lat = centre
    east = point[0] / (METRES_PER_DEGREE * cos(radians(lat)))
    return lng + east, lat + point[1] / METRES_PER_DEGREE
