"""Units as a table."""

from datetime import datetime

from huying.administration.policy.columns import Column
from huying.administration.states import Kind, TableName
from huying.administration.tables.base import Given, Records, Table
from huying.administration.tables.places import meant
from huying.org import actions
from huying.org import queries as org
from huying.org.states import Role, UnitKind
from huying.shared.errors import Conflict
from huying.shared.sentences import to_translate as _

UNIT_COLUMNS = (
    Column("code", (_("单位代码"), "单位编码", "代码", "编码"), Kind.CODE, needed=True, longest=64),
    Column("name", (_("单位名称"), "名称", "单位"), needed=True, longest=128),
    Column("kind", (_("类型"), "单位类型", "性质"), Kind.WORD, needed=True, words=UnitKind, is_fixed=True),
    Column("area", (_("所属编码"), "辖区编码", "所属辖区编码"), Kind.CODE, longest=24),
    Column(
        "line_parent",
        (_("条线上级"), "主管单位代码", "条上级"),
        Kind.CODE,
        longest=64,
        hint=_("单位代码"),
        listed=False,
    ),
    Column(
        "local_parent",
        (_("属地上级"), "属地单位代码", "块上级"),
        Kind.CODE,
        longest=64,
        hint=_("单位代码"),
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
        raise Conflict(reason="已有单位的类型不能更改；请撤销后另设")
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
    frozenset({Role.ADMINISTRATOR}),
    _units,
    _put_unit,
    order=lambda cells: "1" if cells.get("line_parent") or cells.get("local_parent") else "0",
    subjects=lambda cells: (f"unit:{cells['code']}",),
)
