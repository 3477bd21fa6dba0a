"""Whole files of places. Outlines go in all or none; plain rows one by one, broken ones reported."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Literal

from django.db import transaction
from shapely.geometry.base import BaseGeometry

from huying.ledger.policy import Entry
from huying.places import queries
from huying.places.actions import stock
from huying.places.actions.boundaries import set_boundaries
from huying.places.actions.journal import lock, publish
from huying.places.actions.tree import create_area
from huying.places.models import Area, Building, Entrance, Estate
from huying.places.policy import codes, coordinates, topology
from huying.places.policy.codes import CodeRule
from huying.places.policy.rows import AreaRow, BuildingRow, EstateRow, Imported, ImportRefused, RowError
from huying.places.states import AreaLevel, Datum
from huying.shared.errors import Conflict, Incomplete, NotFound, Refused

Outcome = Literal["created", "changed", "unchanged"]


@transaction.atomic
def import_areas(
    rows: Sequence[AreaRow],
    *,
    datum: Datum = Datum.WGS84,
    valid_from: date,
    tolerance_m2: float = topology.TOLERANCE_M2,
    actor: str,
    now: datetime,
) -> Imported:
    """Make or rename areas, set boundaries from day `valid_from`; the same rows again change nothing.

    Geometry comes in `datum` and is converted once, here. Without outlines broken rows are reported and
    the rest goes in. Raises ImportRefused, with nothing changed, when one outline is invalid, overlaps a
    neighbour or leaves its parent (docs/rules/places.md §4), or when rows with outlines are broken at all.
    """
    lock()
    run = _Run(actor, now, [(row.line, row.code) for row in rows])
    rules = queries.code_rules()
    for row in sorted(rows, key=lambda each: len(each.code)):  # parents first
        run.attempt(row.line, partial(_put_area, row, rules, run))
    outlined = [row for row in rows if row.geometry is not None]
    if outlined and run.errors:
        raise ImportRefused(reasons=";".join(map(str, run.errors)))
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


@transaction.atomic
def import_estates(
    rows: Sequence[EstateRow], *, datum: Datum = Datum.WGS84, actor: str, now: datetime
) -> Imported:
    """Make or renew estates; broken rows are reported, the rest goes in."""
    run = _Run(actor, now, [(row.line, f"{row.area_code} {row.name}") for row in rows])
    for row in rows:
        run.attempt(row.line, partial(_put_estate, row, datum, run))
    return run.result()


@transaction.atomic
def import_buildings(
    rows: Sequence[BuildingRow], *, datum: Datum = Datum.WGS84, actor: str, now: datetime
) -> Imported:
    """Make or renew buildings; broken rows are reported, the rest goes in."""
    run = _Run(actor, now, [(row.line, row.code) for row in rows])
    for row in rows:
        run.attempt(row.line, partial(_put_building, row, datum, run))
    return run.result()


class _Run:
    """What happened to every line of one import; `keys` are its lines with what must be unique in each."""

    def __init__(self, actor: str, now: datetime, keys: Sequence[tuple[str, str]]) -> None:
        self.actor = actor
        self.now = now
        self.lines = [line for line, _ in keys]
        self.reasons = _repeated(keys)
        self.outcomes: dict[str, Outcome] = {}

    def attempt(self, line: str, put: Callable[[], Outcome]) -> None:
        """Put one line in; a refusal undoes this line only and is noted."""
        if line in self.reasons:
            return
        try:
            with transaction.atomic():
                self.outcomes[line] = put()
        except Refused as refused:
            self.reasons[line] = str(refused)

    @property
    def errors(self) -> list[RowError]:
        return [RowError(line, self.reasons[line]) for line in self.lines if line in self.reasons]

    def result(self, warnings: Sequence[str] = ()) -> Imported:
        counts = Counter(self.outcomes.values())
        return Imported(
            counts["created"], counts["changed"], counts["unchanged"], tuple(warnings), tuple(self.errors)
        )


def _repeated(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the lines whose key an earlier line has, and why they are refused."""
    first: dict[str, str] = {}
    return {line: f"与{first[key]}重复({key})" for line, key in keys if first.setdefault(key, line) != line}


def _put_area(row: AreaRow, rules: Sequence[CodeRule], run: _Run) -> Outcome:
    area = Area.objects.filter(code=row.code).first()
    if area is not None:
        return _renew_area(area, row, run)
    rule = codes.rule_for(row.code, rules)
    level = row.level or rule.level(row.code)
    if level is None:
        raise Incomplete(reason=f"编码“{row.code}”的长度不属于任何级别")
    create_area(
        row.code,
        name=row.name,
        level=level,
        parent=_parent_code(row, rule),
        aliases=row.aliases,
        area_m2=row.area_m2,
        actor=run.actor,
        now=run.now,
    )
    return "created"


def _parent_code(row: AreaRow, rule: CodeRule) -> str:
    if row.parent is not None:
        return row.parent
    shorter = [row.code[:end] for end in range(1, len(row.code))]
    standing = Area.objects.filter(code__in=shorter, voided_on=None).values_list("code", flat=True)
    return codes.parent_code(row.code, rule, set(standing))


def _renew_area(area: Area, row: AreaRow, run: _Run) -> Outcome:
    """Take over a new name (the old one stays as an alias), more aliases and the published size."""
    if area.voided_on is not None:
        raise Conflict(reason=f"辖区编码“{row.code}”已作废,不能再用")
    _check_same_place(area, row)
    before = (area.name, list(area.aliases), area.area_m2)
    names = [*area.aliases, *row.aliases] + ([area.name] if area.name != row.name else [])
    area.name = row.name or area.name
    area.aliases = [name for name in dict.fromkeys(names) if name != area.name]
    area.area_m2 = area.area_m2 if row.area_m2 is None else row.area_m2
    if (area.name, area.aliases, area.area_m2) == before:
        return "unchanged"
    area.save(update_fields=["name", "aliases", "area_m2"])
    publish([Entry(run.now, run.actor, "renew_area", f"area:{area.code}", payload={"name": area.name})])
    return "changed"


def _check_same_place(area: Area, row: AreaRow) -> None:
    if row.level is not None and row.level != area.level:
        raise Conflict(reason=f"“{row.code}”是{AreaLevel(area.level).label},不是{row.level.label}")
    if row.parent is not None and row.parent != (area.parent_id or ""):
        raise Conflict(reason=f"“{row.code}”的上级是“{area.parent_id or '无'}”,不是“{row.parent or '无'}”")


def _put_estate(row: EstateRow, datum: Datum, run: _Run) -> Outcome:
    before = Estate.objects.filter(area__code=row.area_code, name=row.name).values().first()
    estate = stock.add_estate(
        row.area_code,
        name=row.name,
        scene=row.scene,
        estate_class=row.estate_class,
        aliases=row.aliases,
        point=_wgs84(row.point, datum),
        actor=run.actor,
        now=run.now,
    )
    return _outcome(before, Estate.objects.filter(pk=estate.pk).values().get())


def _put_building(row: BuildingRow, datum: Datum, run: _Run) -> Outcome:
    before = _building_facts(row.code)
    stock.add_building(
        row.code,
        name=row.name,
        area_code=row.area_code,
        estate=_estate(row) if row.estate else None,
        address=row.address,
        point=_wgs84(row.point, datum),
        floors=row.floors,
        entrances=row.entrances,
        actor=run.actor,
        now=run.now,
    )
    return _outcome(before, _building_facts(row.code))


def _building_facts(code: str) -> dict[str, object] | None:
    facts = Building.objects.filter(code=code).values().first()
    names = Entrance.objects.filter(building__code=code).order_by("name").values_list("name", flat=True)
    return None if facts is None else {**facts, "entrances": list(names)}


def _outcome(before: object, after: object) -> Outcome:
    if before is None:
        return "created"
    return "unchanged" if before == after else "changed"


def _estate(row: BuildingRow) -> Estate:
    """Return the estate of this name in the building's area or the nearest area above it."""
    above = [row.area_code[:end] for end in range(1, len(row.area_code) + 1)]
    found = Estate.objects.filter(area__code__in=above, name=row.estate).order_by("-area__code").first()
    if found is None:
        raise NotFound(what="小区", key=row.estate)
    return found


def _wgs84(point: tuple[float, float] | None, datum: Datum) -> tuple[float, float] | None:
    return None if point is None else coordinates.convert(queries.checked(point), datum)
