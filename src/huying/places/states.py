"""Words of places: levels, scenes, classes, datums, and how exactly a place is known. Data only."""

from dataclasses import dataclass

from huying.shared.words import Word


class AreaLevel(Word):
    """From the widest to the deepest; the order of the members is the order of the tree."""

    CITY = "city", "市"
    DISTRICT = "district", "区县"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"
    GRID = "grid", "网格"
    MICRO_GRID = "micro_grid", "微网格"

    @property
    def depth(self) -> int:
        return DEPTH[self]


DEPTH = {level: depth for depth, level in enumerate(AreaLevel)}

# Which level may stand directly above which. A grid always belongs to a community (DB6101/T 3185-2024);
# a city without districts has its streets directly below it.
PARENTS: dict[AreaLevel, frozenset[AreaLevel]] = {
    AreaLevel.CITY: frozenset(),
    AreaLevel.DISTRICT: frozenset({AreaLevel.CITY}),
    AreaLevel.STREET: frozenset({AreaLevel.CITY, AreaLevel.DISTRICT}),
    AreaLevel.COMMUNITY: frozenset({AreaLevel.STREET}),
    AreaLevel.GRID: frozenset({AreaLevel.COMMUNITY}),
    AreaLevel.MICRO_GRID: frozenset({AreaLevel.GRID}),
}


class Scene(Word):
    """The five scenes of estate management. Source: requirement O02."""

    RESIDENTIAL = "residential", "小区"
    APARTMENT = "apartment", "公寓"
    OFFICE = "office", "楼宇"
    PARK = "park", "园区"
    SITE = "site", "工地"


class EstateClass(Word):
    """Estates are governed by class. Source: requirements A21 to A24."""

    RESETTLEMENT = "resettlement", "整社征迁安置小区"
    OLD = "old", "老旧小区"
    MANAGED = "managed", "物业完善新建小区"


@dataclass(frozen=True, slots=True)
class Governance:
    """What a class of estates is run by."""

    name: str
    bodies: tuple[str, ...]
    practices: tuple[str, ...]


GOVERNANCE: dict[EstateClass, Governance] = {
    EstateClass.RESETTLEMENT: Governance("居民自治小组", ("网格居民自治小组",), ("智慧小区管理",)),
    EstateClass.OLD: Governance("网格化+楼长制", ("网格", "楼长"), ("楼栋走访", "责任到人")),
    EstateClass.MANAGED: Governance("社区微治理", ("业主委员会", "物业服务企业"), ("议事协商", "微单元")),
}


class Datum(Word):
    """What a pair of coordinates is measured against. CGCS2000 counts as WGS-84 at this scale."""

    WGS84 = "wgs84", "WGS-84"
    GCJ02 = "gcj02", "GCJ-02"
    BD09 = "bd09", "BD-09"


class Precision(Word):
    """How exactly a place is known, from the best to nothing."""

    POINT = "point", "坐标"
    BUILDING = "building", "楼栋"
    ESTATE = "estate", "小区"
    GRID = "grid", "网格"
    AREA = "area", "辖区"
    UNRESOLVED = "unresolved", "待人工核实"


class SiteKind(Word):
    """Kinds of service sites. Source: requirements A38, A39."""

    STREET_CENTRE = "street_centre", "街道党群服务中心"
    COMMUNITY_CENTRE = "community_centre", "社区党群服务中心"
    CULTURE_HOME = "culture_home", "社区文化家园"


class SiteStatus(Word):
    PLANNED = "planned", "规划中"
    BUILDING = "building", "在建"
    OPEN = "open", "开放"
    CLOSED = "closed", "关闭"
