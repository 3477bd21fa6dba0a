"""The API and the terminal: one happy path and the refusals."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from ninja.testing import TestClient

from huying.places import actions, commands
from huying.places.api import router
from huying.places.models import Area
from huying.places.policy.rows import ImportRefused
from huying.shared.errors import Incomplete, NotFound

WHO = {"actor": "staff:12", "now": datetime(2026, 11, 21, 2, 0, tzinfo=UTC)}
api = TestClient(router)

pytestmark = pytest.mark.usefixtures("town")


def test_list_of_areas_by_level_and_parent() -> None:
    assert [each["name"] for each in api.get("/areas?level=street").json()] == ["西兴街道", "浦沿街道"]
    assert [each["code"] for each in api.get("/areas?parent=330108003001").json()] == [
        "330108003001001",
        "330108003001002",
    ]
    assert api.get("/areas?parent=330109").json() == []


def test_one_area_with_its_chain() -> None:
    area = api.get("/areas/330108003001").json()
    assert (area["parent"], [ref["code"] for ref in area["chain"]]) == (
        "330108003",
        ["3301", "330108", "330108003", "330108003001"],
    )
    with pytest.raises(NotFound):
        api.get("/areas/999")


def test_lookup_by_point_address_or_both() -> None:
    actions.add_estate("330108003001", name="东信花园", **WHO)
    assert api.get("/locate?lng=120.02&lat=30.02").json()["area_code"] == "330108003001001"
    by_words = api.get("/locate", query_params={"address": "东信花园"}).json()
    assert (by_words["area_code"], by_words["precision"]) == ("330108003001", "estate")
    unsure = api.get("/locate", query_params={"address": "西兴街道东信花园"}).json()
    assert (unsure["area_code"], len(unsure["candidates"]), unsure["named_code"]) == ("", 2, "330108001")


@pytest.mark.parametrize("query", ["", "lng=120.02", "lat=30.02", "lng=30.02&lat=120.02", "lng=nan&lat=30"])
def test_lookup_without_a_place_is_refused(query: str) -> None:
    with pytest.raises(Incomplete):
        api.get(f"/locate?{query}")


def test_import_of_areas_at_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("代码,社区\n330108003002,浦联社区\n330108003003,\n", encoding="gb18030")
    first = CliRunner().invoke(commands.areas, [str(file), "--map", "name=社区", "--json"])
    assert first.exit_code == 2
    assert json.loads(first.stdout) == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "warnings": [],
        "errors": [{"line": "第 3 行", "reason": "缺少名称"}],
    }
    second = CliRunner().invoke(commands.areas, [str(file), "--map", "name=社区"])
    assert second.stdout == "新增 0，更改 0，未变 1\n"


def test_import_of_stock_at_the_terminal(tmp_path: Path) -> None:
    estates, buildings = tmp_path / "estates.csv", tmp_path / "buildings.csv"
    estates.write_text("所属社区编码,小区名称\n330108003001,东信花园\n")
    buildings.write_text("楼栋编码,幢号,所属网格编码,小区\nB1,1幢,330108003001001,东信花园\n")
    assert CliRunner().invoke(commands.estates, [str(estates)]).exit_code == 0
    done = CliRunner().invoke(commands.buildings, [str(buildings)])
    assert (done.exit_code, done.stdout) == (0, "新增 1，更改 0，未变 0\n")


def test_overlap_at_the_terminal_is_a_refusal(tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    ring = [[120.04, 30.0], [120.06, 30.0], [120.06, 30.1], [120.04, 30.1], [120.04, 30.0]]
    feature = {
        "properties": {"code": "330108003002", "name": "浦联社区"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file.write_text(json.dumps({"features": [feature]}))
    refused = CliRunner().invoke(commands.areas, [str(file), "--from", "2026-01-01"])
    assert isinstance(refused.exception, ImportRefused)
    assert not Area.objects.filter(code="330108003002").exists()


def test_wrong_column_map_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("编码,名称\n")
    refused = CliRunner().invoke(commands.areas, [str(file), "--map", "colour=红"])
    assert isinstance(refused.exception, Incomplete)
