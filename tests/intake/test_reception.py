"""From what a channel sent to a located report: keys, channels, places. Rows of docs/rules/intake.md."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from shapely.geometry import box

from huying.cases.models import Case
from huying.cases.states import Channel
from huying.config import authentication
from huying.intake.reception import received
from huying.intake.schemas import ReportIn
from huying.org.policy import RESIDENT, Actor, Grant
from huying.org.states import Role
from huying.places import actions as places
from huying.places.states import AreaLevel
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import StaffId, UnitId

NOW = datetime(2026, 4, 1, 4, tzinfo=UTC)
GRID, BUILDING = "330109001002003", "330109001002003B1"
MACHINE = Actor("token:3", grants=frozenset({Grant(Role.CONNECTOR)}), source="12345")


def staff(role: Role, area: str = GRID) -> Actor:
    unit = UnitId(1) if role is Role.UNIT_WORKER else None
    return Actor("staff:1", grants=frozenset({Grant(role, "" if unit else area, unit)}), staff_id=StaffId(1))


@pytest.fixture
def town(db: None) -> None:
    """One district with two streets; the grid has an outline and a building."""
    for code, name, level, parent in (
        ("3301", "杭州市", AreaLevel.CITY, ""),
        ("330109", "萧山区", AreaLevel.DISTRICT, "3301"),
        ("330109001", "城厢街道", AreaLevel.STREET, "330109"),
        ("330109002", "北干街道", AreaLevel.STREET, "330109"),
        ("330109001002", "清风社区", AreaLevel.COMMUNITY, "330109001"),
        (GRID, "第三网格", AreaLevel.GRID, "330109001002"),
    ):
        places.create_area(code, name=name, level=level, parent=parent, actor="system", now=NOW)
    places.set_boundary(
        GRID, box(120.26, 30.15, 120.28, 30.17), valid_from=NOW.date(), actor="system", now=NOW
    )
    estate = places.add_estate("330109001002", name="清风苑", actor="system", now=NOW)
    places.add_building(
        BUILDING, name="1幢", area_code=GRID, estate=estate, point=(120.27, 30.16), actor="system", now=NOW
    )


@pytest.mark.parametrize(
    ("actor", "named", "channel"),
    [
        (RESIDENT, None, Channel.RESIDENT),
        (staff(Role.GRID_WORKER), None, Channel.GRID),
        (staff(Role.BUILDING_HEAD), None, Channel.GRID),
        (staff(Role.COMMUNITY_WORKER), None, Channel.GRID),
        # for a resident on the phone (B05)
        (staff(Role.GRID_WORKER), Channel.PHONE, Channel.PHONE),
        (staff(Role.UNIT_WORKER), None, Channel.PATROL),
        (staff(Role.COMMANDER), None, Channel.PHONE),
        (staff(Role.COMMANDER), Channel.POLICE, Channel.POLICE),
        (staff(Role.LEADER), None, Channel.SUPERIOR),
        (MACHINE, None, Channel.HOTLINE),
        (MACHINE, Channel.CAMERA, Channel.CAMERA),
    ],
)
def test_the_channel_follows_from_who_sends(
    town: None, actor: Actor, named: Channel | None, channel: Channel
) -> None:
    sent = ReportIn(text="灯不亮", area_code=GRID, channel=named)
    assert received(sent, key="k", actor=actor, on=NOW.date()).channel is channel


@pytest.mark.parametrize(
    ("actor", "named", "sentence"),
    [
        (RESIDENT, Channel.GRID, "您不能以“网格巡查”渠道上报。"),
        (MACHINE, Channel.RESIDENT, "您不能以“居民上报”渠道上报。"),
    ],
)
def test_nobody_borrows_another_channel(town: None, actor: Actor, named: Channel, sentence: str) -> None:
    with pytest.raises(Incomplete) as refused:
        received(ReportIn(text="灯不亮", channel=named), key="k", actor=actor, on=NOW.date())
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("sent", "actor", "area", "is_certain", "in_building"),
    [
        # the surest thing decides, whatever else was sent
        (
            {"building_code": BUILDING, "area_code": "330109002", "lng": 121.0, "lat": 31.0},
            RESIDENT,
            GRID,
            True,
            True,
        ),
        ({"area_code": "330109001002", "address": "门口"}, RESIDENT, "330109001002", True, False),
        ({"lng": 120.265, "lat": 30.155}, RESIDENT, GRID, True, False),
        ({"address": "清风苑1幢"}, RESIDENT, GRID, True, True),
        # a person must look: it waits where everything is that it could be
        ({"address": "老地方"}, RESIDENT, "330109", False, False),
        ({}, RESIDENT, "330109", False, False),
        # the sender stands for his grid
        ({}, staff(Role.GRID_WORKER), GRID, False, False),
    ],
)
def test_where_it_is(
    town: None, sent: dict[str, object], actor: Actor, area: str, is_certain: bool, in_building: bool
) -> None:
    place = received(ReportIn(text="灯不亮", **sent), key="k", actor=actor, on=NOW.date()).place  # type: ignore[arg-type]
    assert (place.area_code, place.certain, place.building_id is not None) == (area, is_certain, in_building)


def test_a_place_nobody_has_is_refused(town: None) -> None:
    for sent in (ReportIn(text="x", building_code="none"), ReportIn(text="x", area_code="330109009")):
        with pytest.raises(NotFound):
            received(sent, key="k", actor=RESIDENT, on=NOW.date())


def test_a_machine_must_send_its_key_and_a_person_need_not(
    town: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"text": "灯不亮", "area_code": GRID}

    def post() -> tuple[int, str]:
        answer = client.post("/api/v1/reports", body, content_type="application/json")
        return answer.status_code, answer.json().get("detail", "")

    assert [post()[0], post()[0], Case.objects.count()] == [201, 201, 2]
    monkeypatch.setattr(authentication, "_of_person", lambda request: MACHINE)
    assert post() == (400, "无法读取输入：缺少 Idempotency-Key 请求头。")


def test_when_it_happens_is_not_when_it_was_reported(town: None, client: Client) -> None:
    """Noise every night from 3 to 5 (B13); a time without a zone says nothing."""
    night = {"occurred_from": "2026-04-01T03:00:00+08:00", "occurred_to": "2026-04-01T05:00:00+08:00"}
    body = {"text": "噪音", "area_code": GRID}
    assert (
        client.post("/api/v1/reports", {**body, **night}, content_type="application/json").status_code == 201
    )
    case = Case.objects.get()
    assert (case.occurred_from, case.found_at) == (datetime(2026, 3, 31, 19, tzinfo=UTC), case.reported_at)

    zoneless = {**body, "found_at": "2026-04-01T03:00:00"}
    answer = client.post("/api/v1/reports", zoneless, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (422, "请求内容有误：found_at 缺少时区。")
