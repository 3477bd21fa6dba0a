import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from python_calamine import CalamineWorkbook

from huying.catalogue import queries
from huying.catalogue.actions import (
    Draft,
    Imported,
    ensure_category,
    import_catalogue,
    publish_edition,
    resolve_units,
)
from huying.catalogue.formats import Sheet, read
from huying.catalogue.models import Category, Condition, ConditionUnit, DutyItem, Edition
from huying.catalogue.policy import Filing, Limit, Node
from huying.catalogue.states import EditionState, Kind, Level, Part
from huying.ledger.models import Entry
from huying.org.models import Unit
from huying.org.policy import SYSTEM
from huying.org.states import UnitKind
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import CategoryId, UnitId

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)

RUBBISH = "类型,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\n"
FIRST = (
    RUBBISH + "事件,1,市容环境,2,暴露垃圾,成堆,清除,2紧急工作时\n事件,1,市容环境,2,暴露垃圾,零星,清除,1天\n"
)
SECOND = RUBBISH + "事件,1,市容环境,2,暴露垃圾,成堆,清除,1紧急工作时\n"
BROKEN = FIRST + "事件,1,市容环境,3,道路保洁,脏,清扫,尽快\n"


def take(text: str, start: date = SPRING, *, accept_gaps: bool = False) -> Imported:
    return store(read(text.encode()), start, accept_gaps=accept_gaps)


def store(sheet: Sheet, start: date = SPRING, *, scheme: str = "demo", accept_gaps: bool = False) -> Imported:
    return import_catalogue(
        Draft(scheme, f"{scheme} {start}", start, "demo.csv"),
        [*sheet.categories, *sheet.duties],
        actor=SYSTEM,
        now=NOW,
        broken=sheet.broken,
        accept_gaps=accept_gaps,
    )


def rubbish(on: date) -> Category:
    return queries.category("E0102", scheme="demo", on=on)


def counts() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Edition, Category, Condition, DutyItem, Entry))


def test_import_publishes_and_leaves_two_entries() -> None:
    imported = take(FIRST)

    assert (imported.state, imported.created, imported.unchanged, imported.rejected) == (
        EditionState.PUBLISHED,
        2,
        0,
        (),
    )
    assert list(Entry.objects.values_list("actor", "verb", "subject", "before", "after")) == [
        ("system", "import_catalogue", "catalogue:demo@2026-04-01", "", "draft"),
        ("system", "publish_edition", "catalogue:demo@2026-04-01", "draft", "published"),
    ]


def test_the_same_rows_again_change_nothing() -> None:
    take(FIRST)
    before = counts()

    again = take(FIRST, SUMMER)

    assert (again.created, again.unchanged, counts()) == (0, 2, before)


def test_a_later_edition_leaves_the_earlier_rows_to_their_cases() -> None:
    take(FIRST)
    running = queries.filing(CategoryId(rubbish(SPRING).pk))

    take(SECOND, SUMMER)

    queries.filing.cache_clear()
    assert queries.filing(running.category_id) == running
    assert rubbish(date(2026, 6, 30)).pk == running.category_id
    assert queries.filing(CategoryId(rubbish(SUMMER).pk)).limit_amount == 1
    assert list(Edition.objects.order_by("pk").values_list("effective_to", flat=True)) == [
        date(2026, 6, 30),
        None,
    ]


def test_an_edition_may_not_begin_before_the_one_in_force() -> None:
    take(FIRST, SUMMER)
    before = counts()
    for start in (SUMMER, SPRING):
        with pytest.raises(Conflict):
            take(SECOND, start)
    assert counts() == before


def test_broken_rows_keep_it_a_draft_until_the_corrected_file_comes() -> None:
    held = take(BROKEN)
    assert (held.state, held.created) == (EditionState.DRAFT, 2)
    assert [(row.line, row.reason) for row in held.rejected] == [(4, "看不懂处置时限“尽快”")]
    with pytest.raises(NotFound):
        rubbish(SPRING)

    mended = take(BROKEN.replace("尽快", "1天"))
    assert (mended.state, mended.created) == (EditionState.PUBLISHED, 3)
    assert Edition.objects.get().pk == mended.edition_id


def test_gaps_may_be_accepted_afterwards() -> None:
    take(BROKEN)
    assert take(BROKEN, accept_gaps=True).state == EditionState.PUBLISHED


def test_nothing_to_import_is_refused() -> None:
    with pytest.raises(Incomplete):
        take(RUBBISH)
    assert counts() == (0, 0, 0, 0, 0)


def test_publishing_twice_or_nothing_is_refused() -> None:
    imported = take(FIRST)
    with pytest.raises(Conflict):
        publish_edition(imported.edition_id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        publish_edition(0, actor=SYSTEM, now=NOW)
    assert Entry.objects.count() == 2


CHANGES: dict[str, Callable[[], object]] = {
    "rename": lambda: Category.objects.update(name="x"),
    "new limit": lambda: Condition.objects.update(limit_amount=9),
    "drop a condition": lambda: Condition.objects.all().delete(),
    "unpublish": lambda: Edition.objects.update(state="draft"),
    "begin earlier": lambda: Edition.objects.update(effective_from=date(2020, 1, 1)),
    "add a category": lambda: Category.objects.create(
        edition=Edition.objects.get(), code="X", name="x", kind="event", depth=1, position=9
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_is_published(change: str) -> None:
    take(FIRST)
    with pytest.raises(IntegrityError), transaction.atomic():
        CHANGES[change]()


def test_filing_freezes_the_gravest_condition_unless_another_is_chosen() -> None:
    take(FIRST)
    category = rubbish(SPRING)
    category_id = CategoryId(category.pk)
    grave, slight = queries.conditions(category_id)

    assert queries.filing(category_id) == Filing(
        category_id, grave.pk, category.edition_id, "暴露垃圾", 2, "urgent_hours", True, False, Level.STREET
    )
    chosen = queries.filing(category_id, slight.pk)
    assert (chosen.limit_amount, chosen.limit_type, chosen.urgent) == (1, "natural_days", False)
    with pytest.raises(NotFound):
        queries.filing(category_id, 0)


def test_filing_inherits_level_and_limit_from_above() -> None:
    text = (
        "大类名称,小类名称,细类名称,处置时限,处置层级,自行处置\n"
        "市容,,,3工作日,网格,是\n市容,垃圾,厨余,,,\n绿化,树木,,,社区,\n"
    )
    take(text)
    found = {
        each.name: queries.filing(CategoryId(each.pk)) for each in Category.objects.filter(children=None)
    }
    assert {
        name: (each.limit_amount, each.limit_type, each.level, each.self_handling)
        for name, each in found.items()
    } == {
        "厨余": (3, "work_days", Level.GRID, True),  # from the main category two levels up
        "树木": (5, "work_days", Level.COMMUNITY, False),  # the edition's default
    }


def test_filing_is_refused_for_a_draft_and_an_unknown_category() -> None:
    take(BROKEN)
    for category_id in (Category.objects.get(code="E0102").pk, 0):
        with pytest.raises(NotFound):
            queries.filing(CategoryId(category_id))


def test_filing_costs_no_query_the_second_time(django_assert_num_queries: Callable[..., object]) -> None:
    take(FIRST)
    category_id = CategoryId(rubbish(SPRING).pk)
    queries.filing(category_id)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        queries.filing(category_id)


DUTIES = """清单,条目,事项,类别体系,类别代码,区域代码,主办单位代码,协同单位代码
街镇职责清单,§1,市容,demo,E01,,CG,
呼应问题清单,§2,暴露垃圾,demo,E0102,330109,HW,CG SC
呼应问题清单,§3,别处,demo,E0102,3302,HW,
呼应问题清单,§4,别类,demo,E0103,,HW,
呼应问题清单,§5,别的体系,other,E0102,,HW,
"""


def test_duty_items_of_the_category_the_most_specific_place_first() -> None:
    take(FIRST)
    store(read(DUTIES.encode()), scheme="职责清单")
    category_id = CategoryId(rubbish(SPRING).pk)

    found = queries.duty_items(category_id, SPRING)

    assert [(each.section, each.area_prefix, each.lead_unit_code, each.co_unit_codes) for each in found] == [
        ("§2", "330109", "HW", ("CG", "SC")),
        ("§3", "3302", "HW", ()),
        ("§1", "", "CG", ()),
    ]
    assert queries.duty_items(category_id, date(2026, 3, 31)) == ()


def test_ensure_category_collects_paths_once_and_keeps_two_names_of_a_code_apart() -> None:
    def ensure(name: str) -> CategoryId:
        return ensure_category(
            scheme="pingshan",
            path=(Node("市容环卫", "5"), Node("占道", "178"), Node(name, "602")),
            kind=Kind.EVENT,
            actor=SYSTEM,
            now=NOW,
        )

    first, same, other = ensure("无照经营游商"), ensure("无照经营游商"), ensure("其它无证经营")

    assert first == same
    assert [(each.code, each.depth) for each in Category.objects.order_by("position")] == [
        ("5", 1),
        ("5.178", 2),
        ("5.178.602", 3),
        ("5.178.602~2", 3),
    ]
    deepest = queries.category_by_id(other)
    assert deepest.root is not None
    assert deepest.root.name == "市容环卫"
    assert Entry.objects.filter(verb="add_category").count() == 4
    assert queries.filing(first).limit_amount == 5


def test_a_published_edition_follows_a_collected_one() -> None:
    path = (Node("市容环境", "E01"),)
    ensure_category(scheme="demo", path=path, kind=Kind.EVENT, actor=SYSTEM, now=NOW)
    take(FIRST)
    assert Edition.objects.get(state=EditionState.COLLECTED).effective_to == date(2026, 3, 31)


def test_a_collected_edition_ends_where_a_published_one_begins() -> None:
    take(FIRST)
    ensure_category(scheme="demo", path=(Node("老类别"),), kind=Kind.EVENT, actor=SYSTEM, now=NOW)
    assert Edition.objects.get(state=EditionState.COLLECTED).effective_to == date(2026, 3, 31)


def test_collected_rows_do_not_change_either() -> None:
    ensure_category(scheme="demo", path=(Node("老类别"),), kind=Kind.EVENT, actor=SYSTEM, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.update(name="x")
    with pytest.raises(Incomplete):
        ensure_category(scheme="demo", path=(), kind=Kind.EVENT, actor=SYSTEM, now=NOW)


UNIT_OF_TIME = {
    "urgent_work_hour": ("urgent_hours", 1),
    "urgent_work_day": ("urgent_hours", 24),
    "hour": ("work_hours", 1),
    "day": ("natural_days", 1),
}


def test_every_row_of_the_real_filing_conditions_arrives(data: Path) -> None:
    file = data / "standards" / "yuncheng_standards_tidy.csv"
    imported = store(read(file.read_bytes()))
    with file.open(encoding="utf-8", newline="") as lines:
        wanted = [tuple(value.strip() for value in row.values()) for row in csv.DictReader(lines)]

    assert (imported.state, imported.created, imported.rejected) == (EditionState.PUBLISHED, 519, ())
    assert len(wanted) == 519
    for condition, row in zip(
        Condition.objects.select_related("category__parent").order_by("line"), wanted, strict=True
    ):
        kind, main_code, main, sub_code, sub, lead, supervisor, filing, closing, limit, amount, unit = row
        category = condition.category
        assert category.parent is not None
        assert (Kind(category.kind).label, category.parent.name, category.name) == (kind, main, sub)
        assert category.code == f"{category.kind[0].upper()}{int(main_code):02}{int(sub_code):02}"
        assert (condition.lead_text, condition.supervisor_text) == (lead, supervisor)
        assert (condition.filing, condition.closing, condition.limit_text) == (filing, closing, limit)
        limit_type, factor = UNIT_OF_TIME[unit]
        assert (condition.limit_type, condition.limit_amount) == (limit_type, float(amount) * factor)
    assert store(read(file.read_bytes())).unchanged == 519


def test_every_row_of_the_hotline_catalogue_arrives(data: Path) -> None:
    file = data / "standards" / "hotline_catalogue.xlsx"
    assert store(read(file.read_bytes())).created == 517
    _heading, *wanted = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()

    assert [
        [step.name for step in queries.path(leaf)]
        for leaf in Category.objects.filter(depth=3).order_by("code")
    ] == sorted(wanted, key=lambda row: [wanted_order(wanted, row, depth) for depth in (1, 2, 3)])
    assert store(read(file.read_bytes())).unchanged == 517


def wanted_order(rows: list[list[str]], row: list[str], depth: int) -> int:
    return next(n for n, other in enumerate(rows) if other[:depth] == row[:depth])


def test_every_leaf_of_the_event_tree_arrives(data: Path) -> None:
    file = data / "standards" / "jiceng_zhizhi_event_tree.json"
    assert store(read(file.read_bytes())).created == 198
    edition = Edition.objects.get()

    assert {
        branch.category.name: [leaf.category.name for leaf in branch.children]
        for branch in queries.tree(edition)
    } == json.loads(file.read_text())
    assert Category.objects.filter(depth=1).count() == 29
    assert Category.objects.filter(depth=2).count() == 198


def test_a_limit_stated_for_the_category_holds_without_a_condition() -> None:
    take("大类名称,处置时限\n噪声,20分钟\n")
    filing = queries.filing(CategoryId(Category.objects.get().pk))
    assert Limit(filing.limit_amount, filing.limit_type) == Limit(20, "urgent_minutes")


def test_unit_names_are_linked_to_the_units_that_bear_them_alone() -> None:
    def add(code: str, name: str) -> int:
        return Unit.objects.create(code=code, name=name, kind=UnitKind.DEPARTMENT, created_at=NOW).pk

    cleaning = add("HW", "环卫所")
    for code in ("CJ1", "CJ2"):
        add(code, "城建办")  # two offices of one name: a person must say which
    take(
        "大类名称,立案条件,处置时限,处置单位,主管部门\n"
        "市容环境,成堆,1天,环卫所、各产权单位,城管局\n市容环境,零星,1天,城建办,\n"
    )
    heap, _ = Condition.objects.order_by("line")
    assert queries.condition_units(heap.pk) == ((Part.LEAD, UnitId(cleaning)),)

    management = add("CG", "城管局")
    assert resolve_units("demo", actor=SYSTEM, now=NOW) == 1
    assert resolve_units("demo", actor=SYSTEM, now=NOW) == 0
    assert queries.condition_units(heap.pk) == (
        (Part.LEAD, UnitId(cleaning)),
        (Part.SUPERVISOR, UnitId(management)),
    )
    assert ConditionUnit.objects.count() == 2
