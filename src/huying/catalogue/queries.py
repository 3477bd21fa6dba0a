"""Reading the catalogues."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import Q, QuerySet

from huying.catalogue.models import Category, Condition, ConditionUnit, DutyItem, Edition
from huying.catalogue.policy import Duty, Filing, Limit
from huying.catalogue.states import IN_FORCE, DutyList, Level, Part
from huying.shared.errors import NotFound
from huying.shared.ids import CategoryId, UnitId

_IN_FORCE = [state.value for state in IN_FORCE]


def editions(on: date, scheme: str = "") -> QuerySet[Edition]:
    """Return the editions in force on a day, of one scheme or of all."""
    held = Edition.objects.filter(Q(effective_to=None) | Q(effective_to__gte=on), state__in=_IN_FORCE)
    held = held.filter(effective_from__lte=on).order_by("scheme")
    return held.filter(scheme=scheme) if scheme else held


def category(code: str, *, scheme: str, on: date) -> Category:
    """Return a category by its code in the edition in force on that day. Raises NotFound."""
    found = Category.objects.filter(edition__in=editions(on, scheme), code=code).first()
    if found is None:
        raise NotFound(what="类别", key=code)
    return found


def category_by_id(category_id: CategoryId) -> Category:
    found = Category.objects.select_related("edition").filter(pk=category_id).first()
    if found is None:
        raise NotFound(what="类别", key=category_id)
    return found


@lru_cache(maxsize=10_000)
def check_category(category_id: CategoryId) -> None:
    """Raise NotFound unless there is such a category. Remembered: none is ever deleted."""
    category_by_id(category_id)


def path(category: Category) -> list[Category]:
    """Return the main category, the ones between, the category itself."""
    steps = [category]
    while steps[0].parent is not None:
        steps.insert(0, steps[0].parent)
    return steps


@lru_cache(maxsize=65_536)
def path_names(category_id: CategoryId) -> tuple[str, ...]:
    """Return the names from the main category down. Remembered: a category never changes. Raises NotFound."""
    return tuple(step.name for step in path(category_by_id(category_id)))


def choices(on: date, *, most: int = 120) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return what somebody may choose from: main categories, each with (id, name) of what is below it.

    most: with more than so many leaves each main category stands for itself.
    """
    rows = list(Category.objects.filter(edition__in=editions(on)).order_by("edition", "position"))
    parents = {each.parent_id for each in rows}
    leaves = [each for each in rows if each.pk not in parents]
    mains = {each.pk: each for each in rows if each.root_id is None}
    if len(leaves) > most:
        return [(each.name, [(each.pk, each.name)]) for each in mains.values()]
    below: dict[int, list[tuple[int, str]]] = {pk: [] for pk in mains}
    for each in leaves:
        below[each.root_id or each.pk].append((each.pk, each.name))
    return [(mains[pk].name, found) for pk, found in below.items() if found]


def solvable(on: date) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return what a grid worker may solve on the spot, as `choices`; main ones without any left out."""
    may = [
        (main, [(pk, name) for pk, name in leaves if filing(CategoryId(pk)).self_handling])
        for main, leaves in choices(on)
    ]
    return [(main, leaves) for main, leaves in may if leaves]


def conditions(category_id: CategoryId) -> QuerySet[Condition]:
    return Condition.objects.filter(category=category_id).order_by("number")


@lru_cache(maxsize=65_536)
def filing(category_id: CategoryId, condition_id: int | None = None) -> Filing:
    """Return what accepting a case under this category freezes.

    Without a condition the category's own limit holds, else its first condition (the gravest comes first),
    else the nearest limit above it, else the edition's default. Raises NotFound for an unknown category,
    one of a draft, or a condition of another category. Kept in process: what is in force never changes.
    """
    steps = path(category_by_id(category_id))
    deepest = steps[-1]
    if not deepest.edition.in_force:
        raise NotFound(what="类别", key=category_id)
    condition = _condition(deepest, condition_id)
    limit = _limit(steps, condition)
    return Filing(
        category_id=category_id,
        condition_id=condition.pk if condition else None,
        edition_id=deepest.edition_id,
        name=deepest.name,
        limit_amount=limit.amount,
        limit_type=limit.type,
        urgent=deepest.urgent or (condition is not None and condition.urgent),
        self_handling=any(step.self_handling for step in steps),
        level=next((Level(step.level) for step in reversed(steps) if step.level), Level.STREET),
    )


def _condition(category: Category, condition_id: int | None) -> Condition | None:
    found = conditions(CategoryId(category.pk))
    if condition_id is None:
        return None if category.limit_amount else found.first()
    condition = found.filter(pk=condition_id).first()
    if condition is None:
        raise NotFound(what="立案条件", key=condition_id)
    return condition


def _limit(steps: Sequence[Category], condition: Condition | None) -> Limit:
    if condition:
        return Limit(condition.limit_amount, condition.limit_type)
    stated = (Limit(step.limit_amount, step.limit_type) for step in reversed(steps) if step.limit_amount)
    edition = steps[-1].edition
    return next(stated, Limit(edition.default_limit_amount, edition.default_limit_type))


def condition_units(condition_id: int) -> tuple[tuple[Part, UnitId], ...]:
    """Return the units known to be meant by a condition's texts, those that handle first."""
    rows = ConditionUnit.objects.filter(condition=condition_id).order_by("id").values_list("part", "unit_id")
    found = [(Part(part), UnitId(unit_id)) for part, unit_id in rows]
    return tuple(sorted(found, key=lambda row: list(Part).index(row[0])))


def duty_items(category_id: CategoryId, on: date) -> tuple[Duty, ...]:
    """Return the lines of the duty lists in force that name this category or one above it, of every area.

    The most specific comes first: the smallest area, then the deepest category.
    """
    steps = path(category_by_id(category_id))
    depth = {step.code: step.depth for step in steps}
    items = DutyItem.objects.filter(
        edition__in=editions(on), category_scheme=steps[0].edition.scheme, category_code__in=depth
    )
    found = sorted(items, key=lambda item: (-len(item.area_prefix), -depth[item.category_code], item.section))
    return tuple(map(_duty, found))


def _duty(item: DutyItem) -> Duty:
    return Duty(
        list=DutyList(item.kind),
        section=item.section,
        name=item.name,
        area_prefix=item.area_prefix,
        lead_unit_code=item.lead_unit_code,
        co_unit_codes=tuple(item.co_unit_codes),
        level=Level(item.level) if item.level else None,
        limit=Limit(item.limit_amount, item.limit_type) if item.limit_amount else None,
        basis=item.basis,
    )


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with everything below it."""

    category: Category
    children: tuple["Branch", ...]


def tree(edition: Edition) -> tuple[Branch, ...]:
    """Return an edition's categories from the main ones down, in the order of the source. One query."""
    below: dict[int | None, list[Category]] = {}
    for each in edition.categories.order_by("position"):
        below.setdefault(each.parent_id, []).append(each)
    return _branches(below, None)


def _branches(below: Mapping[int | None, Sequence[Category]], parent_id: int | None) -> tuple[Branch, ...]:
    return tuple(Branch(each, _branches(below, each.pk)) for each in below.get(parent_id, ()))


def matters_of(unit_id: UnitId, unit_code: str, on: date) -> list[tuple[Part, Category]]:
    """Return the categories a unit handles by the editions in force on a day, by filing conditions first."""
    links = ConditionUnit.objects.filter(unit=unit_id, condition__category__edition__in=editions(on))
    rows = links.select_related("condition__category").order_by("condition__category__position", "part")
    found = {(Part(row.part), row.condition.category_id): row.condition.category for row in rows}
    items = DutyItem.objects.filter(edition__in=editions(on), lead_unit_code=unit_code)
    for item in items.order_by("line"):
        named = Category.objects.filter(
            edition__in=editions(on, item.category_scheme), code=item.category_code
        ).first()
        if named is not None:
            found.setdefault((Part.LEAD, named.pk), named)
    return [(part, category) for (part, _), category in found.items()]


def all_editions() -> QuerySet[Edition]:
    """Return every edition, drafts too, each scheme's newest first."""
    return Edition.objects.order_by("scheme", "-effective_from")


def edition(edition_id: int) -> Edition:
    """Raises NotFound."""
    found = Edition.objects.filter(pk=edition_id).first()
    if found is None:
        raise NotFound(what="清单版本", key=edition_id)
    return found


def conditions_by_category(edition: Edition) -> dict[int, list[Condition]]:
    """Return the filing conditions of an edition by category, in their order."""
    found: dict[int, list[Condition]] = {}
    for each in Condition.objects.filter(category__edition=edition).order_by("category", "number"):
        found.setdefault(each.category_id, []).append(each)
    return found


@dataclass(frozen=True, slots=True)
class Subject:
    """A category to file under. path: names from the main one down; described: its filing conditions."""

    category_id: int
    path: tuple[str, ...]
    described: str


def subjects(on: date) -> list[Subject]:
    """Return the categories without any below them, of every edition in force on a day. Three queries."""
    rows = Category.objects.filter(edition__in=editions(on)).order_by("position", "id")
    known = {pk: (name, parent_id) for pk, name, parent_id in rows.values_list("pk", "name", "parent_id")}
    above = {parent_id for _, parent_id in known.values()}
    filed: dict[int, list[str]] = {}
    for category_id, filing_text in Condition.objects.filter(category__in=rows).values_list(
        "category_id", "filing"
    ):
        filed.setdefault(category_id, []).append(filing_text)
    return [
        Subject(pk, _names_to(known, pk), "\n".join(filed.get(pk, ()))) for pk in known if pk not in above
    ]


def _names_to(known: Mapping[int, tuple[str, int | None]], category_id: int) -> tuple[str, ...]:
    name, parent_id = known[category_id]
    return (*_names_to(known, parent_id), name) if parent_id is not None else (name,)


def heirs(category_ids: Collection[int]) -> dict[int, int]:
    """Return for each category of another edition which of these took its code over in the same scheme."""
    rows = Category.objects.filter(pk__in=category_ids).values_list("edition__scheme", "code", "pk")
    now_at = {(scheme, code): pk for scheme, code, pk in rows}
    schemes = {scheme for scheme, _ in now_at}
    older = Category.objects.filter(edition__scheme__in=schemes).exclude(pk__in=category_ids)
    listed = older.values_list("pk", "edition__scheme", "code")
    return {pk: now_at[scheme, code] for pk, scheme, code in listed if (scheme, code) in now_at}
