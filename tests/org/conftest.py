"""A small street with everybody in it. Nobody is on duty and nobody answers for anything yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_django

from huying.org import actions, queries
from huying.org.models import Staff
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import ChainLevel, Employment, Role, UnitKind
from huying.places import actions as places
from huying.places.states import AreaLevel
from huying.shared.ids import StaffId

NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)
STREET, COMMUNITY, GRID, OTHER_GRID = "330109001", "330109001001", "330109001001001", "330109001001002"
OTHER_STREET = "330109002"
TOWER = "330109001001001B3"
AREAS = [
    ("3301", "杭州市", AreaLevel.CITY, ""),
    ("330109", "萧山区", AreaLevel.DISTRICT, "3301"),
    (STREET, "城厢街道", AreaLevel.STREET, "330109"),
    (OTHER_STREET, "北干街道", AreaLevel.STREET, "330109"),
    (COMMUNITY, "崇化社区", AreaLevel.COMMUNITY, STREET),
    (GRID, "第一网格", AreaLevel.GRID, COMMUNITY),
    (OTHER_GRID, "第二网格", AreaLevel.GRID, COMMUNITY),
]


def sid(staff: Staff) -> StaffId:
    return StaffId(staff.pk)


def hire(name: str, phone: str = "", employment: Employment = Employment.FULL_TIME) -> Staff:
    return actions.hire(name=name, phone=phone, employment=employment, now=NOW, actor=SYSTEM)


@dataclass
class Town:
    """The street's people and places."""

    wang: Staff  # grid worker
    zhao: Staff  # department
    chen: Staff  # command centre
    sun: Staff  # leader
    tower_id: int

    def actor(self, staff: Staff, *roles: Role, prefix: str = STREET) -> Actor:
        """Return somebody with roles over the street, without asking the database."""
        grants = frozenset(Grant(role, prefix) for role in roles)
        return Actor(f"staff:{staff.pk}", staff.name, grants, sid(staff))

    def responsible(self, staff: Staff, level: ChainLevel, area_code: str = GRID) -> None:
        place = {"building_code": TOWER} if level is ChainLevel.BUILDING_HEAD else {"area_code": area_code}
        actions.make_responsible(sid(staff), level, starts_at=NOW - HOUR, now=NOW, actor=SYSTEM, **place)

    def away(self, *people: Staff) -> None:
        for staff in people:
            actions.record_absence(sid(staff), NOW - HOUR, NOW + HOUR, now=NOW, actor=SYSTEM)

    def shift(self, staff: Staff, start: float = -1, end: float = 7, unit: str = "ZHS") -> int:
        """Put somebody on the roster, hours from now; return the id of the shift."""
        start_at, end_at = NOW + start * HOUR, NOW + end * HOUR
        return actions.schedule_shift(unit, sid(staff), start_at, end_at, now=NOW, actor=SYSTEM).pk


@pytest.fixture(autouse=True)
def _quick_passwords(settings: pytest_django.Settings) -> None:
    """A password that is slow to check protects nobody in a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db: None) -> Town:
    return founded()


@pytest.fixture
def racing(own_database: None) -> Town:
    """The same street in a database of its own, for tests with several connections."""
    return founded()


def founded() -> Town:
    for code, name, level, parent in AREAS:
        places.create_area(code, name=name, level=level, parent=parent, actor="system", now=NOW)
    estate = places.add_estate(COMMUNITY, name="崇化小区", actor="system", now=NOW)
    tower = places.add_building(TOWER, name="3幢", area_code=GRID, estate=estate, actor="system", now=NOW)
    for code, name, kind in (
        ("ZHS", "综合信息指挥室", UnitKind.COMMAND_CENTRE),
        ("CG", "城管局", UnitKind.DEPARTMENT),
    ):
        actions.ensure_unit(code=code, name=name, kind=kind, area_code=STREET, now=NOW, actor=SYSTEM)
    queries.forget_actors()
    return Town(
        wang=hire("王网格", "0571-8201"),
        zhao=hire("赵队长", "0571-8202"),
        chen=hire("陈值班", "0571-8203"),
        sun=hire("孙主任", "0571-8204"),
        tower_id=tower.pk,
    )


def add_building(code: str) -> None:
    places.add_building(code, name=code, area_code=GRID, actor="system", now=NOW)
