"""Areas, estates and buildings as tables."""

from datetime import datetime

from django.utils.timezone import localtime

from huying.administration.policy.columns import Column, join, parts, plain
from huying.administration.policy.reach import require_within
from huying.administration.states import Kind, TableName
from huying.administration.tables.base import Cells, Filler, Given, Records, Table
from huying.org.states import GRANTS, Role, Verb
from huying.places import actions, queries
from huying.places.policy.rows import BuildingRow, EstateRow, Imported
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import Conflict, Incomplete
from huying.shared.sentences import Sentence
from huying.shared.sentences import to_translate as _
from huying.shared.words import Word

_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_LNG = Column("lng", (_("经度"), "LON", "LONGITUDE"), Kind.NUMBER, hint=_("WGS-84，度"), listed=False)
_LAT = Column("lat", (_("纬度"), "LATITUDE"), Kind.NUMBER, hint=_("WGS-84，度"), listed=False)
_AREA_CODE = Column(
    "area",
    (_("所属编码"), "所属网格编码", "所属社区编码", "所属辖区编码", "网格编码", "社区编码"),
    Kind.CODE,
    needed=True,
    longest=24,
)


def _points(cells: Cells) -> tuple[float, float] | None:
    if bool(cells.get("lng")) != bool(cells.get("lat")):
        raise Incomplete(reason="经度和纬度须一并填写")
    return (float(cells["lng"]), float(cells["lat"])) if cells.get("lng") else None


def labelled(words: type[Word], value: str) -> str:
    """Return the label of a stored word; "" for none."""
    return words(value).label if value else ""


def meant(words: type[Word], label: str) -> Word:
    """Return the word whose label a cell has; `columns.read` has made sure that there is one."""
    return next(word for word in words if word.label == label)


# --- areas ---

AREA_COLUMNS = (
    Column(
        "code",
        (_("编码"), "代码", "区划代码", "行政区划代码", "社区编码", "网格编码", "ADCODE"),
        Kind.CODE,
        True,
        longest=24,
    ),
    Column("name", (_("名称"), "辖区名称", "区划名称", "网格名称", "社区名称"), needed=True, longest=100),
    Column(
        "level",
        (_("级别"), "层级"),
        Kind.WORD,
        words=AreaLevel,
        hint=_("不填则按编码长度判断"),
        is_fixed=True,
    ),
    Column(
        "parent",
        (_("上级编码"), "上级代码", "父级编码"),
        Kind.CODE,
        longest=24,
        is_fixed=True,
        hint=_("不填则按编码判断"),
        listed=False,
    ),
    Column("aliases", (_("别名"), "曾用名", "俗称"), Kind.LIST, hint=_("多个用“、”隔开")),
    Column("area_m2", (_("面积"), "面积平方米", "面积(平方米)"), Kind.NUMBER, hint=_("平方米")),
)


def _areas(reached: tuple[str, ...], now: datetime) -> Records:
    on = localtime(now).date()
    found: Records = {}
    for prefix in reached:
        for area in queries.standing_areas(prefix, on=on):
            found[area.code,] = {
                "ref": area.code,
                "code": area.code,
                "name": area.name,
                "level": labelled(AreaLevel, area.level),
                "parent": area.parent_id or "",
                "aliases": join(area.aliases),
                "area_m2": plain(area.area_m2),
            }
    return found


def _put_area(given: Given) -> None:
    cells = given.after
    require_within(cells["code"], given.reached, what="辖区", key=cells["code"])
    size = float(cells["area_m2"]) if cells.get("area_m2") else None
    names = parts(cells.get("aliases", ""))
    if given.before is None:
        _create_area(given, names, size)
        return
    if given.changed("level", "parent"):
        raise Conflict(reason="已有辖区的级别和上级不能更改；请作废后另设")
    actions.edit_area(
        cells["code"], name=cells["name"], aliases=names, area_m2=size, actor=given.actor.key, now=given.now
    )


def _create_area(given: Given, names: tuple[str, ...], size: float | None) -> None:
    cells = given.after
    level = AreaLevel(meant(AreaLevel, cells["level"])) if cells.get("level") else None
    parent = cells.get("parent") or None
    actor, now = given.actor.key, given.now
    actions.ensure_area(
        cells["code"], name=cells["name"], level=level, parent=parent, aliases=names, actor=actor, now=now
    )
    if size is not None:
        actions.edit_area(
            cells["code"], name=cells["name"], aliases=names, area_m2=size, actor=actor, now=now
        )


AREAS = Table(
    TableName.AREAS,
    "map-2",
    AREA_COLUMNS,
    ("code",),
    _ADMINISTRATORS,
    _areas,
    _put_area,
    order=lambda cells: f"{len(cells.get('code', '')):03}",
    subjects=lambda cells: (f"area:{cells['code']}",),
    readers=GRANTS[Verb.MAKE_RESPONSIBLE],
)

# --- estates ---

ESTATE_COLUMNS = (
    _AREA_CODE,
    Column("name", (_("小区名称"), "名称", "小区"), needed=True, longest=100),
    Column("aliases", (_("别名"), "曾用名", "俗称"), Kind.LIST, hint=_("多个用“、”隔开")),
    Column("scene", (_("场景"), "场景类型"), Kind.WORD, words=Scene, hint=_("不填为小区")),
    Column("estate_class", (_("类别"), "小区类别"), Kind.WORD, words=EstateClass),
    _LNG,
    _LAT,
)


def _estates(reached: tuple[str, ...], now: datetime) -> Records:  # noqa: ARG001  # estates have no dates
    return {
        (estate.area.code, estate.name): {
            "ref": str(estate.pk),
            "area": estate.area.code,
            "name": estate.name,
            "aliases": join(estate.aliases),
            "scene": labelled(Scene, estate.scene),
            "estate_class": labelled(EstateClass, estate.estate_class),
            "lng": plain(estate.lng),
            "lat": plain(estate.lat),
        }
        for prefix in reached
        for estate in queries.estates(prefix).select_related("area")
    }


def _put_estate(given: Given) -> None:
    cells = given.after
    require_within(cells["area"], given.reached, what="辖区", key=cells["area"])
    row = EstateRow(
        "",
        cells["area"],
        cells["name"],
        parts(cells.get("aliases", "")),
        Scene(meant(Scene, cells["scene"])) if cells.get("scene") else Scene.RESIDENTIAL,
        EstateClass(meant(EstateClass, cells["estate_class"])) if cells.get("estate_class") else None,
        _points(cells),
    )
    _done(actions.import_estates([row], actor=given.actor.key, now=given.now))


ESTATES = Table(
    TableName.ESTATES,
    "building-community",
    ESTATE_COLUMNS,
    ("area", "name"),
    _ADMINISTRATORS,
    _estates,
    _put_estate,
    subjects=lambda cells: (f"estate:{cells['ref']}",) if "ref" in cells else (),
)

# --- buildings ---

BUILDING_COLUMNS = (
    Column("code", (_("楼栋编码"), "编码", "代码", "楼栋代码"), Kind.CODE, needed=True, longest=32),
    Column("name", (_("楼栋名称"), "名称", "楼栋", "幢号"), needed=True, longest=100),
    _AREA_CODE,
    Column("estate", (_("小区"), "所属小区", "所在小区"), longest=100),
    Column("address", (_("地址"), "门牌", "门牌号", "详细地址"), longest=200),
    Column("floors", (_("层数"), "楼层数"), Kind.NUMBER),
    Column("entrances", (_("单元"), "单元数"), Kind.LIST, hint=_("如“1单元、2单元”，或填单元数")),
    _LNG,
    _LAT,
)
MOST_FLOORS, MOST_ENTRANCES = 200, 100


def _buildings(reached: tuple[str, ...], now: datetime) -> Records:
    on = localtime(now).date()
    return {
        (building.code,): {
            "ref": building.code,
            "code": building.code,
            "name": building.name,
            "area": building.area.code,
            "estate": building.estate.name if building.estate else "",
            "address": building.address,
            "floors": plain(building.floors),
            "entrances": join(entrance.name for entrance in building.entrances.all()),
            "lng": plain(building.lng),
            "lat": plain(building.lat),
        }
        for prefix in reached
        for building in queries.standing_buildings(prefix, on=on).prefetch_related("entrances")
    }


def _put_building(given: Given) -> None:
    cells = given.after
    require_within(cells["area"], given.reached, what="辖区", key=cells["area"])
    row = BuildingRow(
        "",
        cells["code"],
        cells["name"],
        cells["area"],
        cells.get("estate", ""),
        cells.get("address", ""),
        _points(cells),
        _floors(cells.get("floors", "")),
        _entrances(cells.get("entrances", "")),
    )
    _done(actions.import_buildings([row], actor=given.actor.key, now=given.now))


def _floors(said: str) -> int | None:
    if said and not 0 <= float(said) <= MOST_FLOORS:
        raise Incomplete(reason=Sentence("层数“{said}”不在0至{most}之间", said=said, most=MOST_FLOORS))
    return int(float(said)) if said else None


def _entrances(said: str) -> tuple[str, ...]:
    if any(len(name) > 20 for name in parts(said)) or len(parts(said)) > MOST_ENTRANCES:
        raise Incomplete(reason=Sentence("单元名称须在20字以内，最多{most}个", most=MOST_ENTRANCES))
    return parts(said)


def _counting(reached: tuple[str, ...], now: datetime) -> Filler:  # noqa: ARG001
    return _numbered


def _numbered(cells: Cells) -> dict[str, str]:
    """A bare number of entrances means that many: 3 is 1单元、2单元、3单元."""
    said = cells.get("entrances", "")
    if said.isdigit() and 0 < int(said) <= MOST_ENTRANCES:
        return {**cells, "entrances": join(f"{at}单元" for at in range(1, int(said) + 1))}
    return dict(cells)


BUILDINGS = Table(
    TableName.BUILDINGS,
    "building",
    BUILDING_COLUMNS,
    ("code",),
    _ADMINISTRATORS,
    _buildings,
    _put_building,
    filler=_counting,
    subjects=lambda cells: (f"building:{cells['code']}",),
    readers=GRANTS[Verb.ENROL_VOLUNTEER],
)


def _done(imported: Imported) -> None:
    """Raise what was wrong with the one row of an import."""
    if imported.errors:
        raise _RowRefused(reason=imported.errors[0].reason)


class _RowRefused(Incomplete):
    """What an import of places said about its only row."""
