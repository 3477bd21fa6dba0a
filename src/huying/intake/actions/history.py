"""Taking over the cases of another system."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from huying.cases.actions import import_history
from huying.cases.policy.reports import HistoryRecord
from huying.catalogue.actions import ensure_categories
from huying.catalogue.policy import Node
from huying.clocks.policy import SHANGHAI
from huying.intake.actions.accounting import tally
from huying.intake.actions.rejecting import reject
from huying.intake.policy import Broken, Profile, Row, Step
from huying.intake.states import Outcome
from huying.org import queries as org
from huying.org.actions import ensure_unit
from huying.org.policy import Actor
from huying.org.states import UnitKind
from huying.places import queries as places
from huying.places.actions import ensure_area
from huying.places.policy import codes
from huying.shared.errors import Incomplete, KeyReused, Refused
from huying.shared.ids import CategoryId, UnitId


@dataclass(slots=True)
class Known:
    """What one import has found or made so far; saves the lookup for each row."""

    areas: dict[tuple[Step, ...], str] = field(default_factory=dict)
    units: dict[str, UnitId] = field(default_factory=dict)
    categories: dict[tuple[Node, ...], CategoryId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    created: int
    unchanged: int
    broken: tuple[Broken, ...]


@transaction.atomic
def import_rows(
    batch: Sequence[tuple[int, Row]],
    profile: Profile,
    known: Known,
    *,
    actor: Actor,
    now: datetime,
    unreadable: Sequence[Broken] = (),
) -> Imported:
    """Store a batch of (line, row) with the areas, units and categories they name, all in one transaction.

    unreadable: lines between them that are no row; they are counted and recorded with those refused here.

    A row that a rule refuses, or whose key came before with another content, is returned as broken; the
    others go in. The same rows again change nothing. Lock: one import of a source at a time.
    """
    _wait_for_others(profile.source)
    _know_categories({row.category for _, row in batch}, profile, known, actor=actor, now=now)
    broken: list[Broken] = []
    ready: list[HistoryRecord] = []
    lines: dict[str, int] = {}
    for line, row in batch:
        try:
            ready.append(_record(row, profile, known, actor=actor, now=now))
            lines[row.key] = line
        except Refused as refused:
            broken.append(Broken(line, str(refused)))
    count = import_history(ready, actor=actor, now=now)
    conflicting = [
        Broken(lines[key], f"编号“{key}”已有内容不同的记录，未作改动") for key in count.conflicting
    ]
    _account(
        profile.source,
        {
            (Outcome.RECEIVED, ""): len(batch) + len(unreadable),
            (Outcome.IMPORTED, ""): count.created,
            (Outcome.DUPLICATE, ""): count.unchanged,
            (Outcome.REJECTED, Incomplete.__name__): len(broken) + len(unreadable),
            (Outcome.REJECTED, KeyReused.__name__): len(conflicting),
        },
        now,
    )
    for each in (*unreadable, *broken, *conflicting):
        _keep(profile.source, each, now)
    return Imported(count.created, count.unchanged, (*broken, *conflicting))


def _account(source: str, counts: Mapping[tuple[Outcome, str], int], now: datetime) -> None:
    day = now.astimezone(SHANGHAI).date().isoformat()
    tally({(day, source, outcome.value, reason): number for (outcome, reason), number in counts.items()})


def _keep(source: str, broken: Broken, now: datetime) -> None:
    reject(source, way="import cases", reason="Incomplete", sentence=broken.reason, line=broken.line, now=now)


def _know_categories(
    paths: set[tuple[Node, ...]], profile: Profile, known: Known, *, actor: Actor, now: datetime
) -> None:
    fresh = sorted(
        paths - known.categories.keys(), key=lambda path: [(node.code, node.name) for node in path]
    )
    if fresh:
        known.categories |= ensure_categories(
            scheme=profile.scheme, paths=fresh, kind=profile.kind, actor=actor, now=now
        )


def _wait_for_others(source: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake'), hashtext(%s))", [source])


def _record(row: Row, profile: Profile, known: Known, *, actor: Actor, now: datetime) -> HistoryRecord:
    lng, lat = row.point or (None, None)
    return HistoryRecord(
        source=profile.source,
        key=row.key,
        fingerprint=row.fingerprint,
        text=row.text,
        area_code=_area(row.areas, profile, known, actor=actor, now=now),
        reported_at=row.reported_at,
        state=row.state,
        category_id=known.categories[row.category],
        unit_id=_unit(row, profile, known, actor=actor, now=now),
        due_at=row.due_at,
        closed_at=row.closed_at,
        in_time=row.in_time,
        lng=lng,
        lat=lat,
        channel=row.channel,
    )


def _area(steps: tuple[Step, ...], profile: Profile, known: Known, *, actor: Actor, now: datetime) -> str:
    """Return the code of the area at the end of the steps, made where missing."""
    if steps not in known.areas:
        if steps:
            parent = _area(steps[:-1], profile, known, actor=actor, now=now)
            code = _code(parent, steps[-1])
            ensure_area(
                code, name=steps[-1].name, level=steps[-1].level, parent=parent, actor=actor.key, now=now
            )
        else:
            code = _root(profile, actor=actor, now=now)
        known.areas[steps] = code
    return known.areas[steps]


def _root(profile: Profile, *, actor: Actor, now: datetime) -> str:
    parent = ""
    for rule in profile.areas:
        if rule.code:
            ensure_area(rule.code, name=rule.name, level=rule.level, parent=parent, actor=actor.key, now=now)
            parent = rule.code
    return parent


def _code(parent: str, step: Step) -> str:
    """Return the code the file gives, else that of the area of this name, else the next free one."""
    if step.code:
        return parent + step.code
    beside = dict(places.areas(level=step.level, parent=parent).values_list("name", "code"))
    rule = codes.rule_for(parent, places.code_rules())
    return beside.get(step.name) or codes.next_code(parent, step.level, rule, set(beside.values()))


def _unit(row: Row, profile: Profile, known: Known, *, actor: Actor, now: datetime) -> UnitId | None:
    """Return the unit of the row: the street's own that alone bears the name, else one of the import's."""
    if not row.unit:
        return None
    code = _unit_code(profile.source, row)
    if code not in known.units:
        own = [
            each
            for each in org.units().filter(name=row.unit)
            if not each.code.startswith(f"{profile.source}-")
        ]
        unit = own[0] if len(own) == 1 else None
        unit = unit or ensure_unit(
            code=code,
            name=row.unit,
            kind=_unit_kind(row.unit, profile),
            area_code=profile.root.code,
            now=now,
            actor=actor,
        )
        known.units[code] = UnitId(unit.pk)
    return known.units[code]


def _unit_code(source: str, row: Row) -> str:
    """Return a code the same unit always gets, in whatever order the rows come: by number, else by name."""
    return f"{source}-{row.unit_number or hashlib.sha256(row.unit.encode()).hexdigest()[:12]}"


def _unit_kind(name: str, profile: Profile) -> UnitKind:
    return next((kind for part, kind in profile.unit_kinds.items() if part in name), profile.unit_kind)
