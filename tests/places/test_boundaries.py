import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from huying.places.policy.boundaries import BoundaryIndex, Outline
from huying.places.states import AreaLevel

CITY, DISTRICT, STREET, COMMUNITY, GRID, MICRO = AreaLevel

STREET_1 = Outline("330108003", STREET, box(120.0, 30.0, 120.1, 30.1))
WEST = Outline("330108003001", COMMUNITY, box(120.0, 30.0, 120.05, 30.1))
EAST = Outline("330108003002", COMMUNITY, box(120.05, 30.0, 120.1, 30.1))
POND = box(120.01, 30.01, 120.02, 30.02)
GRID_1 = Outline("330108003001001", GRID, box(120.0, 30.0, 120.05, 30.05).difference(POND))
ISLANDS = MultiPolygon([box(120.0, 30.06, 120.01, 30.07), box(120.03, 30.06, 120.04, 30.07)])
GRID_2 = Outline("330108003001002", GRID, ISLANDS)
TOWN = BoundaryIndex([STREET_1, WEST, EAST, GRID_2, GRID_1])

POINTS = [
    # inside a grid: the deepest wins
    ((120.03, 30.03), "330108003001001"),
    # in the hole of the grid: its community
    ((120.015, 30.015), "330108003001"),
    # on the edge of the hole: the grid
    ((120.01, 30.015), "330108003001001"),
    # on either part of a multipolygon, and between the parts
    ((120.005, 30.065), "330108003001002"),
    ((120.035, 30.065), "330108003001002"),
    ((120.02, 30.065), "330108003001"),
    # on the border of two communities: the lower code
    ((120.05, 30.09), "330108003001"),
    # on the border of a grid and a community without grids: the deeper
    ((120.05, 30.03), "330108003001001"),
    # a corner of the street
    ((120.1, 30.1), "330108003002"),
    # outside of everything
    ((120.2, 30.03), ""),
    # no coordinate at all
    ((float("nan"), 30.0), ""),
]


@pytest.mark.parametrize(("point", "code"), POINTS)
def test_point_belongs_to(point: tuple[float, float], code: str) -> None:
    assert TOWN.locate(*point) == code


def test_order_of_the_outlines_does_not_matter() -> None:
    lng, lat = (np.array(axis) for axis in zip(*(point for point, _ in POINTS), strict=True))
    turned = BoundaryIndex([EAST, GRID_1, WEST, GRID_2, STREET_1])
    assert turned.locate_many(lng, lat) == [code for _, code in POINTS]


def test_nothing_to_look_in_and_nothing_to_look_for() -> None:
    assert BoundaryIndex([]).locate(120, 30) == ""
    assert TOWN.locate_many(np.array([]), np.array([])) == []


def test_sliver_between_neighbours_belongs_to_one_of_them() -> None:
    # the same border drawn twice, 0.2 m apart
    left = Outline("330108003001001", GRID, box(120.0, 30.0, 120.02, 30.1))
    right = Outline("330108003001002", GRID, box(120.020002, 30.0, 120.05, 30.1))
    index = BoundaryIndex([WEST, left, right])
    assert index.locate(120.020001, 30.05) == left.code


def test_sliver_never_leaves_its_community() -> None:
    # 0.5 m east of the grid, but already in the next community
    assert TOWN.locate(120.050005, 30.03) == EAST.code


def mosaic(columns: int, rows: int, seed: int) -> list[Polygon]:
    """Cells with crooked borders; each border has the same vertices on both sides."""
    random = np.random.default_rng(seed)
    jitter = random.uniform(-0.3, 0.3, (columns + 1, rows + 1, 2))
    jitter[[0, -1]] = 0
    jitter[:, [0, -1]] = 0
    corners = [
        [(120 + (x + jitter[x, y, 0]) / 1000, 30 + (y + jitter[x, y, 1]) / 1000) for y in range(rows + 1)]
        for x in range(columns + 1)
    ]
    return [
        Polygon([corners[x][y], corners[x + 1][y], corners[x + 1][y + 1], corners[x][y + 1]])
        for x in range(columns)
        for y in range(rows)
    ]


CELLS = mosaic(6, 6, seed=7)
MOSAIC = BoundaryIndex([Outline(f"33010800300{at:04}", GRID, cell) for at, cell in enumerate(CELLS)])


@given(
    cell=st.integers(0, len(CELLS) - 1),
    edge=st.integers(0, 3),
    along=st.floats(0, 1),
)
def test_point_on_a_shared_edge_belongs_to_exactly_one_neighbour(cell: int, edge: int, along: float) -> None:
    (x1, y1), (x2, y2) = CELLS[cell].exterior.coords[edge : edge + 2]
    lng, lat = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
    near = [at for at, each in enumerate(CELLS) if each.distance(shapely.Point(lng, lat)) < 1e-9]
    found = MOSAIC.locate(lng, lat)
    assert found in {f"33010800300{at:04}" for at in near}
    assert MOSAIC.locate_many(np.array([lng, lng]), np.array([lat, lat])) == [found, found]


@given(lng=st.floats(119.999, 120.007), lat=st.floats(29.999, 30.007))
def test_index_agrees_with_looking_at_every_outline(lng: float, lat: float) -> None:
    point = shapely.Point(lng, lat)
    holding = [at for at, cell in enumerate(CELLS) if cell.intersects(point)]
    near = [at for at, cell in enumerate(CELLS) if cell.distance(point) <= 1e-5]
    found = MOSAIC.locate(lng, lat)
    assert found == (f"33010800300{min(holding or near):04}" if holding or near else "")
