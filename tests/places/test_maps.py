"""What maps draw: outlines in force, walls where they are known, nothing sent twice."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client
from shapely.geometry import LineString, Polygon, box, mapping, shape

from huying.places import actions, files, queries
from huying.places.states import Datum
from huying.shared.errors import Incomplete

WHO = {"actor": "staff:12", "now": datetime(2026, 11, 21, 2, 0, tzinfo=UTC)}
GRID, DAY = "330108003001001", date(2026, 11, 21)
WALLS = box(120.01, 30.01, 120.0105, 30.0102)

pytestmark = pytest.mark.usefixtures("town")


def drawn(client: Client, address: str) -> list[dict[str, object]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(answer.json()["features"])


def codes(features: list[dict[str, object]]) -> list[str]:
    return [each["properties"]["code"] for each in features]  # type: ignore[index]


def test_outlines_from_wide_to_deep_with_a_point_inside(client: Client) -> None:
    found = drawn(client, "/api/v1/map/areas?within=330108003")
    assert codes(found) == ["330108003", "330108003001", GRID, "330108003001002"]
    assert codes(drawn(client, "/api/v1/map/areas?level=street")) == ["330108001", "330108003"]
    for each in found:
        label = each["properties"]["label"]  # type: ignore[index]
        assert shape(each["geometry"]).contains(shape({"type": "Point", "coordinates": label}))


def test_walls_where_they_are_known_else_a_point(client: Client) -> None:
    actions.add_building("B1", name="1幢", area_code=GRID, point=(120.01, 30.01), floors=6, **WHO)
    actions.add_building("B2", name="2幢", area_code=GRID, point=(120.02, 30.02), footprint=WALLS, **WHO)
    actions.add_building("B3", name="3幢", area_code=GRID, **WHO)  # nobody knows where: not on the map
    point, walls = drawn(client, f"/api/v1/map/buildings?within={GRID}")
    assert point["geometry"] == {"type": "Point", "coordinates": [120.01, 30.01]}
    assert point["properties"] == {"code": "B1", "name": "1幢", "floors": 6}
    assert shape(walls["geometry"]).equals(WALLS)
    assert drawn(client, "/api/v1/map/buildings?within=330108001") == []


def test_a_building_renewed_without_walls_keeps_them() -> None:
    actions.add_building("B1", name="1幢", area_code=GRID, point=(120.01, 30.01), footprint=WALLS, **WHO)
    actions.add_building("B1", name="甲幢", area_code=GRID, point=(120.01, 30.01), **WHO)
    (found,) = queries.drawn_buildings(GRID, on=DAY)
    assert (found.name, found.walls) == ("甲幢", WALLS)


@pytest.mark.parametrize(
    "broken", [LineString([(120, 30), (121, 30)]), Polygon(), Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])]
)
def test_what_is_no_outline_is_refused(broken: Polygon) -> None:
    with pytest.raises(Incomplete):
        actions.add_building("B1", name="1幢", area_code=GRID, footprint=broken, **WHO)
    assert queries.drawn_buildings(on=DAY) == []


def test_who_has_it_is_not_sent_it_again_until_places_change(client: Client) -> None:
    address = "/api/v1/map/areas"
    first = client.get(address)
    etag = first.headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.content) == first.content
    assert "public" in packed.headers["Cache-Control"]
    actions.edit_area(GRID, name="新名称", aliases=(), area_m2=None, **WHO)
    changed = client.get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert "新名称" in changed.content.decode()


def test_a_file_of_walls_and_points(tmp_path: Path) -> None:
    """Walls alone give the point; a point alone is no wall; the datum is converted for both."""
    facts = {"code": "B1", "name": "1幢", "area": GRID, "floors": 6}
    features = [
        {"type": "Feature", "properties": facts, "geometry": mapping(WALLS)},
        {
            "type": "Feature",
            "properties": {**facts, "code": "B2", "name": "2幢"},
            "geometry": {"type": "Point", "coordinates": [120.02, 30.02]},
        },
    ]
    file = tmp_path / "buildings.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = files.read_buildings(file, {})
    assert table.errors == []
    done = actions.import_buildings(table.rows, datum=Datum.GCJ02, **WHO)
    assert (done.created, done.errors) == (2, ())
    with_walls, point = queries.drawn_buildings(GRID, on=DAY)
    assert with_walls.walls is not None
    assert with_walls.walls.contains(
        shape({"type": "Point", "coordinates": (with_walls.lng, with_walls.lat)})
    )
    assert 0.001 < WALLS.centroid.x - with_walls.walls.centroid.x < 0.01  # GCJ-02 lies some 500 m off
    assert point.walls is None
    assert actions.import_buildings(table.rows, datum=Datum.GCJ02, **WHO).unchanged == 2
