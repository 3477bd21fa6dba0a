"""A small town: two streets of one district, one community with two grids."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from shapely.geometry import box

from huying.ledger.models import Entry
from huying.places import actions
from huying.places.models import Area, Boundary, Building, CodeRule, Entrance, Estate, Revision, ServiceSite
from huying.places.policy.rows import AreaRow

TOWN = [
    AreaRow("第 1 行", "3301", "杭州市"),
    AreaRow("第 2 行", "330108", "滨江区"),
    AreaRow("第 3 行", "330108003", "浦沿街道", geometry=box(120.0, 30.0, 120.1, 30.1)),
    AreaRow("第 4 行", "330108001", "西兴街道", geometry=box(120.1, 30.0, 120.2, 30.1)),
    AreaRow("第 5 行", "330108003001", "东信社区", geometry=box(120.0, 30.0, 120.05, 30.1)),
    AreaRow("第 6 行", "330108003001001", "东信社区第一网格", geometry=box(120.0, 30.0, 120.05, 30.05)),
    AreaRow("第 7 行", "330108003001002", "东信社区第二网格", geometry=box(120.0, 30.05, 120.05, 30.1)),
]
TABLES = (Area, Boundary, Estate, Building, Entrance, ServiceSite, CodeRule, Entry)


@pytest.fixture
def town(db: None) -> list[AreaRow]:
    now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    actions.import_areas(TOWN, valid_from=date(2020, 1, 1), actor="staff:12", now=now)
    return TOWN


@pytest.fixture
def everything(db: None) -> Callable[[], list[object]]:
    """What the database holds of places and the ledger, to see that nothing changed."""
    return lambda: [
        *(list(table.objects.order_by("pk").values()) for table in TABLES),
        Revision.objects.values_list("token", flat=True).first(),
    ]
