"""A square street for measurements: 170 grids under 35 communities, one catalogue, one token, two people."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from shapely.geometry import box

from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import Role, UnitKind
from huying.places import actions as places
from huying.places.policy.rows import AreaRow
from huying.shared.ids import CategoryId, UnitId

DISTRICT = "330109"
STREET = f"{DISTRICT}001"
WEST, SOUTH, SIDE = 120.25, 30.14, 0.003  # degrees; a grid is about 290 m × 330 m
COLUMNS, ROWS, GRIDS = 17, 10, 170
COMMUNITIES = 35
COMMANDER, OVERSEER, WORKER = "bench-street", "bench-district", "bench-unit"  # names they sign in by
SQUAD = "bench-squad"


@dataclass(frozen=True, slots=True)
class Division:
    """How many streets a district has, communities a street, grids a community."""

    streets: int
    communities: int
    grids: int


PLACES = Division(streets=25, communities=35, grids=10)  # where the cases of the past lie


@dataclass(frozen=True, slots=True)
class Ground:
    category_id: CategoryId
    token: str  # of a connector


@dataclass(frozen=True, slots=True)
class People:
    """Who handles cases: COMMANDER of the street, OVERSEER of the district and WORKER of the unit."""

    unit_id: UnitId
    password: str


def lay(now: datetime) -> Ground:
    """Found the street in an empty database."""
    places.import_areas(_areas(), valid_from=now.date(), actor=SYSTEM.key, now=now)
    lamp = catalogue.ensure_category(
        scheme="bench", path=[Node("公用设施"), Node("路灯")], kind=Kind.PART, actor=SYSTEM, now=now
    )
    _, secret = org.issue_token("12345热线", "12345", now=now, actor=SYSTEM, role=Role.CONNECTOR)
    return Ground(lamp, secret)


def staff(now: datetime) -> People:
    """Give the street a command centre and a squad, one person each."""
    password = f"Aa1-{secrets.token_urlsafe(12)}"
    squad = org.ensure_unit(
        code=SQUAD, name="路灯维修队", kind=UnitKind.EXTERNAL, area_code=STREET, now=now, actor=SYSTEM
    )
    centre, unit = Role.COMMANDER, Role.UNIT_WORKER
    posts = [
        ("陈值班", COMMANDER, centre, STREET),
        ("孙值班", OVERSEER, centre, DISTRICT),
        ("赵师傅", WORKER, unit, ""),
    ]
    for name, username, role, area in posts:
        of = SQUAD if role is unit else ""
        org.enrol(
            name=name, username=username, password=password, role=role, area_code=area, unit_code=of,
            now=now, actor=SYSTEM,
        )  # fmt: skip
    return People(UnitId(squad.pk), password)


def point(number: int) -> tuple[float, float]:
    """Return a point (lng, lat) of the street; neighbours in number are far apart on the ground."""
    column, row = number * 7 % COLUMNS, number * 3 % ROWS
    inside = (number * 37 % 100 + 0.5) / 100
    return WEST + (column + inside) * SIDE, SOUTH + (row + inside) * SIDE


def _areas() -> list[AreaRow]:
    above = [
        AreaRow("0", "3301", "杭州市"),
        AreaRow("0", DISTRICT, "萧山区"),
        AreaRow("0", STREET, "城厢街道"),
        *(AreaRow("0", f"{STREET}{each:03}", f"第{each}社区") for each in range(1, COMMUNITIES + 1)),
    ]
    cells = list(product(range(COLUMNS), range(ROWS)))
    return above + [_grid(number, *cell) for number, cell in enumerate(cells)]


def _grid(number: int, column: int, row: int) -> AreaRow:
    community, serial = number % COMMUNITIES + 1, number // COMMUNITIES + 1
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    outline = box(west, south, west + SIDE, south + SIDE)
    code = f"{STREET}{community:03}{serial:03}"
    return AreaRow("0", code, f"第{community}社区第{serial}网格", geometry=outline)
