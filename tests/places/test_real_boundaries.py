"""The outlines of Hangzhou as they are published: streets in WGS-84, districts in GCJ-02, not of one year."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from huying.places import actions, files, queries
from huying.places.models import Area
from huying.places.policy.rows import AreaRow, Imported, ImportRefused
from huying.places.states import Datum

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
WHO = {"actor": "system", "now": NOW}

pytestmark = pytest.mark.django_db


@pytest.fixture
def districts(data: Path) -> Imported:
    names = {"code": "adcode", "parent": "parent.adcode.none"}
    table = files.read_areas(data / "boundaries/hangzhou_districts_gcj02.geojson", names)
    actions.ensure_area("3301", name="杭州市", **WHO)
    return actions.import_areas(table.rows, datum=Datum.GCJ02, valid_from=TODAY, **WHO)


def streets(data: Path, name: str, leave_out: tuple[str, ...] = ()) -> list[AreaRow]:
    """Read a file that has no codes of GB/T 10114."""
    table = files.read_areas(data / f"boundaries/{name}", {}, ("name",))
    assert table.errors == []
    return [row for row in table.rows if row.name not in leave_out]


def test_all_districts_go_in_after_conversion(districts: Imported) -> None:
    assert (districts.created, districts.warnings, districts.errors) == (13, (), ())
    assert queries.locate(point=(120.21, 30.20), on=TODAY).chain[-1].name == "滨江区"


def test_streets_of_qiantang_lie_in_their_district(districts: Imported, data: Path) -> None:
    rows = streets(data, "qiantang_streets_wgs84.geojson")
    done = actions.import_areas(rows, valid_from=TODAY, under="330114", **WHO)
    assert done.created == 2
    # the two sources drew the common border apart: 0.8 % and 1.7 % outside
    assert len(done.warnings) == 2
    found = queries.locate(point=(120.33, 30.31), on=TODAY)
    assert [ref.name for ref in found.chain] == ["杭州市", "钱塘区", "下沙街道"]


def test_forgotten_conversion_is_noticed(districts: Imported, data: Path) -> None:
    rows = streets(data, "qiantang_streets_wgs84.geojson")
    with pytest.raises(ImportRefused, match="下沙街道"):
        actions.import_areas(rows, datum=Datum.BD09, valid_from=TODAY, under="330114", **WHO)


def test_overlapping_streets_of_xiaoshan_are_refused_by_name(
    districts: Imported, data: Path, everything: Callable[[], list[object]]
) -> None:
    # the development zone, 围垦区 and 九堡镇 are no streets of today's 萧山, and some outlines overlap
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        actions.import_areas(
            streets(data, "xiaoshan_streets_wgs84.geojson"), valid_from=TODAY, under="330109", **WHO
        )
    for name in ("临江街道", "围垦区", "宁围镇", "萧山经济技术开发区", "九堡镇"):
        assert name in str(refused.value)
    assert everything() == before


GONE = (  # to 钱塘 and 上城 in 2021, or never streets
    "义蓬街道", "河庄街道", "临江街道", "前进街道", "新湾街道", "九堡镇", "围垦区", "萧山经济技术开发区",
)  # fmt: skip


def test_streets_of_xiaoshan_that_still_are(districts: Imported, data: Path) -> None:
    rows = streets(data, "xiaoshan_streets_wgs84.geojson", GONE)
    done = actions.import_areas(rows, valid_from=TODAY, under="330109", **WHO)
    assert (done.created, done.errors) == (24, ())
    again = actions.import_areas(rows, valid_from=TODAY, under="330109", **WHO)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 24)
    assert Area.objects.filter(code__startswith="330109", level="street").count() == 24
    assert queries.locate(point=(120.26, 30.16), on=TODAY).chain[-1].name == "城厢街道"
    assert queries.locate(address="萧山区城厢街道", on=TODAY).area_code == "330109001"
