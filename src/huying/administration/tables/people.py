"""People as a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from huying.administration.policy.columns import Column, plain
from huying.administration.states import Kind, TableName
from huying.administration.tables.base import Cells, Filler, Given, Records, Table
from huying.administration.tables.places import meant
from huying.org import actions
from huying.org import queries as org
from huying.org.queries import people as queries
from huying.org.states import Employment, Role
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import StaffId
from huying.shared.sentences import Sentence, to_translate
from huying.shared.sentences import to_translate as _

_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
NUMBERLESS = "#"  # before the id of somebody whose employer gave no number
NUMBER = Column("number", (_("工号"), "人员编号", "员工编号", "编号"), Kind.CODE, needed=True, longest=32)
UNIT = Column("unit", (_("单位代码"), "单位编码", "部门代码"), Kind.CODE, needed=True, longest=64)
UNIT_NAME = Column(
    "unit_name",
    (_("单位名称"), "单位", "部门", "科室", "所在单位"),
    read_back=False,
    longest=128,
    hint=_("没有代码时按名称查找"),
)


def number_of(number: str, staff_id: StaffId) -> str:
    """Return the number of somebody, or a stand-in that comes back unharmed."""
    return number or f"{NUMBERLESS}{staff_id}"


PEOPLE_COLUMNS = (
    NUMBER,
    Column("name", (_("姓名"), "名字", "人员姓名"), Kind.NAME, needed=True, longest=64),
    Column(
        "phone",
        (_("工作电话"), "电话", "联系电话", "手机", "手机号", "手机号码", "联系方式"),
        Kind.PHONE,
        longest=32,
    ),
    Column(
        "employment", (_("用工性质"), "用工", "人员类别"), Kind.WORD, words=Employment, hint=_("不填为专职")
    ),
    Column("weight", (_("工作量权重"), "权重"), Kind.NUMBER, hint=_("大于0，不超过1"), listed=False),
    UNIT,
    UNIT_NAME,
    Column("post", (_("岗位"), "职务"), longest=64, hint=_("不填为“工作人员”")),
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


def with_unit(reached: tuple[str, ...], now: datetime) -> Filler:  # noqa: ARG001  # units open now
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
        several, none = to_translate("单位“{name}”有多个，请填单位代码"), to_translate("没有找到单位“{name}”")
        raise Incomplete(reason=Sentence(several if found else none, name=name))
    return {**cells, "unit": found[0]}


PEOPLE = Table(
    TableName.PEOPLE,
    "users",
    PEOPLE_COLUMNS,
    ("number",),
    _ADMINISTRATORS,
    _people,
    _put_person,
    filler=with_unit,
    subjects=lambda cells: (f"staff:{cells['ref']}",) if "ref" in cells else (),
)


def staff_of(number: str) -> StaffId:
    """Return somebody by the employer's number, or by the stand-in for one. Raises NotFound."""
    if number.startswith(NUMBERLESS) and number[1:].isdigit():
        return StaffId(int(number[1:]))
    return org.staff_by_number(number)
