"""People, units, who answers for what, and the duty roster as tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.utils.timezone import localtime

from huying.administration.policy.columns import Column, plain
from huying.administration.policy.reach import require_within
from huying.administration.states import Kind, TableName
from huying.administration.tables.base import Cells, Filler, Given, Records, Table
from huying.administration.tables.places import meant
from huying.clocks.policy import SHANGHAI
from huying.org import actions
from huying.org import queries as org
from huying.org.queries import people as queries
from huying.org.states import GRANTS, ChainLevel, Employment, Role, UnitKind, Verb
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import StaffId

_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
NUMBERLESS = "#"  # before the id of somebody whose employer gave no number
ROSTER_BACK, ROSTER_AHEAD = timedelta(days=31), timedelta(days=366)
_NUMBER = Column("number", ("工号", "人员编号", "员工编号", "编号"), Kind.CODE, needed=True, longest=32)
_UNIT = Column("unit", ("单位代码", "单位编码", "部门代码"), Kind.CODE, needed=True, longest=64)
_UNIT_NAME = Column(
    "unit_name",
    ("单位名称", "单位", "部门", "科室", "所在单位"),
    read_back=False,
    longest=128,
    hint="没有代码时按名称查找",
)


def number_of(number: str, staff_id: StaffId) -> str:
    """Return the number of somebody, or a stand-in that comes back unharmed."""
    return number or f"{NUMBERLESS}{staff_id}"


# --- people ---

PEOPLE_COLUMNS = (
    _NUMBER,
    Column("name", ("姓名", "名字", "人员姓名"), Kind.NAME, needed=True, longest=64),
    Column(
        "phone",
        ("工作电话", "电话", "联系电话", "手机", "手机号", "手机号码", "联系方式"),
        Kind.PHONE,
        longest=32,
    ),
    Column("employment", ("用工性质", "用工", "人员类别"), Kind.WORD, words=Employment, hint="不填为专职"),
    Column("weight", ("工作量权重", "权重"), Kind.NUMBER, hint="大于0,不超过1", listed=False),
    _UNIT,
    _UNIT_NAME,
    Column("post", ("岗位", "职务"), longest=64, hint="不填为“工作人员”"),
)
USUAL_POST = "工作人员"


def _people(reached: tuple[str, ...], now: datetime) -> Records:
    return {(cells["number"],): cells for cells in map(person_cells, queries.people(reached, now))}


def person_cells(each: queries.Person) -> dict[str, str]:
    """Return somebody as a row of the table."""
    post = each.substantive
    return {
        "ref": str(each.staff_id),
        "number": number_of(each.number, each.staff_id),
        "name": each.name,
        "phone": each.phone,
        "employment": each.employment.label,
        "weight": plain(float(each.workload_weight)),
        "unit": post.unit_code if post else "",
        "unit_name": post.unit_name if post else "",
        "post": post.post if post else "",
    }


def _put_person(given: Given) -> None:
    cells = given.after
    employment = Employment(meant(Employment, cells["employment"])) if cells.get("employment") else None
    weight = Decimal(cells["weight"]) if cells.get("weight") else None
    if given.before is None:
        _hire(given, employment or Employment.FULL_TIME, weight)
        return
    staff_id = StaffId(int(given.before["ref"]))
    if given.changed("name", "phone", "employment", "weight"):
        actions.edit_staff(
            staff_id,
            name=cells["name"],
            phone=cells.get("phone", ""),
            employment=employment or Employment.FULL_TIME,
            workload_weight=weight or Decimal(1),
            now=given.now,
            actor=given.actor,
        )
    if given.changed("unit", "post"):
        _move(given, staff_id)


def _hire(given: Given, employment: Employment, weight: Decimal | None) -> None:
    cells = given.after
    if cells["number"].startswith(NUMBERLESS):
        raise NotFound(what="人员", key=cells["number"])
    staff = actions.hire(
        name=cells["name"],
        phone=cells.get("phone", ""),
        number=cells["number"],
        employment=employment,
        workload_weight=weight,
        now=given.now,
        actor=given.actor,
    )
    _appoint(given, StaffId(staff.pk))


def _move(given: Given, staff_id: StaffId) -> None:
    """Let somebody leave the main post and fill another."""
    if (held := queries.person(staff_id, given.now).substantive) is not None:
        actions.end_appointment(held.appointment_id, now=given.now, actor=given.actor)
    _appoint(given, staff_id)


def _appoint(given: Given, staff_id: StaffId) -> None:
    unit, post = given.after["unit"], given.after.get("post") or USUAL_POST
    if not org.has_post(unit, post):
        actions.create_post(unit, post, now=given.now, actor=given.actor)
    actions.appoint(staff_id, unit, post, now=given.now, actor=given.actor)


def _with_unit(reached: tuple[str, ...], now: datetime) -> Filler:  # noqa: ARG001  # units open now
    codes: dict[str, list[str]] = {}
    for each in org.units():
        codes.setdefault(each.name, []).append(each.code)
    return partial(_by_unit_name, codes)


def _by_unit_name(codes: Mapping[str, Sequence[str]], cells: Cells) -> dict[str, str]:
    """Find the unit of a row that names it without its code. Raises Incomplete when several are so called."""
    if cells.get("unit") or not (name := cells.get("unit_name", "")):
        return dict(cells)
    found = codes.get(name, ())
    if len(found) != 1:
        how = "有多个,请填单位代码" if found else "没有找到"
        raise Incomplete(reason=f"单位“{name}”{how}")
    return {**cells, "unit": found[0]}


PEOPLE = Table(
    TableName.PEOPLE,
    "users",
    PEOPLE_COLUMNS,
    ("number",),
    _ADMINISTRATORS,
    _people,
    _put_person,
    filler=_with_unit,
    subjects=lambda cells: (f"staff:{cells['ref']}",) if "ref" in cells else (),
)

# --- units ---

UNIT_COLUMNS = (
    Column("code", ("单位代码", "单位编码", "代码", "编码"), Kind.CODE, needed=True, longest=64),
    Column("name", ("单位名称", "名称", "单位"), needed=True, longest=128),
    Column("kind", ("类型", "单位类型", "性质"), Kind.WORD, needed=True, words=UnitKind),
    Column("area", ("所属编码", "辖区编码", "所属辖区编码"), Kind.CODE, longest=24),
    Column(
        "line_parent",
        ("条线上级", "主管单位代码", "条上级"),
        Kind.CODE,
        longest=64,
        hint="单位代码",
        listed=False,
    ),
    Column(
        "local_parent",
        ("属地上级", "属地单位代码", "块上级"),
        Kind.CODE,
        longest=64,
        hint="单位代码",
        listed=False,
    ),
)


def _units(reached: tuple[str, ...], now: datetime) -> Records:  # noqa: ARG001  # the units open now
    found: Records = {}
    for prefix in reached:
        for unit in org.units(area_prefix=prefix):
            found[unit.code,] = {
                "ref": unit.code,
                "code": unit.code,
                "name": unit.name,
                "kind": UnitKind(unit.kind).label,
                "area": unit.area.code if unit.area else "",
                "line_parent": unit.line_parent.code if unit.line_parent else "",
                "local_parent": unit.local_parent.code if unit.local_parent else "",
            }
    return found


def _put_unit(given: Given) -> None:
    cells, now, actor = given.after, given.now, given.actor
    kind = UnitKind(meant(UnitKind, cells["kind"]))
    line, local = cells.get("line_parent", ""), cells.get("local_parent", "")
    if given.before is None:
        actions.create_unit(
            code=cells["code"],
            name=cells["name"],
            kind=kind,
            area_code=cells.get("area", ""),
            line_parent=line,
            local_parent=local,
            now=now,
            actor=actor,
        )
        return
    if given.changed("kind"):
        raise Conflict(reason="已有单位的类型不能更改;请撤销后另设")
    if given.changed("name", "area"):
        actions.edit_unit(
            cells["code"], name=cells["name"], area_code=cells.get("area", ""), now=now, actor=actor
        )
    if given.changed("line_parent", "local_parent"):
        actions.move_unit(cells["code"], line_parent=line, local_parent=local, now=now, actor=actor)


UNITS = Table(
    TableName.UNITS,
    "building",
    UNIT_COLUMNS,
    ("code",),
    _ADMINISTRATORS,
    _units,
    _put_unit,
    order=lambda cells: "1" if cells.get("line_parent") or cells.get("local_parent") else "0",
    subjects=lambda cells: (f"unit:{cells['code']}",),
)

# --- who answers for what ---

HELD_COLUMNS = (
    Column("level", ("责任层级", "层级", "级别", "责任"), Kind.WORD, needed=True, words=ChainLevel),
    Column(
        "place",
        ("辖区或楼栋编码", "编码", "辖区编码", "楼栋编码", "网格编码"),
        Kind.CODE,
        needed=True,
        longest=32,
    ),
    Column("place_name", ("辖区或楼栋", "名称", "网格", "楼栋"), read_back=False),
    _NUMBER,
    Column("name", ("姓名", "责任人"), Kind.NAME, read_back=False),
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


def staff_of(number: str) -> StaffId:
    """Return somebody by the employer's number. Raises NotFound."""
    if number.startswith(NUMBERLESS) and number[1:].isdigit():
        return StaffId(int(number[1:]))
    return org.staff_by_number(number)


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
    _UNIT,
    _UNIT_NAME,
    _NUMBER,
    Column(
        "name",
        ("姓名", "值班人", "值班人员", "值班员"),
        Kind.NAME,
        read_back=False,
        longest=64,
        hint="没有工号时按本单位姓名查找",
    ),
    Column("day", ("日期", "值班日期"), Kind.DAY, needed=True),
    Column("start", ("开始", "开始时间", "上班时间", "起"), Kind.TIME, needed=True),
    Column("end", ("结束", "结束时间", "下班时间", "止"), Kind.TIME, needed=True, hint="不晚于开始即为次日"),
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
        raise Incomplete(reason="班次已经过去,不能再排")
    staff_id = staff_of(cells["number"])
    require_within(org.unit_area(cells["unit"]), given.reached, what="单位", key=cells["unit"])
    actions.schedule_shift(cells["unit"], staff_id, starts_at, ends_at, now=given.now, actor=given.actor)


def _with_people(reached: tuple[str, ...], now: datetime) -> Filler:
    """Find the unit by its name, and the person by theirs among the unit's."""
    with_unit = _with_unit(reached, now)
    members: dict[tuple[str, str], list[str]] = {}
    for each in queries.people(("",), now):
        for unit in {post.unit_code for post in each.posts}:
            members.setdefault((unit, each.name), []).append(number_of(each.number, each.staff_id))
    return lambda cells: _by_name(members, with_unit(cells))


def _by_name(members: Mapping[tuple[str, str], Sequence[str]], cells: dict[str, str]) -> dict[str, str]:
    name = cells.get("name", "")
    if cells.get("number") or not name:
        return cells
    found = members.get((cells.get("unit", ""), name), ())
    if len(found) != 1:
        how = "不止一人,请填工号" if found else "不在这个单位"
        raise Incomplete(reason=f"“{name}”{how}")
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
