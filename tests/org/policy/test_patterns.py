import pytest

from huying.org.policy import PATTERNS, pattern_gaps
from huying.org.policy.people import check_place
from huying.org.policy.units import check_branch, check_line_parent
from huying.org.states import PARTY_PARENTS, ChainLevel, UnitKind
from huying.shared.errors import Incomplete

JIUBAO = {UnitKind.COMMAND_CENTRE: 1, UnitKind.PLATFORM: 4, UnitKind.GRID: 98}
CHENGXIANG = {
    UnitKind.COMMAND_CENTRE: 1,
    UnitKind.PLATFORM: 4,
    UnitKind.STATION: 9,
    UnitKind.COMMUNITY: 35,
    UnitKind.GRID: 170,
}
CHANGQING = {
    UnitKind.PARTY_WORK_COMMITTEE: 1,
    UnitKind.APPROVAL_OFFICE: 1,
    UnitKind.JOINT_SQUAD: 1,
    UnitKind.GRID: 11,
    UnitKind.CENTRE: 1,
}


@pytest.mark.parametrize(
    ("pattern", "present", "missing"),
    [
        # §1.1 the three streets of the articles are complete
        ("1+3+1", CHANGQING, {}),
        ("1+4+98", JIUBAO, {}),
        ("网格化+楼长制", CHENGXIANG, {}),
        # §1.2 three platforms and 97 grids are one short each
        (
            "1+4+98",
            JIUBAO | {UnitKind.PLATFORM: 3, UnitKind.GRID: 97},
            {"四个实体运作平台": 1, "九十八个网格": 1},
        ),
        # §1.3 an empty street lacks everything
        ("1+3+1", {}, {"一核引领": 1, "一枚印章": 1, "一支队伍": 1, "一张网格": 1, "一个平台": 1}),
        # §1.4 no squad
        ("1+3+1", CHANGQING | {UnitKind.JOINT_SQUAD: 0}, {"一支队伍": 1}),
        # §1.5 Baiyang without centres
        ("1325", JIUBAO, {"沉入式": 1}),
    ],
)
def test_pattern_gaps(pattern: str, present: dict[UnitKind, int], missing: dict[str, int]) -> None:
    gaps = pattern_gaps(PATTERNS[pattern], present)
    assert {gap.part.name: gap.missing for gap in gaps} == missing


def test_one_plus_three_plus_one_has_the_five_parts_of_the_article() -> None:
    parts = PATTERNS["1+3+1"].parts
    assert [(part.name, part.purpose) for part in parts] == [
        ("一核引领", "管统筹"),
        ("一枚印章", "管审批"),
        ("一支队伍", "管执法"),
        ("一张网格", "管治理"),
        ("一个平台", "管运行"),
    ]


@pytest.mark.parametrize("kind", UnitKind)
@pytest.mark.parametrize("parent", UnitKind)
def test_line_parents(kind: UnitKind, parent: UnitKind) -> None:
    allowed = {UnitKind.DEPARTMENT} if kind is UnitKind.STATION else PARTY_PARENTS.get(kind, set(UnitKind))
    if parent in allowed:
        check_line_parent(kind, parent)
    else:
        with pytest.raises(Incomplete):
            check_line_parent(kind, parent)
    check_line_parent(kind, None)


@pytest.mark.parametrize("kind", UnitKind)
def test_only_a_branch_covers_buildings(kind: UnitKind) -> None:
    if kind is UnitKind.PARTY_BRANCH:
        check_branch(kind)
    else:
        with pytest.raises(Incomplete):
            check_branch(kind)


@pytest.mark.parametrize("level", ChainLevel)
def test_a_head_has_a_building_and_the_others_an_area(level: ChainLevel) -> None:
    good, bad = ("330109001", ""), ("", "B1")
    if level is ChainLevel.BUILDING_HEAD:
        good, bad = bad, good
    check_place(level, *good)
    for place in (bad, ("", ""), ("330109001", "B1")):
        with pytest.raises(Incomplete):
            check_place(level, *place)
