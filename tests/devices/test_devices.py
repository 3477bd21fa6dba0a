"""The register of devices: who may write it, what is heard of them, who may see them."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from tests.cases.conftest import ELSEWHERE, GRID, NOW, STREET, Cast, cast

from huying.devices import actions, files, queries
from huying.devices.models import Device
from huying.devices.policy import Beat, DeviceRow, condition
from huying.devices.states import Condition, Kind
from huying.ledger.models import Entry
from huying.org.models import User
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.states import Role
from huying.shared.errors import Conflict, Incomplete, Malformed, NotFound, NotPermitted, NotSignedIn

__all__ = ["cast"]  # a fixture
CAMERA = DeviceRow(
    "CAM-1", Kind.CAMERA, "东门摄像头", GRID, 120.27, 30.16, "清风苑东门", heading=90.0, ai_classes=("烟火",)
)
OTHER = replace(CAMERA, code="CAM-2", area_code=ELSEWHERE)


def entries(verb: str) -> list[tuple[str, str, str]]:
    return list(Entry.objects.filter(verb=verb).order_by("id").values_list("subject", "before", "after"))


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    assert actions.register([CAMERA, OTHER], actor=SYSTEM, now=NOW) == (2, 0)
    assert actions.register([CAMERA, OTHER], actor=SYSTEM, now=NOW) == (0, 0)
    moved = replace(CAMERA, lng=120.28)
    assert actions.register([moved, OTHER], actor=SYSTEM, now=NOW) == (0, 1)
    assert Device.objects.get(code="CAM-1").lng == 120.28
    assert [subject for subject, *_ in entries("register_device")] == [
        "device:CAM-1", "device:CAM-2", "device:CAM-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "有空格 1"},
        {"name": " "},
        {"lng": 200.0},
        {"heading": 360.0},
        {"stream": "javascript:alert(1)"},
        {"ai_classes": ("长" * 41,)},
    ],
)
def test_what_is_no_device_is_refused_and_nothing_goes_in(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(Incomplete):
        actions.register([OTHER, replace(CAMERA, **wrong)], actor=SYSTEM, now=NOW)  # type: ignore[arg-type]
    assert not Device.objects.exists()


def test_who_may_register_and_withdraw(cast: Cast) -> None:
    actions.register([CAMERA], actor=cast.chen, now=NOW)
    for stranger in (cast.stranger, cast.wang, RESIDENT):
        with pytest.raises(NotPermitted):
            actions.register([replace(CAMERA, area_code=STREET)], actor=stranger, now=NOW)
        with pytest.raises(NotPermitted):
            actions.withdraw("CAM-1", reason="拆除", actor=stranger, now=NOW)
    with pytest.raises(Incomplete):
        actions.withdraw("CAM-1", reason=" ", actor=cast.chen, now=NOW)
    actions.withdraw("CAM-1", reason="拆除", actor=cast.chen, now=NOW)
    with pytest.raises(NotFound):
        actions.withdraw("CAM-1", reason="拆除", actor=cast.chen, now=NOW)
    with pytest.raises(Conflict):  # its code is never used again
        actions.register([CAMERA], actor=SYSTEM, now=NOW)
    assert not queries.visible(cast.sun).exists()


def test_nobody_takes_over_a_device_of_another_street(cast: Cast) -> None:
    actions.register([OTHER], actor=SYSTEM, now=NOW)
    with pytest.raises(NotPermitted):
        actions.register([replace(OTHER, area_code=STREET)], actor=cast.chen, now=NOW)


def test_only_what_changes_is_recorded(cast: Cast) -> None:
    actions.register([CAMERA, OTHER], actor=SYSTEM, now=NOW)
    platform = Actor("token:1", grants=frozenset({Grant(Role.CONNECTOR, STREET)}), source="video")
    beats = [Beat("CAM-1"), Beat("CAM-2"), Beat("CAM-9")]
    later = NOW + timedelta(minutes=1)
    assert actions.beat(beats, actor=platform, now=NOW) == (1, ("CAM-2", "CAM-9"))  # of elsewhere, of nowhere
    assert actions.beat(beats, actor=platform, now=later) == (0, ("CAM-2", "CAM-9"))
    assert Device.objects.get(code="CAM-1").seen_at == later
    gone = [Beat("CAM-1", Condition.OFFLINE)]
    assert actions.beat(gone, actor=platform, now=later) == (1, ())
    assert entries("beat_device") == [
        ("device:CAM-1", "offline", "online"),
        ("device:CAM-1", "online", "offline"),
    ]
    assert actions.beat([Beat("CAM-1")], actor=cast.sun, now=later) == (
        0,
        ("CAM-1",),
    )  # a reader is no device


@pytest.mark.parametrize(
    ("said", "ago", "beat_seconds", "is_what"),
    [
        (Condition.ONLINE, timedelta(0), None, Condition.ONLINE),
        (Condition.ONLINE, timedelta(days=9), None, Condition.ONLINE),  # its platform would have said so
        (Condition.ONLINE, timedelta(seconds=180), 60, Condition.ONLINE),  # three beats missed, not more
        (Condition.ONLINE, timedelta(seconds=181), 60, Condition.OFFLINE),
        (Condition.ONLINE, None, None, Condition.OFFLINE),  # never heard of
        (Condition.OFFLINE, timedelta(0), 60, Condition.OFFLINE),
    ],
)
def test_when_a_device_answers(
    said: Condition, ago: timedelta | None, beat_seconds: int | None, is_what: Condition
) -> None:
    seen_at: datetime | None = None if ago is None else NOW - ago
    assert condition(said, seen_at, beat_seconds, NOW) is is_what


def test_who_sees_which(cast: Cast) -> None:
    actions.register([CAMERA, OTHER], actor=SYSTEM, now=NOW)
    actions.beat([Beat("CAM-1")], actor=SYSTEM, now=NOW)
    assert [each.code for each in queries.visible(cast.sun)] == ["CAM-1"]
    assert [each.code for each in queries.visible(cast.stranger)] == ["CAM-2"]
    with pytest.raises(NotFound):
        queries.get_for(cast.sun, "CAM-2")
    with pytest.raises(NotPermitted):
        queries.visible(cast.zhao)  # a department
    with pytest.raises(NotSignedIn):
        queries.visible(RESIDENT)
    assert queries.tally([""], NOW)[Kind.CAMERA] == queries.Tally(all=2, online=1, clever=2)
    assert queries.tally([STREET], NOW)[Kind.SENSOR] == queries.Tally()


def test_the_api_and_the_page_show_the_same(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.register([CAMERA, OTHER], actor=SYSTEM, now=NOW)
    assert client.get("/api/v1/map/devices").status_code == 401
    assert client.get("/devices/").status_code == 302
    _as(client, monkeypatch, cast.sun)
    listed = client.get("/api/v1/devices").json()
    assert [(each["code"], each["condition"]) for each in listed] == [("CAM-1", "offline")]
    drawn = client.get("/api/v1/map/devices")
    (point,) = drawn.json()["features"]
    assert point["geometry"]["coordinates"] == [120.27, 30.16]
    assert point["properties"]["tone"] == "secondary"
    again = client.get("/api/v1/map/devices", headers={"If-None-Match": drawn.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    page = client.get(
        "/devices/", {"kind": "camera", "condition": "offline", "area": STREET}
    ).content.decode()
    assert 'data-total="1"' in page
    assert "东门摄像头" in page
    assert 'data-total="0"' in client.get("/devices/", {"condition": "online"}).content.decode()


def _as(client: Client, monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    """Sign in as one of the cast."""
    client.force_login(User.objects.create_user("sun"))
    for module in ("middleware.actor_of_session", "authentication.queries.actor_for_user"):
        monkeypatch.setattr(f"huying.config.{module}", lambda _: actor)


HEADER = "设备编码,种类,名称,所属网格编码,经度,纬度,朝向,识别类别\n"


def test_a_file_of_devices(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(HEADER + f"C1,摄像头,东门,{GRID},120.27,30.16,90,烟火、占道\n", "utf-8-sig")
    wanted = DeviceRow(
        "C1", Kind.CAMERA, "东门", GRID, 120.27, 30.16, heading=90.0, ai_classes=("烟火", "占道")
    )
    assert files.read(file) == [wanted]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("编码,名称\n", Malformed),
        (HEADER + f"C1,门铃,东门,{GRID},120.27,30.16,,\n", Incomplete),  # no such kind
        (HEADER + f"C1,摄像头,东门,{GRID},东,30.16,,\n", Incomplete),
        ("", Malformed),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, error: type[Exception]) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(text)
    with pytest.raises(error):
        files.read(file)
