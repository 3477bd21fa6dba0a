import pytest
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from huying.places.policy import topology
from huying.places.policy.boundaries import Outline
from huying.places.policy.topology import Feature
from huying.places.states import AreaLevel

CITY, DISTRICT, STREET, COMMUNITY, GRID, MICRO = AreaLevel
STREET_1 = Feature("浦沿街道", Outline("330108003", STREET, box(120.0, 30.0, 120.1, 30.1)))
WEST = Feature("东信社区", Outline("330108003001", COMMUNITY, box(120.0, 30.0, 120.05, 30.1)))


def community(name: str, code: str, geometry: BaseGeometry) -> Feature:
    return Feature(name, Outline(code, COMMUNITY, geometry))


FAULTS = [
    # a bow tie
    (Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)]), "边界自相交 120.05 30.05"),
    # a hole outside
    (
        Polygon(
            [(120, 30), (121, 30), (121, 31), (120, 31)],
            [[(125, 35), (125.1, 35), (125.1, 35.1), (125, 35.1)]],
        ),
        "孔洞在外环之外 125 35",
    ),
    # no polygon
    (LineString([(120, 30), (121, 31)]), "应为多边形，实为 LineString"),
    (Polygon(), "没有顶点"),
    # latitude before longitude
    (box(30, 120, 30.1, 120.1), "坐标超出经纬度范围，经纬度可能颠倒"),
    # sound
    (box(120, 30, 120.1, 30.1), ""),
]


@pytest.mark.parametrize(("geometry", "reason"), FAULTS)
def test_fault_of_one_outline(geometry: BaseGeometry, reason: str) -> None:
    assert topology.fault(geometry) == reason


def test_size_is_right_to_one_percent() -> None:
    # 0.001° × 0.001° at 30° N: 110.9 m × 96.5 m
    assert topology.area_m2(box(120, 30, 120.001, 30.001)) == pytest.approx(10_696, rel=0.01)


def test_neighbours_that_share_a_border_go_in() -> None:
    east = community("浦联社区", "330108003002", box(120.05, 30.0, 120.1, 30.1))
    assert topology.check([WEST, east], [STREET_1]) == topology.Findings((), ())


def test_overlap_is_refused_by_name() -> None:
    east = community("浦联社区", "330108003002", box(120.049, 30.0, 120.1, 30.1))
    findings = topology.check([east], [STREET_1, WEST])
    assert findings.faults == ("浦联社区（330108003002）与东信社区（330108003001）重叠 1072650 平方米",)


def test_overlap_within_tolerance_goes_in() -> None:
    # 0.01 m along 11 km: 107 m²
    east = community("浦联社区", "330108003002", box(120.0499999, 30.0, 120.1, 30.1))
    assert len(topology.check([east], [STREET_1, WEST], tolerance_m2=100).faults) == 1
    assert topology.check([east], [STREET_1, WEST], tolerance_m2=110).faults == ()


def test_old_overlaps_of_others_are_not_blamed_on_the_new() -> None:
    old = community("旧社区", "330108003009", box(120.0, 30.0, 120.05, 30.1))
    east = community("浦联社区", "330108003002", box(120.05, 30.0, 120.1, 30.1))
    assert topology.check([east], [WEST, old]).faults == ()


def test_child_far_outside_is_refused_a_little_outside_is_a_warning() -> None:
    far = community("外社区", "330108003003", box(120.09, 30.0, 120.11, 30.1))
    little = community("边社区", "330108003004", box(120.08, 30.0, 120.1005, 30.1))
    assert topology.check([far], [STREET_1]).faults == (
        "外社区（330108003003）有 10726499 平方米（50.0%）在上级浦沿街道（330108003）之外",
    )
    findings = topology.check([little], [STREET_1])
    assert (findings.faults, findings.warnings) == (
        (),
        ("边社区（330108003004）有 536325 平方米（2.4%）在上级浦沿街道（330108003）之外",),
    )


def test_new_parent_must_hold_the_children_that_stand() -> None:
    moved = Feature("浦沿街道", Outline("330108003", STREET, box(121.0, 30.0, 121.1, 30.1)))
    assert len(topology.check([moved], [WEST]).faults) == 1


def test_part_of_a_community_without_grid_is_a_warning() -> None:
    grid = Feature("第一网格", Outline("330108003001001", GRID, box(120.0, 30.0, 120.05, 30.09)))
    assert topology.check([grid], [WEST]).warnings == (
        "东信社区（330108003001）有 5360811 平方米没有网格覆盖",
    )
