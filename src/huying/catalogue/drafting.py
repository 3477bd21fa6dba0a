"""Writing the rows of a draft edition; called by actions only, inside their transaction."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet

from huying.catalogue.models import Category, Condition, DutyItem, Edition
from huying.catalogue.policy import CategoryRow, ConditionRow, DutyRow, Node, child_code, number, path_key
from huying.catalogue.states import Kind

Path = tuple[str, ...]


def discard(drafts: QuerySet[Edition]) -> None:
    """Remove drafts, the leaves of their trees first."""
    Condition.objects.filter(category__edition__in=drafts).delete()
    DutyItem.objects.filter(edition__in=drafts).delete()
    for depth in (3, 2, 1):
        Category.objects.filter(edition__in=drafts, depth=depth).delete()
    drafts.delete()


def held(edition: Edition) -> dict[Path, Category]:
    """Return every category of an edition by its kind and path of names. One query."""
    paths: dict[int, Path] = {}
    found: dict[Path, Category] = {}
    for category in edition.categories.order_by("depth", "position"):
        above = paths[category.parent_id] if category.parent_id else (category.kind,)
        paths[category.pk] = (*above, category.name)
        found[paths[category.pk]] = category
    return found


def add_nodes(
    edition: Edition, kind: Kind, paths: Collection[Sequence[Node]], made: dict[Path, Category]
) -> list[Category]:
    """Add to a collected edition what `made` lacks of the paths, level by level, and to `made` as well."""
    codes = {category.code for category in made.values()}
    position = max((category.position for category in made.values()), default=0)
    added: list[Category] = []
    for depth in range(1, max(map(len, paths), default=0) + 1):
        level: dict[Path, Category] = {}
        for path in paths:
            key = (kind.value, *(node.name for node in path[:depth]))
            if len(path) < depth or key in made or key in level:
                continue
            parent = made.get(key[:-1])
            code = child_code(parent.code if parent else "", path[depth - 1], codes)
            codes.add(code)
            position += 1
            level[key] = _category(edition, key, code, made, None, position)
        added += Category.objects.bulk_create(level.values())
        made |= level
    return added


def add_categories(
    edition: Edition, rows: Sequence[CategoryRow], known: Mapping[Path, str]
) -> dict[Path, Category]:
    """Create the tree, level by level; the first row that ends at a node says what the node is like."""
    made: dict[Path, Category] = {}
    stated = {path_key(row, len(row.path)): row for row in reversed(rows)}
    numbered = number(rows, known)
    for depth in (1, 2, 3):
        level = {
            key: _category(edition, key, code, made, stated.get(key), position)
            for position, (key, code) in enumerate(numbered.items(), start=1)
            if len(key) == depth + 1
        }
        Category.objects.bulk_create(level.values())
        made |= level
    return made


def _category(
    edition: Edition,
    key: Path,
    code: str,
    made: Mapping[Path, Category],
    row: CategoryRow | None,
    position: int,
) -> Category:
    parent = made.get(key[:-1])
    category = Category(
        edition=edition,
        code=code,
        name=key[-1],
        kind=key[0],
        parent=parent,
        root=made.get(key[:2]) if parent else None,
        depth=len(key) - 1,
        position=position,
    )
    if row:
        category.level = row.level.value if row.level else ""
        category.self_handling, category.urgent = row.self_handling, row.urgent
        category.limit_amount = row.limit.amount if row.limit else None
        category.limit_type = row.limit.type if row.limit else ""
    return category


def add_conditions(rows: Sequence[CategoryRow], categories: Mapping[Path, Category]) -> None:
    """Create the filing conditions, numbered within their category in the order of the file."""
    conditions: list[Condition] = []
    numbers: dict[Path, int] = {}
    for row in rows:
        if row.condition:
            key = path_key(row, len(row.path))
            numbers[key] = numbers.get(key, 0) + 1
            conditions.append(_condition(categories[key], numbers[key], row.condition, row.line))
    Condition.objects.bulk_create(conditions)


def _condition(category: Category, number: int, row: ConditionRow, line: int) -> Condition:
    return Condition(
        category=category,
        number=number,
        filing=row.filing,
        closing=row.closing,
        limit_amount=row.limit.amount,
        limit_type=row.limit.type,
        limit_text=row.limit_text,
        urgent=row.urgent,
        lead_text=row.lead,
        supervisor_text=row.supervisor,
        co_text=row.co,
        line=line,
    )


def add_duties(edition: Edition, rows: Sequence[DutyRow]) -> None:
    DutyItem.objects.bulk_create(
        DutyItem(
            edition=edition,
            kind=row.duty.list,
            section=row.duty.section,
            name=row.duty.name,
            category_scheme=row.category_scheme,
            category_code=row.category_code,
            area_prefix=row.duty.area_prefix,
            lead_unit_code=row.duty.lead_unit_code,
            co_unit_codes=list(row.duty.co_unit_codes),
            level=row.duty.level or "",
            limit_amount=row.duty.limit.amount if row.duty.limit else None,
            limit_type=row.duty.limit.type if row.duty.limit else "",
            basis=row.duty.basis,
            line=row.line,
        )
        for row in rows
    )
