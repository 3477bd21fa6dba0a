"""What a catalogue says and how its texts are read. Pure."""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from huying.catalogue.states import DutyList, Kind, Level
from huying.shared.errors import Incomplete
from huying.shared.ids import CategoryId
from huying.shared.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time as clocks.policy.Limit counts it; `type` is a value of clocks.states.LimitType."""

    amount: int
    type: str


HOTLINE_LIMIT = Limit(5, "work_days")  # reply within 5 working days: Jinan 2018, Weifang 2021


@dataclass(frozen=True, slots=True)
class Filing:
    """What accepting a case freezes: its category and the limit of that moment's edition."""

    category_id: CategoryId
    condition_id: int | None
    edition_id: int
    name: str
    limit_amount: int
    limit_type: str
    urgent: bool
    self_handling: bool  # a grid worker may close it on the spot
    level: Level


@dataclass(frozen=True, slots=True)
class Duty:
    """Who leads and who must answer, with the line of the list that says so."""

    list: DutyList
    section: str
    name: str
    area_prefix: str
    lead_unit_code: str
    co_unit_codes: tuple[str, ...]
    level: Level | None
    limit: Limit | None  # None = the category's limit
    basis: str


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a path through the tree; `code` is "" when the source gives none."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ConditionRow:
    filing: str
    closing: str
    limit: Limit
    limit_text: str
    urgent: bool
    lead: str = ""
    supervisor: str = ""
    co: str = ""


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One row of a catalogue file: a path through the tree and, where stated, one filing condition."""

    line: int
    kind: Kind
    path: tuple[Node, ...]
    condition: ConditionRow | None = None
    level: Level | None = None
    self_handling: bool = False
    urgent: bool = False
    limit: Limit | None = None  # stated for the category itself


@dataclass(frozen=True, slots=True)
class DutyRow:
    line: int
    duty: Duty
    category_scheme: str
    category_code: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be taken, and why."""

    line: int
    reason: str


# Words for a unit of time → (type, how many of it). Source: GB/T 30428.8 limit types as listed in
# docs/rules/catalogue.md §3; "小时" is its 工作时 and "天" its 自然日.
UNITS: dict[str, tuple[str, int]] = {
    "紧急分钟": ("urgent_minutes", 1),
    "分钟": ("urgent_minutes", 1),
    "紧急工作小时": ("urgent_hours", 1),
    "紧急工作时": ("urgent_hours", 1),
    "紧急小时": ("urgent_hours", 1),
    "紧急工作日": ("urgent_hours", 24),
    "工作小时": ("work_hours", 1),
    "工作时": ("work_hours", 1),
    "小时": ("work_hours", 1),
    "个工作日": ("work_days", 1),
    "工作日": ("work_days", 1),
    "工作天": ("work_days", 1),
    "自然日": ("natural_days", 1),
    "天": ("natural_days", 1),
    "日": ("natural_days", 1),
    "周": ("natural_days", 7),
    "urgent_minutes": ("urgent_minutes", 1),
    "urgent_hours": ("urgent_hours", 1),
    "work_hours": ("work_hours", 1),
    "work_days": ("work_days", 1),
    "natural_days": ("natural_days", 1),
}
# A fraction is told in the next smaller unit: 8 working hours make a working day (08–12, 14–18).
SMALLER: dict[str, tuple[str, int]] = {
    "work_days": ("work_hours", 8),
    "natural_days": ("urgent_hours", 24),
    "urgent_hours": ("urgent_minutes", 60),
}
_LIMIT = re.compile(rf"(\d+(?:\.\d+)?|半)\s*({'|'.join(sorted(UNITS, key=len, reverse=True))})")


def read_limit(text: str) -> Limit:
    """Read "2紧急工作时", "0.5工作日", "3天内"; words after the unit do not count.

    Raises Incomplete when no amount with a known unit is there, or it is no whole number in any unit.
    """
    found = _LIMIT.search(unicodedata.normalize("NFKC", text))
    if not found:
        raise Incomplete(reason=Sentence("看不懂处置时限“{text}”", text=text.strip()))
    number, unit = found.groups()
    limit_type, factor = UNITS[unit]
    amount = (Fraction(1, 2) if number == "半" else Fraction(number)) * factor
    while amount.denominator != 1 and limit_type in SMALLER:
        limit_type, factor = SMALLER[limit_type]
        amount *= factor
    if amount.denominator != 1 or amount <= 0:
        raise Incomplete(reason=Sentence("处置时限“{text}”不是正整数个时间单位", text=text.strip()))
    return Limit(int(amount), limit_type)


def unit_names(text: str) -> tuple[str, ...]:
    """Return the units a text names, in its order: "环卫所、各产权单位" has two."""
    names = (name.strip() for name in re.split(r"[、,,;;\n]", text))
    return tuple(dict.fromkeys(name for name in names if name))


def in_force(effective_from: date, effective_to: date | None, on: date) -> bool:
    """Tell whether an edition holds on a day; both its first and its last day count."""
    return effective_from <= on and (effective_to is None or on <= effective_to)


def last_day_before(effective_from: date) -> date:
    """Return the last day of the edition that the one beginning on `effective_from` replaces."""
    return effective_from - timedelta(days=1)


def number(rows: Iterable[CategoryRow], known: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """Give every path of names a code.

    known: codes of the edition before; a path keeps its code for ever. A node with its own code appends
    it to the parent's; one without gets the next free three digits below its parent, in file order.
    """
    codes: dict[tuple[str, ...], str] = {}
    reserved: dict[str, int] = defaultdict(int)
    for code in known.values():
        reserved[code[:-3]] = max(reserved[code[:-3]], int(code[-3:]) if code[-3:].isdigit() else 0)
    for row in rows:
        for depth in range(1, len(row.path) + 1):
            key = path_key(row, depth)
            if key not in codes:
                prefix = codes.get(key[:-1], KIND_LETTER[row.kind])
                codes[key] = _code(row.path[depth - 1], prefix, known.get(key), reserved)
    return codes


def path_key(row: CategoryRow, depth: int) -> tuple[str, ...]:
    """Return what identifies the node at `depth` (1 = main category) inside an edition."""
    return (row.kind.value, *(node.name for node in row.path[:depth]))


KIND_LETTER = {Kind.PART: "P", Kind.EVENT: "E", Kind.HOTLINE: "H"}


def _code(node: Node, prefix: str, known: str | None, reserved: dict[str, int]) -> str:
    if node.code:
        return prefix + node.code
    if known:
        return known
    reserved[prefix] += 1
    return f"{prefix}{reserved[prefix]:03d}"


def check_rows(rows: Iterable[CategoryRow]) -> tuple[list[CategoryRow], list[Broken]]:
    """Part the rows from those that contradict an earlier one: two names for a code, a repeated condition."""
    good: list[CategoryRow] = []
    broken: list[Broken] = []
    names: dict[tuple[str, ...], tuple[str, int]] = {}
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        reason = _contradiction(row, names, seen)
        if reason:
            broken.append(Broken(row.line, reason))
        else:
            good.append(row)
    return good, broken


def _contradiction(
    row: CategoryRow, names: dict[tuple[str, ...], tuple[str, int]], seen: dict[tuple[object, ...], int]
) -> str:
    for depth, node in enumerate(row.path, start=1):
        if node.code:
            codes = ("code", row.kind.value, *(step.code or step.name for step in row.path[:depth]))
            name, line = names.setdefault(codes, (node.name, row.line))
            if name != node.name:
                return f"代码{node.code}在第{line}行是“{name}”，在此行是“{node.name}”"
            code, line = names.setdefault(("name", *path_key(row, depth)), (node.code, row.line))
            if code != node.code:
                return f"“{node.name}”在第{line}行的代码是{code}，在此行是{node.code}"
    statement = (path_key(row, len(row.path)), row.condition and row.condition.filing)
    line = seen.setdefault(statement, row.line)
    return "" if line == row.line else f"与第{line}行重复"


def child_code(parent_code: str, node: Node, taken: Container[str]) -> str:
    """Return a code for a node met in imported cases: "5.1159.602", with "~2", "~3" … when it is taken.

    A node without a code is coded by its name.
    """
    wanted = f"{parent_code}.{node.code or node.name}".lstrip(".")[:36]
    candidates = (wanted if n == 1 else f"{wanted}~{n}" for n in itertools.count(1))
    return next(code for code in candidates if code not in taken)
