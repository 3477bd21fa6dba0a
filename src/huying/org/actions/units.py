"""Units, their parents and their posts."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from huying.org.actions.door import refusing, written
from huying.org.models import BranchBuilding, Post, Unit
from huying.org.policy import PATTERNS, Actor
from huying.org.policy.access import require
from huying.org.policy.units import check_branch, check_line_parent
from huying.org.queries import ground
from huying.org.queries.units import unit_by_code
from huying.org.states import UnitKind, Verb
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.sentences import Sentence


@transaction.atomic
def create_unit(
    *,
    code: str,
    name: str,
    kind: UnitKind,
    now: datetime,
    actor: Actor,
    area_code: str = "",
    line_parent: str = "",
    local_parent: str = "",
) -> Unit:
    """Found a unit; parents by code.

    Raises NotFound for an unknown area or parent, Incomplete for a line parent of the wrong kind, Conflict
    for a code in use.
    """
    require(actor, Verb.CREATE_UNIT, area_code=area_code)
    line = unit_by_code(line_parent) if line_parent else None
    local = unit_by_code(local_parent) if local_parent else None
    check_line_parent(kind, UnitKind(line.kind) if line else None)
    with refusing(f"单位代码“{code}”已被使用，或名称为空"):
        unit = Unit.objects.create(
            code=code,
            name=name,
            kind=kind,
            line_parent=line,
            local_parent=local,
            area_id=ground.area_id(area_code),
            created_at=now,
        )
    written(Verb.CREATE_UNIT, f"unit:{code}", actor=actor, now=now, name=name, kind=kind, area=area_code)
    return unit


def ensure_unit(*, code: str, name: str, kind: UnitKind, area_code: str, now: datetime, actor: Actor) -> Unit:
    """Return the unit with this code, founded if there is none. An existing one is left as it is."""
    if found := Unit.objects.filter(code=code).first():
        return found
    try:
        return create_unit(code=code, name=name, kind=kind, area_code=area_code, now=now, actor=actor)
    except Conflict:  # another import was quicker
        return unit_by_code(code)


@transaction.atomic
def edit_unit(code: str, *, name: str, area_code: str, now: datetime, actor: Actor) -> Unit:
    """Give a unit its name and its area ("" = none); the same again changes nothing.

    Raises NotPermitted unless both areas are the actor's, Incomplete without a name, Conflict when closed.
    """
    unit = _locked(code)
    before = unit.area.code if unit.area else ""
    for reach in sorted({before, area_code}):
        require(actor, Verb.EDIT_UNIT, area_code=reach)
    if unit.closed_at:
        raise Conflict(reason=f"{unit.name}已撤销")
    if not name.strip():
        raise Incomplete(reason="单位名称不能为空")
    wanted = {"name": (unit.name, name.strip()), "area": (before, area_code)}
    changes = {field: list(pair) for field, pair in wanted.items() if pair[0] != pair[1]}
    if changes:
        unit.name, unit.area_id = name.strip(), ground.area_id(area_code)
        unit.save(update_fields=["name", "area"])
        written(Verb.EDIT_UNIT, f"unit:{code}", actor=actor, now=now, changes=changes)
    return unit


@transaction.atomic
def move_unit(code: str, *, line_parent: str, local_parent: str, now: datetime, actor: Actor) -> Unit:
    """Give a unit its parents, by code; "" = none.

    Raises Conflict when the unit would be its own ancestor by any way.
    """
    unit = _locked(code)
    require(actor, Verb.MOVE_UNIT, area_code=unit.area.code if unit.area else "")
    line = unit_by_code(line_parent) if line_parent else None
    check_line_parent(UnitKind(unit.kind), UnitKind(line.kind) if line else None)
    before = _parents(unit)
    unit.line_parent = line
    unit.local_parent = unit_by_code(local_parent) if local_parent else None
    with refusing("上级单位不能是本单位或其下级"):
        unit.save(update_fields=["line_parent", "local_parent"])
    written(Verb.MOVE_UNIT, f"unit:{code}", actor=actor, now=now, before=before, after=_parents(unit))
    return unit


def _parents(unit: Unit) -> list[str]:
    return [parent.code if parent else "" for parent in (unit.line_parent, unit.local_parent)]


@transaction.atomic
def close_unit(code: str, *, now: datetime, actor: Actor) -> Unit:
    """Close a unit; its code stays taken. Raises Conflict while units below it are open."""
    unit = _locked(code)
    require(actor, Verb.CLOSE_UNIT, area_code=unit.area.code if unit.area else "")
    if unit.closed_at:
        raise Conflict(reason=Sentence("{unit}已撤销", unit=unit.name))
    below = unit.line_children.filter(closed_at=None) | unit.local_children.filter(closed_at=None)
    if below.exists():
        raise Conflict(reason=Sentence("{unit}还有未撤销的下级单位", unit=unit.name))
    unit.closed_at = now
    unit.save(update_fields=["closed_at"])
    written(Verb.CLOSE_UNIT, f"unit:{code}", actor=actor, now=now)
    return unit


def _locked(code: str) -> Unit:
    unit = (
        Unit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(code=code)
        .first()
    )
    if unit is None:
        raise NotFound(what="单位", key=code)
    return unit


@transaction.atomic
def link_branch(code: str, building_codes: Collection[str], *, now: datetime, actor: Actor) -> None:
    """Say which buildings a stairwell party branch covers; the list replaces the one before (A09).

    Raises Incomplete when the unit is no party branch, NotFound for an unknown building.
    """
    unit = _locked(code)
    require(actor, Verb.LINK_BRANCH, area_code=unit.area.code if unit.area else "")
    check_branch(UnitKind(unit.kind))
    ids = [ground.building(building)[0] for building in sorted(set(building_codes))]
    unit.branch_buildings.exclude(building__in=ids).delete()
    rows = [BranchBuilding(branch=unit, building_id=pk) for pk in ids]
    BranchBuilding.objects.bulk_create(rows, ignore_conflicts=True)
    written(Verb.LINK_BRANCH, f"unit:{code}", actor=actor, now=now, buildings=sorted(set(building_codes)))


@transaction.atomic
def create_post(unit_code: str, name: str, *, now: datetime, actor: Actor, is_head: bool = False) -> Post:
    """Set up a post; is_head: who fills it leads the unit. Raises Conflict for a name used in that unit."""
    unit = unit_by_code(unit_code)
    require(actor, Verb.CREATE_POST, area_code=unit.area.code if unit.area else "")
    with refusing(f"{unit.name}已有岗位“{name}”"):
        post = Post.objects.create(unit=unit, name=name, is_head=is_head)
    written(Verb.CREATE_POST, f"unit:{unit_code}", actor=actor, now=now, post=name, is_head=is_head)
    return post


@transaction.atomic
def found_pattern(pattern_code: str, area_code: str, *, now: datetime, actor: Actor) -> list[Unit]:
    """Found the units a governance pattern names, under codes made from the area's; keep those there (A28).

    Raises NotFound for no such pattern.
    """
    pattern = PATTERNS.get(pattern_code)
    if pattern is None:
        raise NotFound(what="治理模式", key=pattern_code)
    wanted = [
        (name, min(part.kinds), number) for part in pattern.parts for number, name in enumerate(part.names, 1)
    ]
    return [
        ensure_unit(
            code=f"{area_code}-{kind}-{number}",
            name=name,
            kind=kind,
            area_code=area_code,
            now=now,
            actor=actor,
        )
        for name, kind, number in wanted
    ]
