"""What everybody sees: nothing that was not released. The grid worker. Codes of buildings."""

import json

import pytest
from django.test import Client
from tests.cases.conftest import GRID, NOW, STREET, Cast
from tests.residents.conftest import CODE

from huying.cases import actions
from huying.cases.models import Release
from huying.cases.policy.release import coarse
from huying.cases.policy.reports import Reporter
from huying.org import actions as org
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.states import ChainLevel, Employment, Role
from huying.shared.ids import StaffId

pytestmark = pytest.mark.usefixtures("building")
CANARIES = ("13812345678", "林小燕", "金丝雀暗语", "501室", "育才路", "内部金丝雀")
PUBLIC = ("/", f"/?b={CODE}", "/around/", "/around/points.json", "/who/", f"/who/?b={CODE}", "/mine/")


def secretive(cast: Cast, **changes: object) -> str:
    """A case full of what must not get out, and staff that wrote about it."""
    number = cast.reported(
        text="金丝雀暗语:林小燕住501室,电话13812345678", reporter=Reporter("林小燕", "13812345678"), **changes
    )
    actions.note(number, "内部金丝雀", actor=cast.chen, now=NOW)
    actions.note(number, "请林小燕回电13812345678", actor=cast.chen, now=NOW, public=True)
    return number


def everything(client: Client, number: str) -> str:
    """Return all that a stranger can get of a case, by any page."""
    pages = [client.get(path) for path in (*PUBLIC, f"/around/{number}/")]
    pages += [
        client.post("/report/nearby/", {"lng": "120.27", "lat": "30.16"}),
        client.post("/report/places/", {"address": "清风苑"}),
        client.post("/", {"look": "1", "lng": "120.27", "lat": "30.16"}),
    ]
    return "\n".join(each.content.decode() for each in pages)


@pytest.mark.parametrize("is_released", [False, True])
def test_no_canary_gets_out(client: Client, cast: Cast, *, is_released: bool) -> None:
    number = secretive(cast)
    if is_released:
        actions.publish(number, "小区西门的灯暗", actor=cast.chen, now=NOW)
    found = everything(client, number)
    assert ("小区西门的灯暗" in found) == is_released
    wanted = [each for each in CANARIES if each != "育才路"]  # the address of a building is public
    assert [each for each in wanted if each in found] == []


def test_the_canary_test_can_fail(client: Client, cast: Cast) -> None:
    """A text released past the rules is found on the public pages."""
    number = secretive(cast)
    Release.objects.create(case=cast.case(number), text=f"见{CANARIES[2]}", released_at=NOW, released_by="x")
    assert CANARIES[2] in everything(client, number)


def test_what_is_not_released_is_not_there(client: Client, cast: Cast) -> None:
    number = cast.reported()
    assert client.get(f"/around/{number}/").status_code == 404
    assert client.get("/around/HY-330109001-20260401-99999/").status_code == 404
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert client.get(f"/around/{number}/").status_code == 200
    actions.unpublish(number, actor=cast.chen, now=NOW, reason="有误")
    assert client.get(f"/around/{number}/").status_code == 404


def test_a_point_on_the_map_is_the_middle_of_a_cell(client: Client, cast: Cast) -> None:
    number = cast.reported()
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    (feature,) = json.loads(client.get("/around/points.json").content)["features"]
    assert tuple(feature["geometry"]["coordinates"]) == coarse(120.27, 30.16)
    assert feature["properties"] == {
        "id": number,
        "tone": "orange",
        "label": "路灯",
        "href": f"/around/{number}/",
    }
    assert "120.27," not in client.get("/around/points.json").content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?state=open", 1),
        ("?state=closed", 1),
        ("?state=nonsense", 2),
        ("?category=公用设施", 2),
        ("?category=市容环境", 0),
        ("?community=330109001002", 2),
        ("?community=330109002", 0),
        ("?before=2026-03-01T00:00:00%2B08:00", 0),
        ("?before=nonsense", 2),
        ("?before=2026-99-99T00:00", 2),
    ],
)
def test_the_list_is_narrowed(client: Client, cast: Cast, query: str, count: int) -> None:
    for number in (cast.reported(), cast.closed()):
        actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert client.get(f"/around/{query}").content.decode().count('class="list-card"') == count


def test_a_long_list_goes_on(client: Client, cast: Cast) -> None:
    from datetime import timedelta

    for late in range(23):
        at = NOW + timedelta(seconds=late)
        actions.publish(cast.reported(), f"第{late}件", actor=cast.chen, now=at)
    page = client.get("/around/").content.decode()
    assert page.count('class="list-card"') == 20
    following = page.split('href="?')[1].split('"')[0]
    assert client.get(f"/around/?{following}").content.decode().count('class="list-card"') == 3


def test_staff_release_by_a_page_that_proposes_a_masked_text(client: Client, cast: Cast) -> None:
    number = secretive(cast)
    assert client.get(f"/cases/{number}/publish/").status_code == 302  # sign in first
    client.force_login(commander(cast))
    page = client.get(f"/cases/{number}/publish/").content.decode()
    proposal = page.split('<textarea class="form-control" id="release-text"')[1].split("</textarea>")[0]
    assert "金丝雀暗语" in proposal
    assert not [each for each in ("13812345678", "林小燕", "501") if each in proposal]
    wrong = client.post(f"/cases/{number}/publish/", {"text": "请打13812345678"})
    assert wrong.status_code == 422
    assert "公开的文字中还有电话" in wrong.content.decode()
    assert "请打13812345678" in wrong.content.decode()
    assert client.post(f"/cases/{number}/publish/", {"text": "灯不亮"}).status_code == 302
    assert "灯不亮" in Client().get("/around/").content.decode()
    assert client.post(f"/cases/{number}/publish/", {"withdraw": "1", "reason": ""}).status_code == 422
    assert client.post(f"/cases/{number}/publish/", {"withdraw": "1", "reason": "误"}).status_code == 302
    assert "灯不亮" not in Client().get("/around/").content.decode()


def commander(cast: Cast) -> User:
    return user("chen", Role.COMMANDER, STREET)


def user(name: str, role: Role, area_code: str) -> User:
    org.enrol(
        name=name,
        username=name,
        password="duty-Room-24",
        role=role,
        area_code=area_code,
        now=NOW,
        actor=SYSTEM,
    )
    return User.objects.get(username=name)


def test_the_grid_worker_is_found_by_code_address_and_point(client: Client, cast: Cast) -> None:
    wang = org.hire(
        name="王秀英", phone="0571-86280001", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM
    )
    org.make_responsible(
        StaffId(wang.pk), ChainLevel.GRID_WORKER, area_code=GRID, starts_at=NOW, now=NOW, actor=SYSTEM
    )
    by_code = client.get(f"/who/?b={CODE}").content.decode()
    by_address = client.post("/who/", {"address": "清风苑3幢"}).content.decode()
    for page in (by_code, by_address):
        assert "王秀英" in page
        assert 'href="tel:0571-86280001"' in page
        assert "第三网格" in page


def test_no_grid_worker_no_place_no_words(client: Client) -> None:
    assert "没有网格员在岗" in client.get(f"/who/?b={CODE}").content.decode()
    unknown = client.post("/who/", {"address": "天上人间"})
    assert unknown.status_code == 422
    assert "没有找到这个地址" in unknown.content.decode()
    assert client.post("/who/", {}).status_code == 422
    assert client.get("/who/?b=nowhere").status_code == 422


def test_the_sticker_leads_to_the_report_of_its_house(client: Client) -> None:
    page = client.get(f"/who/{CODE}/qr/").content.decode()
    assert "清风苑3幢" in page
    assert "data:image/svg+xml" in page
    assert client.get("/who/nowhere/qr/").status_code == 404


def test_a_sheet_of_stickers_is_for_who_works_there(client: Client, cast: Cast) -> None:
    assert client.get(f"/who/sheet/{GRID}/").status_code == 302
    client.force_login(user("stranger", Role.COMMANDER, "330109002"))
    assert client.get(f"/who/sheet/{GRID}/").status_code == 403
    client.force_login(user("wang", Role.GRID_WORKER, GRID))
    assert client.get(f"/who/sheet/{GRID}/").content.decode().count('class="sticker"') == 1
