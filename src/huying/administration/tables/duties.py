"""Who answers for which place, and the duty roster, as tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.timezone import localtime

from huying.administration.policy.columns import Column
from huying.administration.policy.reach import require_within
from huying.administration.states import Kind, TableName
from huying.administration.tables.base import Filler, Given, Records, Table
from huying.administration.tables.people import NUMBER, UNIT, UNIT_NAME, number_of, staff_of, with_unit
from huying.administration.tables.places import meant
from huying.clocks.policy import SHANGHAI
from huying.org import actions
from huying.org import queries as org
from huying.org.queries import people as queries
from huying.org.states import GRANTS, ChainLevel, Verb
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence, to_translate
from huying.shared.sentences import to_translate as _

ROSTER_BACK, ROSTER_AHEAD = timedelta(days=31), timedelta(days=366)

# --- who answers for what ---

HELD_COLUMNS = (
    Column("level", (_("责任层级"), "层级", "级别", "责任"), Kind.WORD, needed=True, words=ChainLevel),
    Column(
        "place",
        (_("辖区或楼栋编码"), "编码", "辖区编码", "楼栋编码", "网格编码"),
        Kind.CODE,
        needed=True,
        longest=32,
    ),
    Column("place_name", (_("辖区或楼栋"), "名称", "网格", "楼栋"), read_back=False),
    NUMBER,
    Column("name", (_("姓名"), "责任人"), Kind.NAME, read_back=False),
)


def _held(reached: tuple[str, ...], now: datetime) -> Records:
    found: Records = {}
    for each in queries.responsibilities(now, reached=reached):
        number = number_of(each.number, each.staff_id)
        found[each.level.label, each.place_code, number] = {
            "ref": str(each.responsibility_id),
            "level": each.level.label,
            "place": each.place_code,
            "place_name": each.place_name,
            "number": number,
            "name": each.name,
        }
    return found


def _put_held(given: Given) -> None:
    cells = given.after
    level = ChainLevel(meant(ChainLevel, cells["level"]))
    is_head = level is ChainLevel.BUILDING_HEAD
    actions.make_responsible(
        staff_of(cells["number"]),
        level,
        area_code="" if is_head else cells["place"],
        building_code=cells["place"] if is_head else "",
        now=given.now,
        actor=given.actor,
    )


HELD = Table(
    TableName.POSTS,
    "user-search",
    HELD_COLUMNS,
    ("level", "place", "number"),
    GRANTS[Verb.MAKE_RESPONSIBLE],
    _held,
    _put_held,
)

# --- the duty roster ---

ROSTER_COLUMNS = (
    UNIT,
    UNIT_NAME,
    NUMBER,
    Column(
        "name",
        (_("姓名"), "值班人", "值班人员", "值班员"),
        Kind.NAME,
        read_back=False,
        longest=64,
        hint=_("没有工号时按本单位姓名查找"),
    ),
    Column("day", (_("日期"), "值班日期"), Kind.DAY, needed=True),
    Column("start", (_("开始"), "开始时间", "上班时间", "起"), Kind.TIME, needed=True),
    Column(
        "end", (_("结束"), "结束时间", "下班时间", "止"), Kind.TIME, needed=True, hint=_("不晚于开始即为次日")
    ),
)


def _roster(reached: tuple[str, ...], now: datetime) -> Records:
    found: Records = {}
    for shift in queries.shifts(now - ROSTER_BACK, now + ROSTER_AHEAD, reached=reached):
        start, end = localtime(shift.starts_at, SHANGHAI), localtime(shift.ends_at, SHANGHAI)
        cells = {
            "ref": str(shift.shift_id),
            "unit": shift.unit_code,
            "unit_name": shift.unit_name,
            "number": number_of(shift.number, shift.staff_id),
            "name": shift.name,
            "day": start.date().isoformat(),
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
        }
        found[cells["unit"], cells["number"], cells["day"], cells["start"]] = cells
    return found


def _put_shift(given: Given) -> None:
    cells = given.after
    starts_at = datetime.fromisoformat(f"{cells['day']} {cells['start']}").replace(tzinfo=SHANGHAI)
    ends_at = datetime.fromisoformat(f"{cells['day']} {cells['end']}").replace(tzinfo=SHANGHAI)
    ends_at += timedelta(days=1) if ends_at <= starts_at else timedelta()
    if given.before is not None and given.changed("end"):
        actions.cancel_shift(int(given.before["ref"]), now=given.now, actor=given.actor)
    elif given.before is not None:
        return
    if ends_at <= given.now:
        raise Incomplete(reason="班次已经过去，不能再排")
    staff_id = staff_of(cells["number"])
    require_within(org.unit_area(cells["unit"]), given.reached, what="单位", key=cells["unit"])
    actions.schedule_shift(cells["unit"], staff_id, starts_at, ends_at, now=given.now, actor=given.actor)


def _with_people(reached: tuple[str, ...], now: datetime) -> Filler:
    """Find the unit by its name, and the person by theirs among the unit's."""
    found_unit = with_unit(reached, now)
    members: dict[tuple[str, str], list[str]] = {}
    for each in queries.people(("",), now):
        for unit in {post.unit_code for post in each.posts}:
            members.setdefault((unit, each.name), []).append(number_of(each.number, each.staff_id))
    return lambda cells: _by_name(members, found_unit(cells))


def _by_name(members: Mapping[tuple[str, str], Sequence[str]], cells: dict[str, str]) -> dict[str, str]:
    name = cells.get("name", "")
    if cells.get("number") or not name:
        return cells
    found = members.get((cells.get("unit", ""), name), ())
    if len(found) != 1:
        several, nobody = to_translate("“{name}”不止一人，请填工号"), to_translate("“{name}”不在这个单位")
        raise Incomplete(reason=Sentence(several if found else nobody, name=name))
    return {**cells, "number": found[0]}


ROSTER = Table(
    TableName.ROSTER,
    "calendar",
    ROSTER_COLUMNS,
    ("unit", "number", "day", "start"),
    GRANTS[Verb.SCHEDULE_SHIFT],
    _roster,
    _put_shift,
    filler=_with_people,
)
