"""What the generated street consists of: ground, buildings, organisation. Pure: one seed, one street."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any

from shapely import set_precision
from shapely.geometry import Polygon

from huying.places.policy.rows import AreaRow, BuildingRow, EstateRow
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.simulation import geometry

ENTRANCE_M, SLAB_DEPTH_M = 19.0, 14.0  # two flats along a stairwell; sun from both sides
TOWER_M, TOWER_FLOORS = 30.0, 11
MEASURES = {  # length and depth in metres
    Scene.APARTMENT: (44.0, 17.0),
    Scene.OFFICE: (52.0, 26.0),
    Scene.PARK: (64.0, 34.0),
    Scene.SITE: (38.0, 24.0),
}
DEGREE_STEP = 1e-7  # about a centimetre
OPENED_ON = date(2015, 1, 1)  # boundaries and catalogue hold from here; runs may begin then


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each."""

    communities: int
    grids: int
    buildings: int


@dataclass(frozen=True, slots=True)
class Building:
    code: str
    name: str
    grid: str  # code
    estate: str
    point: tuple[float, float]  # lng, lat


@dataclass(frozen=True, slots=True)
class Ground:
    """Rows for the import of places, and the buildings once more as people see them."""

    areas: tuple[AreaRow, ...]
    estates: tuple[EstateRow, ...]
    rows: tuple[BuildingRow, ...]
    buildings: tuple[Building, ...]

    def codes(self, level: AreaLevel) -> list[str]:
        return [row.code for row in self.areas if row.level == level]


@cache
def facts() -> dict[str, Any]:
    """Return what street.toml says."""
    return tomllib.loads(files("huying.simulation").joinpath("street.toml").read_text("utf-8"))


def street_code() -> str:
    return str(facts()["street"]["code"])


def full_size() -> Size:
    size = facts()["size"]
    return Size(size["communities"], size["grids"], size["buildings"])


def small_size() -> Size:
    """Return the size of a street to try things quickly."""
    return Size(communities=4, grids=19, buildings=177)


def ground(size: Size, seed: int) -> Ground:
    """Return areas with outlines, estates and buildings."""
    random = Random(f"ground {seed}")
    around = facts()["street"]
    names = _names(random)
    grids_of = shares(size.grids, size.communities, facts()["size"]["grids_per_community"], random)
    land = geometry.outline(around["width_m"], around["height_m"], random)
    buildings_of = shares(size.buildings, size.grids, facts()["size"]["buildings_per_grid"], random)
    areas = list(_roots(land))
    estates: list[EstateRow] = []
    rows: list[BuildingRow] = []
    firsts = [0, *accumulate(grids_of)]
    for index, part in enumerate(geometry.divide(land, [float(each) for each in grids_of], random)):
        code = f"{around['code']}{index + 1:03d}"
        areas.append(_area(code, f"{next(names)}社区", AreaLevel.COMMUNITY, part))
        counts = buildings_of[firsts[index] : firsts[index + 1]]
        grids = geometry.divide(part, [float(each) for each in counts], random)
        for number, grid in enumerate(grids, start=1):
            areas.append(_area(f"{code}{number:03d}", f"第{number}网格", AreaLevel.GRID, grid))
        made = _estates(code, list(zip(grids, counts, strict=True)), names, random)
        for estate, standing in made:
            estates.append(estate)
            rows += standing
    buildings = tuple(
        Building(row.code, row.name, row.area_code, row.estate, row.point) for row in rows if row.point
    )
    return Ground(tuple(areas), tuple(estates), tuple(rows), buildings)


def shares(total: int, parts: int, bounds: Sequence[int], random: Random) -> list[int]:
    """Return `parts` numbers that add up to `total`. bounds: the least and the most one may be."""
    least, most = bounds
    if not least * parts <= total <= most * parts:
        raise ValueError(f"{total} cannot be dealt to {parts} parts of {least} to {most}")
    dealt = [least] * parts
    for _ in range(total - least * parts):
        dealt[random.choice([index for index, each in enumerate(dealt) if each < most])] += 1
    return dealt


def _names(random: Random) -> Iterator[str]:
    """Yield names of two characters, each once."""
    said = facts()["names"]
    every = [first + second for first in said["first"] for second in said["second"]]
    random.shuffle(every)
    yield from every


def _roots(land: Polygon) -> Iterator[AreaRow]:
    around = facts()["street"]
    for key, level in (("city", AreaLevel.CITY), ("district", AreaLevel.DISTRICT)):
        code, name = around[key]
        yield AreaRow(name, code, name, level)
    yield _area(around["code"], around["name"], AreaLevel.STREET, land)


def _area(code: str, name: str, level: AreaLevel, land: Polygon) -> AreaRow:
    lng, lat = facts()["street"]["centre"]
    return AreaRow(name + code, code, name, level, geometry=geometry.placed(land, (lng, lat)))


def _estates(
    community: str, grids: Sequence[tuple[Polygon, int]], names: Iterator[str], random: Random
) -> Iterator[tuple[EstateRow, list[BuildingRow]]]:
    """Yield one estate for each one or two neighbouring grids, with its buildings numbered through."""
    first = 0
    while first < len(grids):
        width = random.choice((1, 1, 2))
        chosen = grids[first : first + width]
        estate = _estate(community, next(names), random)
        standing: list[BuildingRow] = []
        for offset, (land, count) in enumerate(chosen):
            code = f"{community}{first + offset + 1:03d}"
            standing += _buildings(estate, code, land, count, len(standing), random)
        if standing:
            yield replace(estate, point=standing[len(standing) // 2].point), standing
        first += width


def _estate(community: str, name: str, random: Random) -> EstateRow:
    scene = Scene(_drawn(facts()["scenes"], Scene.RESIDENTIAL, random))
    kind = _drawn(facts()["classes"], EstateClass.MANAGED, random) if scene is Scene.RESIDENTIAL else ""
    full = name + random.choice(facts()["suffixes"][scene])
    return EstateRow(
        f"{community} {full}", community, full, scene=scene, estate_class=EstateClass(kind) if kind else None
    )


def _drawn(table: dict[str, float], otherwise: str, random: Random) -> str:
    left = random.random()
    for key, share in table.items():
        left -= share
        if left < 0:
            return key
    return otherwise


def _buildings(
    estate: EstateRow, grid: str, land: Polygon, count: int, before: int, random: Random
) -> Iterator[BuildingRow]:
    lng, lat = facts()["street"]["centre"]
    road, door = random.choice(facts()["names"]["roads"]), random.randrange(1, 400)
    floors = random.choice((5, 6, 6, 7, 11, 18))
    entrances = tuple(f"{number}单元" for number in range(1, random.choice((2, 3, 4)) + 1))
    spots = geometry.scatter(land, count, random)
    blocks = geometry.walls(spots, land, *_measures(estate.scene, len(entrances), floors))
    for number, (spot, block) in enumerate(zip(spots, blocks, strict=True), start=1):
        east, north = geometry.to_degrees(spot, (lng, lat))
        yield BuildingRow(
            line=f"{grid}-{number:03d}",
            code=f"{grid}-{number:03d}",
            name=f"{before + number}幢",
            area_code=grid,
            estate=estate.name,
            address=f"{road}{door}号",
            point=(round(east, 7), round(north, 7)),
            floors=floors,
            entrances=entrances if estate.scene is Scene.RESIDENTIAL else (),
            footprint=set_precision(geometry.placed(block, (lng, lat)), DEGREE_STEP),
        )


def _measures(scene: Scene, entrances: int, floors: int) -> tuple[float, float]:
    """Return length and depth of a building in metres: slabs by their entrances, towers, halls."""
    if scene is Scene.RESIDENTIAL:
        return entrances * ENTRANCE_M, SLAB_DEPTH_M
    return MEASURES[scene] if floors < TOWER_FLOORS else (TOWER_M, TOWER_M)


def person(random: Random) -> str:
    """Return an invented name of two or three characters."""
    said = facts()["names"]
    surname: str = random.choice(said["surnames"])
    return surname + "".join(random.sample(said["given"], random.choice((1, 2, 2))))
