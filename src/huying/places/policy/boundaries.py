"""Which area a point lies in. Source: docs/rules/places.md §3."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from huying.places.states import AreaLevel

GAP_DEGREES = (
    1e-5  # about 1 m: rounding of vertices leaves slivers between neighbours that belong to somebody
)
NOTHING = np.iinfo(np.int64).max  # a rank behind every other
Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outline:
    """The boundary of one area: polygon or multipolygon, WGS-84 degrees."""

    code: str
    level: AreaLevel
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class _Layer:
    """The outlines of one level in code order; the first of them has rank `first`."""

    first: int
    outlines: NDArray[np.object_]
    tree: shapely.STRtree

    def hits(self, lng: Floats, lat: Floats) -> Ranks:
        """Return the lowest rank whose outline holds or touches each point."""
        at, nth = self.tree.query(shapely.points(lng, lat))
        inside = shapely.intersects_xy(self.outlines[nth], lng[at], lat[at])
        ranks = np.full(len(lng), NOTHING)
        np.minimum.at(ranks, at[inside], nth[inside] + self.first)
        return ranks

    def hit(self, lng: float, lat: float) -> int:
        """Return the lowest rank whose outline holds or touches one point: `hits` without its arrays."""
        found = self.tree.query(shapely.points(lng, lat))
        inside = found[shapely.intersects_xy(self.outlines[found], lng, lat)]
        return int(inside.min()) + self.first if inside.size else NOTHING

    def near(self, lng: Floats, lat: Floats) -> list[tuple[int, int]]:
        """Return (point, rank) for every outline at most GAP_DEGREES away."""
        at, nth = self.tree.query(shapely.points(lng, lat), predicate="dwithin", distance=GAP_DEGREES)
        return list(zip(at.tolist(), (nth + self.first).tolist(), strict=True))


class BoundaryIndex:
    """Answers "which is the deepest area here" for one day. Immutable, so threads may share it.

    A point on a shared border belongs to exactly one area: the deepest there with the lowest code.
    """

    def __init__(self, outlines: Sequence[Outline]) -> None:
        ranked = sorted(outlines, key=lambda each: (-each.level.depth, each.code))
        geometries = np.array([each.geometry for each in ranked], dtype=np.object_)
        shapely.prepare(geometries)
        self._codes = [each.code for each in ranked]
        self._layers: list[_Layer] = []
        for _, group in groupby(range(len(ranked)), key=lambda rank: ranked[rank].level):
            ranks = list(group)
            part = geometries[ranks[0] : ranks[-1] + 1]
            self._layers.append(_Layer(ranks[0], part, shapely.STRtree(part)))

    def locate(self, lng: float, lat: float) -> str:
        """Return the code of the deepest area at the point, "" outside of all."""
        if self._layers and math.isfinite(lng) and math.isfinite(lat):
            deepest = self._layers[0].hit(lng, lat)
            if deepest != NOTHING:
                return self._codes[deepest]
        return self.locate_many(np.array([lng]), np.array([lat]))[0]

    def locate_many(self, lng: Floats, lat: Floats) -> list[str]:
        """Return one code for each point, "" outside of all (also where a coordinate is not finite)."""
        ranks = np.full(len(lng), NOTHING)
        finite = np.isfinite(lng) & np.isfinite(lat)
        for layer in self._layers:
            open_ = np.flatnonzero(finite & (ranks == NOTHING))
            ranks[open_] = layer.hits(lng[open_], lat[open_])
        self._close_gaps(ranks, finite, lng, lat)
        return [self._code(rank) for rank in ranks.tolist()]

    def _code(self, rank: int) -> str:
        return self._codes[rank] if rank != NOTHING else ""

    def _close_gaps(self, ranks: Ranks, finite: NDArray[np.bool_], lng: Floats, lat: Floats) -> None:
        """Give a point in a sliver to the deepest neighbour inside the area that surely holds it."""
        for layer in self._layers:
            above = np.flatnonzero(finite & (ranks >= layer.first + len(layer.outlines)))
            if not above.size:
                return
            for at, rank in layer.near(lng[above], lat[above]):
                point = above[at]
                if self._codes[rank].startswith(self._code(ranks[point])):
                    ranks[point] = min(ranks[point], rank)
