"""May these outlines go in? Source: docs/rules/places.md §4."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from huying.places.policy.boundaries import Outline
from huying.places.states import AreaLevel

TOLERANCE_M2 = 100.0  # 1 % of a 万米 grid; what drawing along a road edge leaves over
OUTSIDE_SHARE = (
    0.05  # of a child outside of its parent; a wrong datum (500 m) shows 10 % and more on a street
)
METRES_PER_DEGREE = 111_320.0

# GEOS speaks English; these are the faults it names
_FAULTS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "边界环自相交",
    "Hole lies outside shell": "孔洞在外环之外",
    "Nested holes": "孔洞相互嵌套",
    "Nested shells": "多边形相互嵌套",
    "Duplicate Rings": "边界环重复",
    "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "顶点过少",
    "Invalid Coordinate": "坐标无效",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """An outline under the name by which a refusal calls it."""

    name: str
    outline: Outline

    def __str__(self) -> str:
        return f"{self.name}（{self.outline.code}）"


@dataclass(frozen=True, slots=True)
class Findings:
    """faults: reasons to refuse all; warnings: what somebody should look at."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def area_m2(geometry: BaseGeometry) -> float:
    """Return the area of a WGS-84 geometry in square metres, good to 1 % at the size of a city."""
    if geometry.is_empty:
        return 0.0
    south, north = geometry.bounds[1], geometry.bounds[3]
    shrink = float(np.cos(np.radians((south + north) / 2)))
    return float(geometry.area) * METRES_PER_DEGREE**2 * shrink


def fault(geometry: BaseGeometry) -> str:
    """Return why this is no usable outline, "" when it is one."""
    if not isinstance(geometry, Polygon | MultiPolygon):
        return f"应为多边形，实为 {geometry.geom_type}"
    if geometry.is_empty:
        return "没有顶点"
    if not np.isfinite(coordinates := shapely.get_coordinates(geometry)).all():
        return "坐标无效"
    if (np.abs(coordinates) > (180, 90)).any():
        return "坐标超出经纬度范围，经纬度可能颠倒"
    return _translated(explain_validity(geometry))


def _translated(reason: str) -> str:
    kind, _, place = reason.partition("[")
    return "" if kind == "Valid Geometry" else f"{_FAULTS.get(kind, kind)} {place.rstrip(']')}".strip()


def check(
    new: Sequence[Feature], standing: Sequence[Feature], tolerance_m2: float = TOLERANCE_M2
) -> Findings:
    """Judge new outlines among those that stay in force on the same day.

    Invalid, overlapping on the same level by more than `tolerance_m2`, or outside of the parent by more than
    OUTSIDE_SHARE are faults; less outside, and parts of a community no grid covers, are warnings.
    """
    broken = [f"{each}：{why}" for each in new if (why := fault(each.outline.geometry))]
    if broken:
        return Findings(tuple(broken), ())
    codes = {each.outline.code for each in new}
    among = [*new, *standing]
    faults = list(_overlaps(among, codes, tolerance_m2))
    warnings: list[str] = []
    for child, parent in _nestings(among, codes):
        outside = child.outline.geometry.difference(parent.outline.geometry)
        if (outside_m2 := area_m2(outside)) > tolerance_m2:
            share = outside_m2 / area_m2(child.outline.geometry)
            text = f"{child}有 {outside_m2:.0f} 平方米（{share:.1%}）在上级{parent}之外"
            (faults if share > OUTSIDE_SHARE else warnings).append(text)
    return Findings(tuple(faults), tuple(warnings + list(_uncovered(among, codes, tolerance_m2))))


def _overlaps(among: Sequence[Feature], codes: set[str], tolerance_m2: float) -> Iterator[str]:
    for level in AreaLevel:
        peers = [each for each in among if each.outline.level == level]
        for one, other in _touching(peers):
            if not codes & {one.outline.code, other.outline.code}:
                continue
            shared_m2 = area_m2(one.outline.geometry.intersection(other.outline.geometry))
            if shared_m2 > tolerance_m2:
                yield f"{one}与{other}重叠 {shared_m2:.0f} 平方米"


def _touching(peers: Sequence[Feature]) -> Iterator[tuple[Feature, Feature]]:
    """Yield every pair once."""
    geometries: NDArray[np.object_] = np.array([each.outline.geometry for each in peers], dtype=np.object_)
    left, right = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one < other:
            yield peers[one], peers[other]


def _nestings(among: Sequence[Feature], codes: set[str]) -> Iterator[tuple[Feature, Feature]]:
    """Yield (child, nearest ancestor that has an outline) where one of the two is new."""
    by_code = {each.outline.code: each for each in among}
    for child in among:
        above = _above(child.outline.code, by_code)
        if above is not None and codes & {child.outline.code, above.outline.code}:
            yield child, above


def _above(code: str, by_code: Mapping[str, Feature]) -> Feature | None:
    return next((by_code[code[:end]] for end in range(len(code) - 1, 0, -1) if code[:end] in by_code), None)


def _uncovered(among: Sequence[Feature], codes: set[str], tolerance_m2: float) -> Iterator[str]:
    """Yield communities that have grids, but not everywhere."""
    communities = {each.outline.code: each for each in among if each.outline.level == AreaLevel.COMMUNITY}
    grids: dict[str, list[Outline]] = defaultdict(list)
    for each in among:
        if each.outline.level == AreaLevel.GRID and (above := _above(each.outline.code, communities)):
            grids[above.outline.code].append(each.outline)
    for code, parts in grids.items():
        if codes & {code, *(part.code for part in parts)}:
            community = communities[code]
            covered = shapely.union_all([part.geometry for part in parts])
            if (gap_m2 := area_m2(community.outline.geometry.difference(covered))) > tolerance_m2:
                yield f"{community}有 {gap_m2:.0f} 平方米没有网格覆盖"
