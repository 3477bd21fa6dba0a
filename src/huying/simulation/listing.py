"""The catalogue of the generated street: what may be reported, how long it takes, who leads. Pure."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from huying.catalogue.actions import Draft
from huying.catalogue.policy import CategoryRow, ConditionRow, Duty, DutyRow, Node, read_limit
from huying.catalogue.states import DutyList, Kind, Level
from huying.simulation.organisation import unit_code

SCHEME = "demo"
COMMUNITY = "community"  # led by the community of the place: no line of the duty list names it


@dataclass(frozen=True, slots=True)
class Leaf:
    """One category as the simulated people know it."""

    code: str
    main: str
    name: str
    limit: str
    lead: str  # key of a unit, or COMMUNITY
    kind: Kind
    self_handling: bool
    urgent: bool
    joint: str  # key of a unit that is called as well; "" = none
    weight: float  # how frequent

    @property
    def is_due_soon(self) -> bool:
        """Tell whether the limit counts in hours."""
        return self.limit.endswith("时")


@cache
def leaves() -> tuple[Leaf, ...]:
    """Return every category in the order of the file."""
    said = tomllib.loads(files("huying.simulation").joinpath("catalogue.toml").read_text("utf-8"))
    return tuple(leaf for main in said["main"] for leaf in _leaves(main))


def _leaves(main: dict[str, object]) -> Iterator[Leaf]:
    kind, code, name = Kind(str(main["kind"])), str(main["code"]), str(main["name"])
    letter = {Kind.PART: "P", Kind.EVENT: "E", Kind.HOTLINE: "H"}[kind]
    rows = main["leaves"]
    if not isinstance(rows, list):
        raise TypeError(f"leaves of {name} are no list")
    for number, row in enumerate(rows, start=1):
        leaf, limit, lead, said = (part.strip() for part in row.split("|"))
        marks = said.split()
        yield Leaf(
            code=f"{letter}{code}{number:02d}",
            main=name,
            name=leaf,
            limit=limit,
            lead=lead,
            kind=kind,
            self_handling="self" in marks,
            urgent="urgent" in marks,
            joint=next((mark[6:] for mark in marks if mark.startswith("joint:")), ""),
            weight=next((float(mark[1:]) for mark in marks if mark[1:].isdigit()), 1.0),
        )


def edition() -> tuple[Draft, list[CategoryRow | DutyRow]]:
    """Return the edition to import: categories with one condition each, and the duty list."""
    said = tomllib.loads(files("huying.simulation").joinpath("catalogue.toml").read_text("utf-8"))
    draft = Draft(SCHEME, said["name"], said["effective_from"], source="huying.simulation/catalogue.toml")
    rows: list[CategoryRow | DutyRow] = []
    for line, leaf in enumerate(leaves(), start=1):
        rows.append(_category(line, leaf))
        if leaf.lead != COMMUNITY:
            rows.append(_duty(line, leaf))
    return draft, rows


def _category(line: int, leaf: Leaf) -> CategoryRow:
    condition = ConditionRow(
        filing=f"发现{leaf.name}",
        closing=f"{leaf.name}已处置，现场恢复",
        limit=read_limit(leaf.limit),
        limit_text=leaf.limit,
        urgent=leaf.urgent,
    )
    level = Level.COMMUNITY if leaf.lead == COMMUNITY else Level.STREET
    return CategoryRow(
        line,
        leaf.kind,
        (Node(leaf.main, leaf.code[1:3]), Node(leaf.name, leaf.code[3:])),
        condition,
        level=Level.GRID if leaf.self_handling else level,
        self_handling=leaf.self_handling,
        urgent=leaf.urgent,
    )


def _duty(line: int, leaf: Leaf) -> DutyRow:
    duty = Duty(
        list=DutyList.DUTY,
        section=f"§{int(leaf.code[1:3])}.{int(leaf.code[3:])}",
        name=f"{leaf.main}：{leaf.name}",
        area_prefix="",
        lead_unit_code=unit_code(leaf.lead),
        co_unit_codes=(unit_code(leaf.joint),) if leaf.joint not in ("", COMMUNITY) else (),
        level=None,
        limit=None,
        basis="示范",
    )
    return DutyRow(line, duty, SCHEME, leaf.code)
