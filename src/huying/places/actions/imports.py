"""Whole files of areas. Outlines go in all or none; plain rows one by one, broken ones reported."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from django.db import transaction
from shapely.geometry.base import BaseGeometry

from huying.places import queries
from huying.places.actions.boundaries import set_boundaries
from huying.places.actions.journal import lock, publish
from huying.places.actions.run import Run
from huying.places.actions.tree import check_new, parent_of
from huying.places.models import Area
from huying.places.policy import codes, topology
from huying.places.policy.codes import CodeRule
from huying.places.policy.rows import AreaRow, Imported, ImportRefused, Outcome
from huying.places.states import PARENTS, AreaLevel, Datum
from huying.shared.errors import Conflict, Incomplete
from huying.shared.sentences import Sentence


@transaction.atomic
def import_areas(
    rows: Sequence[AreaRow],
    *,
    datum: Datum = Datum.WGS84,
    valid_from: date,
    tolerance_m2: float = topology.TOLERANCE_M2,
    under: str = "",
    actor: str,
    now: datetime,
) -> Imported:
    """Make or rename areas, set boundaries from day `valid_from`; the same rows again change nothing.

    under: a row without a code is the area of its name directly below this one, or a new one with the next
    free code. Geometry comes in `datum` and is converted once, here. Without outlines broken rows are
    reported and the rest goes in.

    Raises ImportRefused, with nothing changed, when one outline is invalid, overlaps a neighbour or leaves
    its parent (docs/rules/places.md §4), or when rows with outlines are broken at all.
    """
    lock()
    tree = _Tree(queries.code_rules())
    rows = _coded(rows, queries.area(under), tree) if under else rows
    run = Run(actor, now, [(row.line, row.code) for row in rows])
    for row in sorted(rows, key=lambda each: len(each.code)):  # parents first
        run.attempt(row.line, partial(tree.put, row, run))
    outlined = [row for row in rows if row.geometry is not None]
    if outlined and run.errors:
        raise ImportRefused(reasons="；".join(map(str, run.errors)))
    tree.save()
    publish(run.entries)
    changed, warnings = set_boundaries(outlined, datum, valid_from, tolerance_m2, actor, now)
    for row in changed:
        run.outcomes[row.line] = "created" if run.outcomes[row.line] == "created" else "changed"
    return run.result(warnings)


def set_boundary(
    code: str,
    geometry: BaseGeometry,
    *,
    datum: Datum = Datum.WGS84,
    valid_from: date,
    tolerance_m2: float = topology.TOLERANCE_M2,
    actor: str,
    now: datetime,
) -> Imported:
    """Give one area a boundary from day `valid_from`, under the same rules as an import.

    Raises NotFound when there is no such area, ImportRefused as `import_areas` does.
    """
    area = queries.area(code)
    row = AreaRow("边界", code, area.name, AreaLevel(area.level), geometry=geometry)
    return import_areas(
        [row], datum=datum, valid_from=valid_from, tolerance_m2=tolerance_m2, actor=actor, now=now
    )


class _Tree:
    """The tree and what an import makes of it, in memory until `save`: many grids, one statement."""

    def __init__(self, rules: Sequence[CodeRule]) -> None:
        self.rules = rules
        self.areas = Area.objects.in_bulk(field_name="code")
        self.standing = {code for code, area in self.areas.items() if area.voided_on is None}
        self.made: list[Area] = []
        self.renewed: list[Area] = []

    def put(self, row: AreaRow, run: Run) -> Outcome:
        if row.code in self.areas:
            return self._renew(self.areas[row.code], row, run)
        return self._make(row, run)

    def save(self) -> None:
        Area.objects.bulk_create(self.made)
        Area.objects.bulk_update(self.renewed, ["name", "aliases", "area_m2"], batch_size=500)

    def _make(self, row: AreaRow, run: Run) -> Outcome:
        rule = codes.rule_for(row.code, self.rules)
        level = row.level or rule.level(row.code)
        if level is None:
            raise Incomplete(reason=Sentence("编码“{code}”的长度不属于任何级别", code=row.code))
        parent = codes.parent_code(row.code, rule, self.standing) if row.parent is None else row.parent
        above = parent_of(parent, self.areas)
        check_new(row.code, row.name, level, above, self.rules)
        area = Area(code=row.code, name=row.name, level=level, parent_id=parent or None, area_m2=row.area_m2)
        area.aliases = list(row.aliases)
        self.areas[row.code] = area
        self.standing.add(row.code)
        self.made.append(area)
        run.note("create_area", f"area:{row.code}", name=row.name)
        return "created"

    def _renew(self, area: Area, row: AreaRow, run: Run) -> Outcome:
        """Take over a new name (the old one stays as an alias), more aliases and the published size."""
        _check_same_place(area, row)
        before = (area.name, area.aliases, area.area_m2)
        names = [*area.aliases, *row.aliases] + ([area.name] if area.name != row.name else [])
        area.name = row.name or area.name
        area.aliases = [name for name in dict.fromkeys(names) if name != area.name]
        area.area_m2 = area.area_m2 if row.area_m2 is None else row.area_m2
        if (area.name, area.aliases, area.area_m2) == before:
            return "unchanged"
        self.renewed.append(area)
        run.note("renew_area", f"area:{area.code}", name=area.name)
        return "changed"


def _check_same_place(area: Area, row: AreaRow) -> None:
    if area.voided_on is not None:
        raise Conflict(reason=Sentence("辖区编码“{code}”已作废，不能再用", code=row.code))
    if row.level is not None and row.level != area.level:
        raise Conflict(
            reason=Sentence(
                "“{code}”是{level}，不是{level_2}",
                code=row.code,
                level=AreaLevel(area.level).label,
                level_2=row.level.label,
            )
        )
    if row.parent is not None and row.parent != (area.parent_id or ""):
        raise Conflict(
            reason=Sentence(
                "“{code}”的上级是“{parent_id}”，不是“{parent}”",
                code=row.code,
                parent_id=area.parent_id or "无",
                parent=row.parent or "无",
            )
        )


def _coded(rows: Sequence[AreaRow], above: Area, tree: _Tree) -> list[AreaRow]:
    """Give every row without a code the code of its name below `above`, or the next free one."""
    level = next((level for level in AreaLevel if AreaLevel(above.level) in PARENTS[level]), None)
    if level is None:
        raise Incomplete(reason=Sentence("{level}之下没有更细的级别", level=AreaLevel(above.level).label))
    rule = codes.rule_for(above.code, tree.rules)
    used = set(tree.areas)
    known = {
        tree.areas[code].name: code for code in tree.standing if tree.areas[code].parent_id == above.code
    }
    coded = []
    for row in rows:
        code = row.code or known.get(row.name) or codes.next_code(above.code, level, rule, used)
        used.add(code)
        coded.append(replace(row, code=code))
    return coded
