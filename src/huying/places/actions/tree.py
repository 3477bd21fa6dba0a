"""The tree of areas: making, voiding, code rules."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from huying.ledger.policy import Entry
from huying.places import queries
from huying.places.actions.journal import lock, publish
from huying.places.models import Area, Boundary, CodeRule
from huying.places.policy import codes
from huying.places.states import AreaLevel
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.sentences import Sentence


@transaction.atomic
def create_area(
    code: str,
    *,
    name: str,
    level: AreaLevel,
    parent: str = "",
    aliases: Sequence[str] = (),
    area_m2: float | None = None,
    opened_on: date | None = None,
    actor: str,
    now: datetime,
) -> Area:
    """Add one area to the tree; `parent` "" makes it a root.

    Raises Incomplete when the code breaks its rule, Conflict when it is or ever was in use.
    """
    lock()
    above = parent_of(parent, Area.objects.in_bulk([parent], field_name="code"))
    if Area.objects.filter(code=code).exists():
        raise Conflict(reason=Sentence("辖区编码“{code}”已使用过，作废后也不能再用", code=code))
    check_new(code, name, level, above, queries.code_rules())
    made = Area.objects.create(
        code=code,
        name=name,
        level=level,
        parent=above,
        aliases=list(aliases),
        area_m2=area_m2,
        opened_on=opened_on,
    )
    publish([Entry(now, actor, "create_area", f"area:{code}", after=level, payload={"name": name})])
    return made


@transaction.atomic
def ensure_area(
    code: str,
    *,
    name: str,
    level: AreaLevel | None = None,
    parent: str | None = None,
    aliases: Sequence[str] = (),
    actor: str,
    now: datetime,
) -> Area:
    """Return the area with this code, made when it is missing; another name than its own becomes an alias.

    level, parent: None = what the code rule says; the parent is then the nearest code above that exists.
    Raises Conflict when the area is void.
    """
    known = Area.objects.filter(code=code).first()
    if known is None:
        lock()
        known = Area.objects.filter(code=code).first()
    if known is None:
        rule = codes.rule_for(code, queries.code_rules())
        level = level or rule.level(code)
        if level is None:
            raise Incomplete(reason=Sentence("编码“{code}”的长度不属于任何级别", code=code))
        above = codes.parent_code(code, rule, _existing_prefixes(code)) if parent is None else parent
        return create_area(code, name=name, level=level, parent=above, aliases=aliases, actor=actor, now=now)
    if known.voided_on is not None:
        raise Conflict(reason=Sentence("辖区“{code}”已作废", code=code))
    return _also_called(known, [name, *aliases], actor=actor, now=now)


@transaction.atomic
def edit_area(
    code: str, *, name: str, aliases: Sequence[str], area_m2: float | None, actor: str, now: datetime
) -> Area:
    """Give an area its name, its other names and its published size; the name before stays as an alias.

    Raises NotFound, Conflict when it is void, Incomplete without a name.
    """
    lock()
    area = queries.area(code)
    if area.voided_on is not None:
        raise Conflict(reason=f"辖区“{code}”已作废")
    if not name.strip():
        raise Incomplete(reason=f"辖区“{code}”缺少名称")
    names = [*aliases, *([area.name] if area.name != name.strip() else [])]
    wanted = {
        "name": name.strip(),
        "aliases": [alias for alias in dict.fromkeys(names) if alias != name.strip()],
        "area_m2": area_m2,
    }
    changes = {
        field: [getattr(area, field), new] for field, new in wanted.items() if getattr(area, field) != new
    }
    if changes:
        for field, (_, new) in changes.items():
            setattr(area, field, new)
        area.save(update_fields=list(changes))
        publish([Entry(now, actor, "edit_area", f"area:{code}", payload={"changes": changes})])
    return area


@transaction.atomic
def void_area(code: str, *, reason: str, on: date, actor: str, now: datetime) -> Area:
    """Take an area out of the tree from day `on`; its boundary ends then and its code is never used again.

    Raises Conflict when something still stands in it or it is void already, Incomplete without a reason.
    """
    lock()
    area = queries.area(code)
    if not reason.strip():
        raise Incomplete(reason="作废辖区必须说明原因")
    if area.voided_on is not None:
        raise Conflict(reason=Sentence("辖区“{code}”已作废", code=code))
    if _is_in_use(area):
        raise Conflict(reason=Sentence("辖区“{code}”之下还有辖区、小区或楼栋", code=code))
    area.voided_on, area.void_reason = on, reason.strip()
    area.save(update_fields=["voided_on", "void_reason"])
    Boundary.objects.filter(area=area, valid_from__gte=on).delete()
    Boundary.objects.filter(area=area, valid_to=None).update(valid_to=on)
    publish(
        [
            Entry(
                now,
                actor,
                "void_area",
                f"area:{code}",
                before=area.level,
                after="void",
                payload={"reason": reason},
            )
        ]
    )
    return area


@transaction.atomic
def set_code_rule(
    prefix: str,
    *,
    lengths: Mapping[AreaLevel, int],
    pattern: str,
    source: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Say how codes that start with `prefix` are built; the same rule again changes nothing.

    Raises Conflict when areas below `prefix` break it.
    """
    lock()
    rule = codes.CodeRule(prefix, lengths, pattern)
    codes.check_rule(rule)
    if rule in queries.code_rules():
        return
    rules = [*(other for other in queries.code_rules() if other.prefix != prefix), rule]
    for area in Area.objects.filter(code__startswith=prefix):
        if codes.rule_for(area.code, rules) is rule and rule.level(area.code) != area.level:
            raise Conflict(
                reason=Sentence(
                    "现有{level}编码“{code}”不符合新规则", level=AreaLevel(area.level).label, code=area.code
                )
            )
    plain = {level.value: length for level, length in lengths.items()}
    CodeRule.objects.update_or_create(
        prefix=prefix, defaults={"lengths": plain, "pattern": pattern, "source": source}
    )
    publish([Entry(now, actor, "set_code_rule", f"code_rule:{prefix or '*'}", payload={"lengths": plain})])


def _is_in_use(area: Area) -> bool:
    return (
        area.children.filter(voided_on=None).exists()
        or area.estates.exists()
        or area.buildings.filter(voided_on=None).exists()
    )


def parent_of(parent: str, areas: Mapping[str, Area]) -> Area | None:
    """Return the standing area `parent` names, None for "". Raises NotFound, or Conflict when it is void."""
    if not parent:
        return None
    if parent not in areas:
        raise NotFound(what="辖区", key=parent)
    if areas[parent].voided_on is not None:
        raise Conflict(reason=Sentence("上级辖区“{parent}”已作废", parent=parent))
    return areas[parent]


def check_new(
    code: str, name: str, level: AreaLevel, above: Area | None, rules: Sequence[codes.CodeRule]
) -> None:
    """Raises Incomplete when a new area has no name or breaks its code rule."""
    if not name.strip():
        raise Incomplete(reason=Sentence("辖区“{code}”缺少名称", code=code))
    parent = (above.code, AreaLevel(above.level)) if above is not None else None
    codes.check(code, level, parent, codes.rule_for(code, rules))


def _existing_prefixes(code: str) -> set[str]:
    shorter = [code[:end] for end in range(1, len(code))]
    return set(Area.objects.filter(code__in=shorter, voided_on=None).values_list("code", flat=True))


def _also_called(area: Area, names: Sequence[str], *, actor: str, now: datetime) -> Area:
    if not _new_names(area, names):
        return area
    lock()
    area.refresh_from_db(fields=["aliases"])
    if new := _new_names(area, names):
        area.aliases = [*area.aliases, *new]
        area.save(update_fields=["aliases"])
        publish([Entry(now, actor, "name_area", f"area:{area.code}", payload={"aliases": new})])
    return area


def _new_names(area: Area, names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name and name not in (area.name, *area.aliases)]
