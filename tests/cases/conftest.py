"""A small street and the standing cast: Lin (resident), Wang (grid worker), Zhao (roads), Qian (water),
Chen (command centre), Sun (leader), Zhou (supervisor), Stranger (commander of another street)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from huying.cases import actions
from huying.cases.models import Case
from huying.cases.policy.reports import Call, Place, Report, Reporter, fingerprint
from huying.cases.states import Channel
from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.org import actions as org
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.states import Role, UnitKind
from huying.places import actions as places
from huying.places.states import AreaLevel
from huying.shared.ids import CategoryId, StaffId, UnitId

NOW = datetime(2026, 4, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday, inside working hours
STREET, GRID, ELSEWHERE = "330109001", "330109001002003", "330109002"


def staff(number: int, *grants: Grant) -> Actor:
    return Actor(f"staff:{number}", grants=frozenset(grants), staff_id=StaffId(number))


@dataclass
class Cast:
    """Who acts in the tests, and short words for the steps of the loop."""

    roads: UnitId
    water: UnitId
    lamp: CategoryId
    keys: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.lin = RESIDENT
        self.wang = staff(1, Grant(Role.GRID_WORKER, GRID))
        self.zhao = staff(2, Grant(Role.UNIT_WORKER, unit_id=self.roads))
        self.qian = staff(3, Grant(Role.UNIT_WORKER, unit_id=self.water))
        self.chen = staff(4, Grant(Role.COMMANDER, STREET))
        self.sun = staff(5, Grant(Role.LEADER, STREET))
        self.zhou = staff(6, Grant(Role.SUPERVISOR, STREET))
        self.stranger = staff(7, Grant(Role.COMMANDER, ELSEWHERE))

    def report(self, **changes: object) -> Report:
        key = f"key-{next(self.keys)}"
        made = Report(
            source="resident",
            key=key,
            text="3幢2单元楼道灯不亮",
            place=Place(GRID, text="清风苑3幢2单元", lng=120.27, lat=30.16),
            channel=Channel.RESIDENT,
            fingerprint=fingerprint(key),
            category_id=self.lamp,
            reporter=Reporter("林小燕", "13812345678"),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def reported(self, **changes: object) -> str:
        return actions.report(self.report(**changes), actor=self.lin, now=NOW).number

    def accepted(self, **changes: object) -> str:
        number = self.reported(**changes)
        actions.accept(number, actor=self.chen, now=NOW)
        return number

    def in_hand(self, *, support: bool = False, final: bool = False, **changes: object) -> str:
        number = self.accepted(**changes)
        calls = [Call(self.roads, final=final)] + ([Call(self.water, lead=False)] if support else [])
        actions.assign(number, calls, actor=self.chen, now=NOW)
        return number

    def handled(self, **changes: object) -> str:
        number = self.in_hand(**changes)
        actions.acknowledge(number, actor=self.zhao, now=NOW)
        actions.answer(number, actor=self.zhao, now=NOW, opinion="已更换灯泡")
        return number

    def closed(self, **changes: object) -> str:
        number = self.handled(**changes)
        actions.verify(number, actor=self.chen, now=NOW)
        return number

    def with_receipt(self, number: str) -> Actor:
        return self.lin.holding(number)

    @staticmethod
    def case(number: str) -> Case:
        return Case.objects.get(number=number)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast inside a transaction that is rolled back after the test."""
    return founded()


@pytest.fixture
def racing(own_database: None) -> Cast:
    """The cast in a database of its own, for tests with several connections."""
    return founded()


def founded() -> Cast:
    for code, name, level, parent in (
        ("3301", "杭州市", AreaLevel.CITY, ""),
        ("330109", "萧山区", AreaLevel.DISTRICT, "3301"),
        (STREET, "城厢街道", AreaLevel.STREET, "330109"),
        (ELSEWHERE, "北干街道", AreaLevel.STREET, "330109"),
        ("330109001002", "清风社区", AreaLevel.COMMUNITY, STREET),
        (GRID, "第三网格", AreaLevel.GRID, "330109001002"),
    ):
        places.create_area(code, name=name, level=level, parent=parent, actor="system", now=NOW)
    units = [
        org.create_unit(
            code=code, name=name, kind=UnitKind.DEPARTMENT, area_code=STREET, actor=SYSTEM, now=NOW
        )
        for code, name in (("roads", "市政科"), ("water", "水务科"))
    ]
    lamp = catalogue.ensure_category(
        scheme="demo", path=[Node("公用设施"), Node("路灯")], kind=Kind.PART, actor=SYSTEM, now=NOW
    )
    return Cast(UnitId(units[0].pk), UnitId(units[1].pk), lamp)
