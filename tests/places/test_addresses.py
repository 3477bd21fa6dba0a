"""A small town in words: every row of docs/rules/places.md §6 is a row here."""

import pytest

from huying.places.policy.addresses import resolve
from huying.places.policy.gazetteer import Gazetteer, NamedArea, NamedBuilding, NamedEstate
from huying.places.policy.locations import AreaRef
from huying.places.states import AreaLevel, Precision

AREAS = [
    ("3301", "杭州市", AreaLevel.CITY, ()),
    ("330108", "滨江区", AreaLevel.DISTRICT, ()),
    ("330108001", "西兴街道", AreaLevel.STREET, ()),
    ("330108001001", "星民社区", AreaLevel.COMMUNITY, ()),
    ("330108003", "浦沿街道", AreaLevel.STREET, ()),
    ("330108003001", "东信社区", AreaLevel.COMMUNITY, ("东信社区居民委员会",)),
    ("330108003001001", "东信社区第一网格", AreaLevel.GRID, ("东信一网格",)),
    ("330108003001002", "东信社区第二网格", AreaLevel.GRID, ()),
    ("330108003002", "浦联社区", AreaLevel.COMMUNITY, ()),
    ("330108003002001", "浦联社区第一网格", AreaLevel.GRID, ()),
    ("330109", "萧山区", AreaLevel.DISTRICT, ()),
    ("330109001", "城厢街道", AreaLevel.STREET, ()),
    ("330109001001", "东信社区", AreaLevel.COMMUNITY, ()),
]
DONGXIN, PULIAN, XINGMIN, JIAYUAN_A, JIAYUAN_B, PARK, RIVERSIDE = range(1, 8)
ESTATES = [
    NamedEstate(DONGXIN, "东信花园", "330108003001", ("东信花苑", "原电信新村"), 120.15, 30.17),
    NamedEstate(PULIAN, "浦联小区", "330108003002"),
    NamedEstate(XINGMIN, "星民花园", "330108001001"),
    NamedEstate(JIAYUAN_A, "和睦家园", "330108003001"),  # the same name in two communities
    NamedEstate(JIAYUAN_B, "和睦家园", "330108001001"),
    NamedEstate(PARK, "海创园", "330108003002"),
    NamedEstate(RIVERSIDE, "江畔云庐二期", "330108003002"),
]
GRID_1, GRID_2, GRID_3 = "330108003001001", "330108003001002", "330108003002001"
BUILDINGS = [
    NamedBuilding(1, "1幢", GRID_1, DONGXIN, "浦沿路88号", 120.151, 30.171),
    NamedBuilding(3, "3幢", GRID_1, DONGXIN, "浦沿路88号", 120.152, 30.172),
    NamedBuilding(12, "十二幢", GRID_2, DONGXIN),
    NamedBuilding(21, "A区3幢", GRID_3, PULIAN),
    NamedBuilding(22, "B区3幢", GRID_3, PULIAN),
    NamedBuilding(23, "A区5幢", GRID_3, PULIAN),
    NamedBuilding(31, "3-1幢", "330108001001", XINGMIN),
    NamedBuilding(32, "3-2幢", "330108001001", XINGMIN),
    NamedBuilding(33, "3幢", "330108001001", XINGMIN),
    NamedBuilding(41, "5幢", GRID_2, JIAYUAN_A, "浦沿路100号"),
    NamedBuilding(42, "5幢", "330108001001", JIAYUAN_B, "西兴路7号"),
    NamedBuilding(51, "A座", GRID_3, PARK, "滨江区江南大道3888号"),
    NamedBuilding(52, "综合楼", GRID_3, PARK),
    NamedBuilding(61, "华润大厦", GRID_3, None, "6号大街100号"),
    NamedBuilding(62, "沿街商铺", GRID_1, None, "浦沿路90-2号"),
    NamedBuilding(63, "农贸市场", GRID_1, None, "西兴路7号"),
    NamedBuilding(71, "3幢", GRID_3, RIVERSIDE, "共联路66弄"),
]
TOWN = Gazetteer(
    [NamedArea(AreaRef(code, name, level), aliases) for code, name, level, aliases in AREAS],
    ESTATES,
    BUILDINGS,
)

BUILDING, ESTATE, GRID, AREA = Precision.BUILDING, Precision.ESTATE, Precision.GRID, Precision.AREA
FOUND = [
    # the full form of the address standard
    ("浙江省杭州市滨江区浦沿街道东信社区东信花园3幢2单元501室", BUILDING, GRID_1, 3, "2单元", "501"),
    # without the areas
    ("东信花园3幢2单元501室", BUILDING, GRID_1, 3, "2单元", "501"),
    # short words for areas
    ("杭州滨江浦沿街道东信花园3幢", BUILDING, GRID_1, 3, "", ""),
    # full-width digits, letters and blanks
    ("浦沿街道　东信花园 ３幢 ２单元 ５０１室", BUILDING, GRID_1, 3, "2单元", "501"),
    # Chinese numerals
    ("东信花园三幢二单元五〇一室", BUILDING, GRID_1, 3, "2单元", "501"),
    # twelve written either way, in the table and in the text
    ("东信花园12幢", BUILDING, GRID_2, 12, "", ""),
    ("东信花园十二栋三单元", BUILDING, GRID_2, 12, "3单元", ""),
    # 栋, 号楼, 座, #, 号
    ("东信花园3栋501", BUILDING, GRID_1, 3, "", "501"),
    ("东信花园3号楼501室", BUILDING, GRID_1, 3, "", "501"),
    ("东信花园3#501", BUILDING, GRID_1, 3, "", "501"),
    ("东信花园3号501室", BUILDING, GRID_1, 3, "", "501"),
    ("海创园A座1203室", BUILDING, GRID_3, 51, "", "1203"),
    ("海创园ａ座12楼", BUILDING, GRID_3, 51, "", ""),
    # dashes: building-entrance-room and building-room
    ("东信花园3-2-501", BUILDING, GRID_1, 3, "2单元", "501"),
    ("东信花园3—2—501室", BUILDING, GRID_1, 3, "2单元", "501"),
    ("东信花园3-501", BUILDING, GRID_1, 3, "", "501"),
    ("东信花园3幢2-501", BUILDING, GRID_1, 3, "2单元", "501"),
    # leading zeros
    ("东信花园03幢", BUILDING, GRID_1, 3, "", ""),
    # aliases of the estate, with words and brackets around
    ("家住东信花苑(北门进)3幢,楼道灯坏了", BUILDING, GRID_1, 3, "", ""),
    ("原电信新村1幢楼下", BUILDING, GRID_1, 1, "", ""),
    # 小区 said or left out
    ("东信花园小区3幢", BUILDING, GRID_1, 3, "", ""),
    ("浦联A区5幢", BUILDING, GRID_3, 23, "", ""),
    # the only building of that number needs no zone
    ("浦联小区5幢", BUILDING, GRID_3, 23, "", ""),
    # zones tell buildings of the same number apart
    ("浦联小区B区3幢", BUILDING, GRID_3, 22, "", ""),
    # a phase that is part of the estate's name
    ("江畔云庐二期3幢", BUILDING, GRID_3, 71, "", ""),
    # a day, a year and a telephone number are no buildings and no rooms
    ("东信花园3号下午停水", ESTATE, "330108003001", None, "", ""),
    ("东信花园3幢2026年11月起漏水", BUILDING, GRID_1, 3, "", ""),
    ("东信花园3幢13800000000", BUILDING, GRID_1, 3, "", ""),
    # the same building said twice
    ("东信花园3幢,就是3幢门口", BUILDING, GRID_1, 3, "", ""),
    ("东信花园3幢2单元501室,3幢楼下", BUILDING, GRID_1, 3, "2单元", "501"),
    # an entrance without number
    ("东信花园3幢东单元", BUILDING, GRID_1, 3, "东单元", ""),
    # road and door number with one building
    ("浦沿路90-2号", BUILDING, GRID_1, 62, "", ""),
    ("滨江区江南大道3888号1203室", BUILDING, GRID_3, 51, "", "1203"),
    # a road with a number in its name
    ("6号大街100号", BUILDING, GRID_3, 61, "", ""),
    # road, door number and building
    ("浦沿路88号3幢501室", BUILDING, GRID_1, 3, "", "501"),
    # estate and door together
    ("浦沿路88号东信花园3幢", BUILDING, GRID_1, 3, "", ""),
    ("东信花园(浦沿路88号)3幢501", BUILDING, GRID_1, 3, "", "501"),
    # a building with a name of its own
    ("华润大厦12楼1203", BUILDING, GRID_3, 61, "", "1203"),
    ("海创园综合楼", BUILDING, GRID_3, 52, "", ""),
    # the street decides between two estates of one name; so do the community and the door
    ("西兴街道和睦家园5幢", BUILDING, "330108001001", 42, "", ""),
    ("东信社区和睦家园5幢", BUILDING, GRID_2, 41, "", ""),
    ("浦沿路100号和睦家园5幢", BUILDING, GRID_2, 41, "", ""),
    # the street decides between two doors of one number
    ("西兴街道西兴路7号", BUILDING, "330108001001", 42, "", ""),
    # a building that is not in the table: the estate is known
    ("浦沿街道东信花园99幢", ESTATE, "330108003001", None, "", ""),
    # no building said
    ("东信花园门口", ESTATE, "330108003001", None, "", ""),
    # a door with several buildings of one estate
    ("浦沿路88号", ESTATE, "330108003001", None, "", ""),
    # an estate and the grid it is asked for in
    ("东信社区第一网格东信花园", ESTATE, GRID_1, None, "", ""),
    # areas only
    ("浦沿街道东信社区第二网格", GRID, GRID_2, None, "", ""),
    ("东信一网格", GRID, GRID_1, None, "", ""),
    ("浦沿街道东信社区居委会", AREA, "330108003001", None, "", ""),
    ("浦沿街道办事处", AREA, "330108003", None, "", ""),
    ("杭州市滨江区", AREA, "330108", None, "", ""),
    # an unknown shop in a known street: the street
    ("浦沿街道老王面馆", AREA, "330108003", None, "", ""),
    # an unknown road is not the street of that short name
    ("滨江区浦沿大桥下", AREA, "330108", None, "", ""),
]


@pytest.mark.parametrize(("text", "precision", "area", "building", "entrance", "room"), FOUND)
def test_address_is_found(
    text: str, precision: Precision, area: str, building: int | None, entrance: str, room: str
) -> None:
    found = resolve(text, TOWN)
    assert (found.precision, found.area_code, found.building_id, found.entrance, found.room) == (
        precision, area, building, entrance, room,
    )  # fmt: skip
    assert found.chain[-1].code == area


XIXING, PUYAN = "杭州市 · 滨江区 · 西兴街道", "杭州市 · 滨江区 · 浦沿街道"
IN_DONGXIN, IN_PULIAN, IN_XINGMIN = f"{PUYAN} · 东信社区", f"{PUYAN} · 浦联社区", f"{XIXING} · 星民社区"
LOOK = [
    # one name in two communities, nothing to choose by
    ("和睦家园5幢", "", [f"{IN_DONGXIN} · 和睦家园", f"{IN_XINGMIN} · 和睦家园"]),
    # a community name of two districts
    ("东信社区", "", [IN_DONGXIN, "杭州市 · 萧山区 · 城厢街道 · 东信社区"]),
    # the estate is not in the named street
    ("西兴街道东信花园3幢", "330108001", [f"{IN_DONGXIN} · 东信花园", XIXING]),
    # the named street is not known at all
    ("长河街道东信花园3幢", "", [f"{IN_DONGXIN} · 东信社区第一网格 · 东信花园 · 3幢"]),
    # the named district is not known at all
    ("余杭区东信花园", "", [f"{IN_DONGXIN} · 东信花园"]),
    # street and community contradict each other
    ("西兴街道浦联社区", "", [XIXING, IN_PULIAN]),
    # nearly equal names
    ("浦沿街道东新花园3幢", "330108003", [f"{IN_DONGXIN} · 东信花园"]),
    ("星民家园2幢", "", [f"{IN_XINGMIN} · 星民花园"]),
    # one door number at two places
    ("西兴路7号", "", [f"{IN_XINGMIN} · 和睦家园 · 5幢", f"{IN_DONGXIN} · 东信社区第一网格 · 农贸市场"]),
    # beside it is not in it
    ("东信花园对面", "", [f"{IN_DONGXIN} · 东信花园"]),
    # two estates in one sentence
    ("东信花园和浦联小区之间", "", [f"{IN_DONGXIN} · 东信花园", f"{IN_PULIAN} · 浦联小区"]),
    # one of them outside of the named street
    (
        "浦沿街道东信花园和星民花园之间",
        "330108003",
        [f"{IN_DONGXIN} · 东信花园", f"{IN_XINGMIN} · 星民花园"],
    ),
    # the building stands in another grid than the named one
    (
        "东信社区第二网格东信花园3幢",
        "330108003001002",
        [f"{IN_DONGXIN} · 东信社区第一网格 · 东信花园 · 3幢", f"{IN_DONGXIN} · 东信社区第二网格"],
    ),
    # door and estate contradict each other
    (
        "浦沿路100号星民花园",
        "",
        [f"{IN_XINGMIN} · 星民花园", f"{IN_DONGXIN} · 东信社区第二网格 · 和睦家园 · 5幢"],
    ),
    # nothing known, nothing said
    ("某某路口", "", []),
    ("", "", []),
]


@pytest.mark.parametrize(("text", "named", "candidates"), LOOK)
def test_a_person_must_look(text: str, named: str, candidates: list[str]) -> None:
    found = resolve(text, TOWN)
    assert (found.area_code, found.precision, found.named_code) == ("", Precision.UNRESOLVED, named)
    assert [each.text for each in found.candidates] == candidates


def test_known_estate_keeps_the_buildings_that_may_be_meant() -> None:
    # two buildings 3 in zones A and B; the text names no zone
    found = resolve("浦联小区3幢", TOWN)
    assert (found.precision, [each.building_id for each in found.candidates]) == (ESTATE, [21, 22])
    # two buildings are named
    for text in ("东信花园3幢和12幢之间", "东信花园3、12幢"):
        found = resolve(text, TOWN)
        assert (found.precision, [each.building_id for each in found.candidates]) == (ESTATE, [3, 12])
    # a phase the table does not know
    found = resolve("东信花园二期3幢", TOWN)
    assert (found.precision, [each.building_id for each in found.candidates]) == (ESTATE, [3])
    # 3-1-501 is building 3 or building 3-1: both stand there
    found = resolve("星民花园3-1-501", TOWN)
    assert (found.precision, [each.building_id for each in found.candidates]) == (ESTATE, [33, 31])


def test_within_restricts_the_search() -> None:
    assert resolve("和睦家园5幢", TOWN, within="330108003").building_id == 41
    assert resolve("东信社区", TOWN, within="330109").area_code == "330109001001"
    # outside of it a person must look
    outside = resolve("星民花园3幢", TOWN, within="330108003")
    assert (outside.area_code, [each.estate_id for each in outside.candidates]) == ("", [XINGMIN])


def test_coordinates_of_the_building_come_along() -> None:
    assert (resolve("东信花园3幢", TOWN).lng, resolve("东信花园3幢", TOWN).lat) == (120.152, 30.172)
    assert (resolve("东信花园", TOWN).lng, resolve("东信花园", TOWN).lat) == (120.15, 30.17)
