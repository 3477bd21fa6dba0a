"""The invented street: as large as the real one, drawn so that it may be imported, peopled without gaps."""

from collections import Counter

import pytest
from shapely import STRtree
from shapely.geometry import Point

from huying.devices.states import Kind
from huying.org.states import ChainLevel, UnitKind
from huying.places.policy import topology
from huying.places.policy.boundaries import Outline
from huying.places.policy.topology import Feature
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.simulation import blueprint, equipment, organisation
from huying.simulation.blueprint import Ground


@pytest.fixture(scope="module")
def street() -> Ground:
    return blueprint.ground(blueprint.full_size(), 1)


def test_it_has_the_size_of_a19(street: Ground) -> None:
    sizes = [len(street.codes(AreaLevel.COMMUNITY)), len(street.codes(AreaLevel.GRID)), len(street.buildings)]
    assert sizes == [35, 170, 1583]


def test_outlines_tile_without_fault_or_warning(street: Ground) -> None:
    features = [
        Feature(row.name, Outline(row.code, row.level, row.geometry))
        for row in street.areas
        if row.geometry is not None and row.level is not None
    ]
    assert len(features) == 1 + 35 + 170
    assert topology.check(features, [], tolerance_m2=0.01) == topology.Findings((), ())


def test_every_building_stands_in_its_grid_under_a_name_of_its_own(street: Ground) -> None:
    outlines = {row.code: row.geometry for row in street.areas if row.geometry is not None}
    assert all(outlines[each.grid].contains(Point(each.point)) for each in street.buildings)
    assert len({(each.grid[:12], each.estate, each.name) for each in street.buildings}) == 1583


def test_every_scene_and_class_occurs(street: Ground) -> None:
    assert {row.scene for row in street.estates} == set(Scene)
    assert {row.estate_class for row in street.estates} == {*EstateClass, None}


def test_the_same_seed_gives_the_same_street(street: Ground) -> None:
    assert blueprint.ground(blueprint.full_size(), 1) == street
    assert blueprint.ground(blueprint.full_size(), 2) != street


def test_five_levels_answer_for_every_building_and_a_fifth_of_the_heads_are_members(street: Ground) -> None:
    people = list(organisation.people(street, 1))
    held = Counter(
        (charge.level, charge.area_code or charge.building_code) for p in people for charge in p.charges
    )
    assert set(held.values()) == {1}
    assert Counter(level for level, _ in held) == {
        ChainLevel.LIAISON_CADRE: 35,
        ChainLevel.COMMUNITY_HEAD: 35,
        ChainLevel.GRID_CHIEF: 170,
        ChainLevel.GRID_WORKER: 170,
        ChainLevel.BUILDING_HEAD: 1583,
    }
    heads = [p for p in people if p.charges and p.charges[0].level is ChainLevel.BUILDING_HEAD]
    assert sum(p.is_party_member is True for p in heads) == round(0.2 * 1583)


def test_deputies_are_other_people_of_the_plan(street: Ground) -> None:
    people = list(organisation.people(street, 1))
    numbers = {person.number for person in people}
    assert len(numbers) == len(people)
    named = [(person.number, person.deputy) for person in people if person.deputy]
    assert all(deputy in numbers and deputy != number for number, deputy in named)


def test_units_follow_the_sources(street: Ground) -> None:
    units = list(organisation.units(street))
    assert Counter(unit.kind for unit in units) == {
        UnitKind.PARTY_WORK_COMMITTEE: 1,
        UnitKind.STREET_OFFICE: 1,
        UnitKind.COMMAND_CENTRE: 1,
        UnitKind.JOINT_SQUAD: 1,
        UnitKind.DEPARTMENT: 9,
        UnitKind.STATION: 9,
        UnitKind.PLATFORM: 4,
        UnitKind.COMMUNITY: 35,
        UnitKind.GRID: 170,
    }
    known = {unit.code for unit in units} | {""}
    assert all(unit.line_parent in known and unit.local_parent in known for unit in units)


def test_buildings_have_walls_inside_their_grid_that_touch_no_others(street: Ground) -> None:
    outlines = {row.code: row.geometry for row in street.areas if row.geometry is not None}
    walls = [row.footprint for row in street.rows if row.footprint is not None]
    assert len(walls) == 1583
    grown = [outlines[row.area_code].buffer(1e-6) for row in street.rows]  # walls are rounded to a centimetre
    assert all(grid.contains(each) for grid, each in zip(grown, walls, strict=True))
    tree = STRtree(walls)
    pairs = tree.query(walls, predicate="intersects").T
    assert [pair for pair in pairs.tolist() if pair[0] != pair[1]] == []
    assert min(each.area for each in walls) > 0


def test_the_street_has_its_cameras(street: Ground) -> None:
    rows = list(equipment.devices(street, 1))
    assert len({row.code for row in rows}) == len(rows)
    assert sum(row.kind is Kind.CAMERA for row in rows) >= 3_000  # H03
    assert any(row.ai_classes for row in rows)
    assert {row.stream for row in rows} == {""}  # nothing is filmed in an invented street
    assert rows == list(equipment.devices(street, 1))
