from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from django.db import IntegrityError, transaction
from shapely.geometry import Polygon, box

from huying.ledger import queries as ledger
from huying.places import actions, queries
from huying.places.models import Area, Boundary, Building
from huying.places.policy.codes import DEFAULT
from huying.places.policy.coordinates import convert, convert_many
from huying.places.policy.rows import AreaRow, BuildingRow, EstateRow, ImportRefused
from huying.places.states import AreaLevel, Datum, EstateClass, Precision, Scene, SiteKind, SiteStatus
from huying.shared.errors import Conflict, Incomplete, NotFound, Refused

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WHO = {"actor": "staff:12", "now": NOW}
TODAY = date(2026, 11, 21)
DAY = date(2020, 1, 1)  # the town's boundaries begin
State = Callable[[], list[object]]

pytestmark = pytest.mark.usefixtures("town")


def verbs(subject: str) -> list[str]:
    return [entry.verb for entry in ledger.history(subject)]


# areas


def test_new_area_hangs_in_the_tree_and_leaves_an_entry() -> None:
    actions.create_area("330108003002", name="浦联社区", level=AreaLevel.COMMUNITY, parent="330108003", **WHO)
    assert [ref.name for ref in queries.chain("330108003002")] == ["杭州市", "滨江区", "浦沿街道", "浦联社区"]
    assert verbs("area:330108003002") == ["create_area"]


REFUSED = [
    # used already
    ("330108003001", AreaLevel.COMMUNITY, "330108003", Conflict),
    # no such parent
    ("330108009001", AreaLevel.COMMUNITY, "330108009", NotFound),
    # another street's prefix
    ("330108001001", AreaLevel.COMMUNITY, "330108003", Incomplete),
    # a grid below a street
    ("330108003002001", AreaLevel.GRID, "330108003", Incomplete),
]


@pytest.mark.parametrize(("code", "level", "parent", "error"), REFUSED)
def test_refused_area_changes_nothing(
    code: str, level: AreaLevel, parent: str, error: type[Refused], everything: State
) -> None:
    before = everything()
    with pytest.raises(error):
        actions.create_area(code, name="某某", level=level, parent=parent, **WHO)
    assert everything() == before


def test_void_code_is_never_used_again(everything: State) -> None:
    actions.void_area("330108003001002", reason="网格调整", on=date(2026, 11, 1), **WHO)
    before = everything()
    for again in (
        lambda: actions.create_area(
            "330108003001002", name="新网格", level=AreaLevel.GRID, parent="330108003001", **WHO
        ),
        lambda: actions.ensure_area("330108003001002", name="新网格", **WHO),
        lambda: actions.void_area("330108003001002", reason="再次", on=TODAY, **WHO),
    ):
        with pytest.raises(Conflict):
            again()
    assert everything() == before


def test_void_area_answers_until_its_last_day() -> None:
    actions.void_area("330108003001002", reason="网格调整", on=date(2026, 11, 1), **WHO)
    point = (120.02, 30.07)
    assert queries.locate(point=point, on=date(2026, 10, 31)).area_code == "330108003001002"
    assert queries.locate(point=point, on=date(2026, 11, 1)).area_code == "330108003001"
    words = "东信社区第二网格"
    assert queries.locate(address=words, on=date(2026, 10, 31)).area_code == "330108003001002"
    assert queries.locate(address=words, on=date(2026, 11, 1)).area_code == "330108003001"
    assert queries.chain("330108003001002")[-1].name == "东信社区第二网格"  # old cases keep their chain
    with pytest.raises(NotFound):
        queries.area("330108003001002", on=TODAY)


def test_area_in_use_is_not_voided(everything: State) -> None:
    before = everything()
    with pytest.raises(Conflict):
        actions.void_area("330108003001", reason="撤销", on=TODAY, **WHO)
    with pytest.raises(Incomplete):
        actions.void_area("330108003001001", reason=" ", on=TODAY, **WHO)
    assert everything() == before


def test_ensure_area_follows_the_code_and_gathers_names(everything: State) -> None:
    made = actions.ensure_area("330108003002", name="浦联社区", **WHO)
    assert (made.level, made.parent_id) == ("community", "330108003")
    actions.ensure_area("330108003002", name="浦联村", **WHO)
    again = everything()
    actions.ensure_area("330108003002", name="浦联村", **WHO)
    assert everything() == again
    assert Area.objects.get(code="330108003002").aliases == ["浦联村"]
    assert queries.locate(address="浦沿街道浦联村", on=TODAY).area_code == "330108003002"


def test_code_rule_of_another_city(everything: State) -> None:
    lengths = {AreaLevel.CITY: 3, AreaLevel.STREET: 6}
    actions.set_code_rule("BAL", lengths=lengths, pattern="[A-Z0-9]+", **WHO)
    before = everything()
    actions.set_code_rule("BAL", lengths=lengths, pattern="[A-Z0-9]+", **WHO)
    assert everything() == before
    actions.ensure_area("BAL", name="Baltimore", **WHO)
    assert actions.ensure_area("BAL021", name="Dorchester", **WHO).level == "street"
    with pytest.raises(Conflict):  # areas stand that would break it
        actions.set_code_rule("BAL", lengths={AreaLevel.CITY: 4}, pattern=".+", **WHO)
    with pytest.raises(Conflict):
        actions.set_code_rule("", lengths={**DEFAULT.lengths, AreaLevel.CITY: 2}, pattern=".+", **WHO)


def test_database_keeps_the_tree_itself() -> None:
    parent = Area.objects.get(code="330108003")
    for wrong in (
        {"code": "330109001", "level": "community", "parent": parent},  # prefix
        {"code": "330108003", "level": "community", "parent": parent},  # twice
        {"code": "330108003009", "level": "village", "parent": parent},  # level
        {"code": "330108003009", "level": "community", "parent": parent, "voided_on": TODAY},  # no reason
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Area.objects.create(name="某某", **wrong)


# boundaries


def test_second_import_changes_nothing(town: list[AreaRow], everything: State) -> None:
    before = everything()
    done = actions.import_areas(town, valid_from=DAY, **WHO)
    later = actions.import_areas(town, valid_from=TODAY, **WHO)
    assert (done.created, done.changed, done.unchanged) == (0, 0, 7)
    assert (later.created, later.changed, later.unchanged) == (0, 0, 7)
    assert everything() == before


def test_a_new_boundary_does_not_change_the_past() -> None:
    # on 2026-07-01 the border between the grids moves north
    rows = [
        AreaRow("第 1 行", "330108003001001", "东信社区第一网格", geometry=box(120.0, 30.0, 120.05, 30.08)),
        AreaRow("第 2 行", "330108003001002", "东信社区第二网格", geometry=box(120.0, 30.08, 120.05, 30.1)),
    ]
    done = actions.import_areas(rows, valid_from=date(2026, 7, 1), **WHO)
    assert (done.created, done.changed, done.unchanged) == (0, 2, 0)
    point = (120.02, 30.07)
    assert queries.locate(point=point, on=date(2026, 6, 30)).area_code == "330108003001002"
    assert queries.locate(point=point, on=date(2026, 7, 1)).area_code == "330108003001001"
    assert queries.locate(point=point, on=date(2019, 12, 31)).area_code == ""
    spans = Boundary.objects.filter(area__code="330108003001001").order_by("valid_from")
    assert list(spans.values_list("valid_from", "valid_to")) == [
        (DAY, date(2026, 7, 1)),
        (date(2026, 7, 1), None),
    ]


def test_a_boundary_for_an_earlier_day_ends_where_the_known_one_begins() -> None:
    actions.set_boundary(
        "330108003001001", box(120.0, 30.0, 120.05, 30.04), valid_from=date(2019, 1, 1), **WHO
    )
    spans = Boundary.objects.filter(area__code="330108003001001").order_by("valid_from")
    assert list(spans.values_list("valid_from", "valid_to")) == [(date(2019, 1, 1), DAY), (DAY, None)]


BOW_TIE = Polygon([(120.06, 30.0), (120.09, 30.1), (120.09, 30.0), (120.06, 30.1)])
BROKEN = [
    # an outline that crosses itself
    (
        AreaRow("第 2 行", "330108003003", "新生社区", geometry=BOW_TIE),
        "新生社区（330108003003）：边界自相交 120.075 30.05",
    ),
    # over a neighbour
    (
        AreaRow("第 2 行", "330108003003", "新生社区", geometry=box(120.04, 30.0, 120.05, 30.1)),
        "新生社区（330108003003）与东信社区（330108003001）重叠 10726499 平方米",
    ),
    # over another feature of the same file
    (
        AreaRow("第 2 行", "330108003003", "新生社区", geometry=box(120.07, 30.0, 120.09, 30.1)),
        "浦联社区（330108003002）与新生社区（330108003003）重叠 10726499 平方米",
    ),
    # outside of its street
    (
        AreaRow("第 2 行", "330108003003", "新生社区", geometry=box(121.0, 30.0, 121.01, 30.01)),
        "新生社区（330108003003）有 1073137 平方米（100.0%）在上级浦沿街道（330108003）之外",
    ),
    # a sound outline under a code that breaks the rule
    (
        AreaRow("第 2 行", "33010800300", "新生社区", geometry=box(120.08, 30.0, 120.09, 30.1)),
        "第 2 行：编码“33010800300”的长度不属于任何级别",
    ),
    # the same code twice
    (
        AreaRow("第 2 行", "330108003002", "浦联社区", geometry=box(120.08, 30.0, 120.09, 30.1)),
        "第 2 行：与第 1 行重复（330108003002）",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), BROKEN)
def test_one_bad_outline_refuses_the_file_by_name(row: AreaRow, reason: str, everything: State) -> None:
    before = everything()
    good = AreaRow("第 1 行", "330108003002", "浦联社区", geometry=box(120.05, 30.0, 120.08, 30.1))
    with pytest.raises(ImportRefused) as refused:
        actions.import_areas([good, row], valid_from=DAY, **WHO)
    assert str(refused.value) == f"导入被拒绝，未作任何更改：{reason}"
    assert everything() == before
    assert queries.locate(point=(120.07, 30.05), on=TODAY).area_code == "330108003"


def test_without_outlines_the_sound_rows_go_in() -> None:
    rows = [
        AreaRow("第 2 行", "330108003002", "浦联社区"),
        AreaRow("第 3 行", "330109003002", "无上级社区", parent="330109003"),
        AreaRow("第 4 行", "330108003003", ""),
        AreaRow("第 5 行", "330108003001", "东信社区", aliases=("东信",)),
    ]
    done = actions.import_areas(rows, valid_from=DAY, **WHO)
    assert (done.created, done.changed, done.unchanged) == (1, 1, 0)
    assert [str(error) for error in done.errors] == [
        "第 3 行：没有找到辖区“330109003”",
        "第 4 行：辖区“330108003003”缺少名称",
    ]


def test_renamed_area_keeps_its_old_name_as_alias() -> None:
    actions.import_areas([AreaRow("第 2 行", "330108003001", "东信新社区")], valid_from=DAY, **WHO)
    area = queries.area("330108003001")
    assert (area.name, area.aliases) == ("东信新社区", ["东信社区"])


def test_datum_is_converted_once_and_kept_as_source() -> None:
    # the same rectangle, drawn on a Chinese web map: 470 m east, 240 m south
    actions.set_boundary(
        "330108001", box(120.1050, 29.9980, 120.2040, 30.0970), datum=Datum.GCJ02, valid_from=TODAY, **WHO
    )
    boundary = Boundary.objects.get(area__code="330108001", valid_to=None)
    bounds = shapely.from_wkb(bytes(boundary.geometry)).bounds
    assert boundary.datum == "gcj02"
    corners = (convert((120.1050, 29.9980), Datum.GCJ02), convert((120.2040, 30.0970), Datum.GCJ02))
    assert bounds == pytest.approx([axis for corner in corners for axis in corner], abs=1e-5)
    assert queries.locate(point=(120.1005, 30.05), on=TODAY).area_code == "330108001"
    assert queries.locate(point=(120.1052, 30.0474), datum=Datum.GCJ02, on=TODAY).area_code == "330108001"


# estates, buildings, sites

ESTATE = EstateRow(
    "第 2 行", "330108003001", "东信花园", ("东信花苑",), Scene.RESIDENTIAL, EstateClass.OLD, (120.02, 30.02)
)
BUILDING = BuildingRow(
    "第 2 行",
    "330108003001001003",
    "3幢",
    "330108003001001",
    "东信花园",
    "浦沿路88号",
    (120.021, 30.021),
    6,
    ("1单元", "2单元"),
)


def stock() -> None:
    actions.import_estates([ESTATE], **WHO)
    actions.import_buildings([BUILDING], **WHO)


def test_building_is_found_by_its_address() -> None:
    stock()
    found = queries.locate(address="浦沿街道东信花苑3幢2单元501室", on=TODAY)
    building = Building.objects.get()
    assert (found.precision, found.building_id, found.estate_id, found.entrance, found.room) == (
        Precision.BUILDING, building.pk, building.estate_id, "2单元", "501",
    )  # fmt: skip
    assert (found.area_code, found.lng, found.lat) == ("330108003001001", 120.021, 30.021)
    assert verbs("building:330108003001001003") == ["add_building"]


def test_second_import_of_stock_changes_nothing(everything: State) -> None:
    stock()
    before = everything()
    estates = actions.import_estates([ESTATE], **WHO)
    buildings = actions.import_buildings([BUILDING], **WHO)
    assert (estates.unchanged, buildings.unchanged) == (1, 1)
    assert everything() == before


def test_broken_rows_of_stock_are_reported_with_line_and_reason() -> None:
    stock()
    rows = [
        BuildingRow("第 3 行", "B4", "4幢", "330108003001001", "西溪花园"),  # no such estate
        BuildingRow("第 4 行", "B5", "3幢", "330108003001002", "东信花园"),  # the name is taken
        BuildingRow("第 5 行", "B6", "6幢", "330108003001009"),  # no such grid
        BuildingRow("第 6 行", "B7", "7幢", "330108003001002", point=(30.02, 120.02)),  # swapped
        BuildingRow("第 7 行", "B8", "8幢", "330108003001002", "东信花园"),
    ]
    done = actions.import_buildings(rows, **WHO)
    assert done.created == 1
    assert [str(error) for error in done.errors] == [
        "第 3 行：没有找到小区“西溪花园”",
        "第 4 行：东信花园已有“3幢”（编码 330108003001001003）",
        "第 5 行：没有找到辖区“330108003001009”",
        "第 6 行：坐标（30.02,120.02）超出经纬度范围，应先经度后纬度",
    ]


def test_pulled_down_building_is_no_longer_found_and_its_code_stays_used(everything: State) -> None:
    stock()
    actions.void_building(BUILDING.code, reason="拆除", on=date(2026, 11, 1), **WHO)
    assert queries.locate(address="东信花园3幢", on=date(2026, 10, 31)).precision == Precision.BUILDING
    assert queries.locate(address="东信花园3幢", on=date(2026, 11, 1)).precision == Precision.ESTATE
    before = everything()
    assert len(actions.import_buildings([BUILDING], **WHO).errors) == 1
    with pytest.raises(Conflict):
        actions.void_building(BUILDING.code, reason="拆除", on=TODAY, **WHO)
    assert everything() == before


def test_service_site_changes_its_status_once(everything: State) -> None:
    facts = {
        "name": "东信党群服务中心",
        "kind": SiteKind.COMMUNITY_CENTRE,
        "opening_hours": "周一至周日 8:30-20:30",
    }
    actions.register_site("330108003001", status=SiteStatus.BUILDING, **facts, **WHO)
    site = actions.register_site("330108003001", status=SiteStatus.OPEN, **facts, **WHO)
    before = everything()
    actions.register_site("330108003001", status=SiteStatus.OPEN, **facts, **WHO)
    assert everything() == before
    assert [(e.before, e.after) for e in ledger.history(f"site:{site.pk}")] == [
        ("", "building"),
        ("building", "open"),
    ]
    assert [each.name for each in queries.sites("330108003", SiteKind.COMMUNITY_CENTRE)] == [
        "东信党群服务中心"
    ]
    assert list(queries.sites("330108001")) == []


# lookups that join both


def test_point_chooses_between_two_estates_of_one_name() -> None:
    actions.ensure_area("330108001001", name="星民社区", **WHO)
    for area in ("330108003001", "330108001001"):
        actions.add_estate(area, name="和睦家园", **WHO)
    in_the_grid, in_the_street = (120.02, 30.02), (120.07, 30.02)
    assert queries.locate(address="和睦家园", on=TODAY).precision == Precision.UNRESOLVED
    found = queries.locate(address="和睦家园", point=in_the_grid, on=TODAY)
    assert (found.precision, found.area_code) == (Precision.ESTATE, "330108003001001")
    # the point's street has only one of the two
    found = queries.locate(address="和睦家园", point=in_the_street, on=TODAY)
    assert (found.precision, found.area_code) == (Precision.ESTATE, "330108003001")


def test_point_does_not_make_a_nearly_equal_name_right() -> None:
    estate = actions.add_estate("330108003001", name="东信花园", **WHO)
    found = queries.locate(address="东新花园3幢", point=(120.02, 30.02), on=TODAY)
    assert (found.area_code, found.estate_id) == ("330108003001001", None)
    assert [each.estate_id for each in found.candidates] == [estate.pk]
    # far from it the two disagree
    found = queries.locate(address="东新花园3幢", point=(120.15, 30.02), on=TODAY)
    assert (found.area_code, len(found.candidates)) == ("", 2)


def test_many_points_at_once_in_any_datum() -> None:
    lng, lat = np.array([120.02, 120.15, 121.0]), np.array([30.02, 30.02, 31.0])
    expected = ["330108003001001", "330108001", ""]
    assert queries.locate_many(lng, lat, on=TODAY) == expected
    shifted = convert_many(lng, lat, Datum.WGS84, Datum.BD09)
    assert queries.locate_many(*shifted, datum=Datum.BD09, on=TODAY) == expected


def test_point_makes_the_words_finer_and_disagreement_needs_a_person() -> None:
    finer = queries.locate(address="浦沿街道", point=(120.02, 30.02), on=TODAY)
    assert (finer.area_code, finer.precision) == ("330108003001001", Precision.POINT)
    against = queries.locate(address="西兴街道", point=(120.02, 30.02), on=TODAY)
    assert against.area_code == ""
    assert [each.area_code for each in against.candidates] == ["330108001", "330108003001001"]
    outside = queries.locate(address="西兴街道", point=(121.0, 31.0), on=TODAY)
    assert (outside.area_code, outside.lng) == ("330108001", 121.0)
    assert queries.locate(address="某处", point=(120.02, 30.02), on=TODAY).area_code == "330108003001001"


def test_coverage_counts_what_stands() -> None:
    stock()
    coverage = queries.coverage("330108", on=TODAY)
    assert (coverage.communities, coverage.grids, coverage.buildings) == (1, 2, 1)
    assert (coverage.grids_per_community, coverage.buildings_per_grid) == (2, 0.5)
    assert queries.coverage("330109", on=TODAY).grids_per_community is None
