"""A street with three units; Chen decides in the command centre, the Stranger in another street."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from huying.cases import actions as cases
from huying.cases.policy.reports import Place, Report, fingerprint
from huying.cases.states import Channel
from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.dispatch import queries
from huying.org import actions as org
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.states import Role, UnitKind
from huying.places import actions as places
from huying.places.states import AreaLevel
from huying.shared.ids import CategoryId, StaffId, UnitId

NOW = datetime(2026, 4, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
STREET, COMMUNITY = "330109001", "330109001002"


def commander(number: int, area: str) -> Actor:
    grant = Grant(Role.COMMANDER, area)
    return Actor(f"staff:{number}", grants=frozenset({grant}), staff_id=StaffId(number))


@dataclass
class Street:
    roads: UnitId
    water: UnitId
    squad: UnitId
    lamp: CategoryId
    keys: Iterator[int] = field(default_factory=count)
    chen: Actor = field(default_factory=lambda: commander(4, STREET))
    stranger: Actor = field(default_factory=lambda: commander(7, "330109002"))

    def accepted(self) -> str:
        """Return the number of a new case that waits for its assignment."""
        key = f"key-{next(self.keys)}"
        report = Report(
            source="resident",
            key=key,
            text="楼道灯不亮",
            place=Place(COMMUNITY, text="清风苑3幢", lng=120.27, lat=30.16),
            channel=Channel.RESIDENT,
            fingerprint=fingerprint(key),
            category_id=self.lamp,
        )
        number = cases.report(report, actor=RESIDENT, now=NOW).number
        cases.accept(number, actor=self.chen, now=NOW)
        return number


@pytest.fixture
def street(db: None) -> Iterator[Street]:
    for code, name, level, parent in (
        ("3301", "杭州市", AreaLevel.CITY, ""),
        ("330109", "萧山区", AreaLevel.DISTRICT, "3301"),
        (STREET, "城厢街道", AreaLevel.STREET, "330109"),
        ("330109002", "北干街道", AreaLevel.STREET, "330109"),
        (COMMUNITY, "清风社区", AreaLevel.COMMUNITY, STREET),
    ):
        places.create_area(code, name=name, level=level, parent=parent, actor="system", now=NOW)
    units = {
        code: UnitId(
            org.create_unit(
                code=code, name=name, kind=UnitKind.DEPARTMENT, area_code=STREET, actor=SYSTEM, now=NOW
            ).pk
        )
        for code, name in (("roads", "市政科"), ("water", "水务科"), ("squad", "综合执法队"))
    }
    lamp = catalogue.ensure_category(
        scheme="demo", path=[Node("公用设施"), Node("路灯")], kind=Kind.PART, actor=SYSTEM, now=NOW
    )
    queries.forget()
    yield Street(**units, lamp=lamp)
    queries.forget()
