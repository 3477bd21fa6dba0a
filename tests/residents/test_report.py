"""The report: what came in becomes one case, whatever the browser can do."""

import uuid

import pytest
from django.conf import settings
from django.test import Client
from tests.cases.conftest import GRID, NOW, STREET, Cast
from tests.residents.conftest import CODE, at, filled, only_case, picture, sent

from huying.cases import actions
from huying.cases.models import Case, Evidence, Joined, Reporter
from huying.cases.states import Channel
from huying.intake import pacing
from huying.places.models import Building
from huying.shared.pace import Pace

pytestmark = pytest.mark.usefixtures("building")
PHONE = "13812345678"


def test_the_page_stands_whole_without_a_script(client: Client) -> None:
    page = client.get("/").content.decode()
    for name in (
        "text",
        "photos",
        "address",
        "occurred_from",
        "occurred_to",
        "name",
        "phone",
        "confidential",
    ):
        assert f'name="{name}"' in page
    assert 'method="post" enctype="multipart/form-data"' in page
    assert "data-step" in page
    assert "street-map" not in page  # the map comes only when asked for


def test_one_form_becomes_one_case(client: Client, building: Building) -> None:
    number = sent(client, name="林小燕", phone=PHONE, confidential="1", photos=[picture(), picture(80)])
    case = only_case()
    assert (case.number, case.text, case.channel) == (number, "楼道灯不亮", Channel.RESIDENT)
    assert (case.building_id, case.place_text, case.area_code) == (building.pk, "清风苑3幢", GRID)
    who = Reporter.objects.get(case=case)
    assert (who.name, who.phone, who.confidential) == ("林小燕", PHONE, True)
    assert Evidence.objects.filter(case=case, kind="report").count() == 2


def test_when_it_happens_is_kept_apart_from_when_it_is_reported(client: Client) -> None:
    sent(client, occurred_from="2026-04-01T03:00", occurred_to="2026-04-01T05:00")
    case = only_case()
    assert (case.occurred_from, case.occurred_to) == (at("2026-04-01T03:00"), at("2026-04-01T05:00"))


def test_a_second_click_makes_no_second_case(client: Client) -> None:
    form = filled()
    first, second = (client.post("/", {**form, "photos": picture()}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1
    assert Evidence.objects.count() == 1


def test_a_flood_from_one_address_has_to_wait_and_loses_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "_pace", Pace(2, seconds=600.0))
    for _ in range(2):
        assert client.post("/", filled()).status_code == 302

    refused = client.post("/", filled(text="电梯坏了"))

    assert refused.status_code == 429
    assert "请求过于频繁，请 600 秒后再试。" in refused.content.decode()
    assert "电梯坏了" in refused.content.decode()
    assert client.post("/", filled(), REMOTE_ADDR="10.0.0.2").status_code == 302
    answer = client.post("/api/v1/reports", {"text": "路灯不亮"}, content_type="application/json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert Case.objects.count() == 3


def test_the_same_form_with_other_words_is_asked_about(client: Client) -> None:
    form = filled()
    client.post("/", form)
    again = client.post("/", form | {"text": "电梯坏了"})
    page = again.content.decode()
    assert again.status_code == 422
    assert "如果是另一件事，请再点一次" in page
    assert "电梯坏了" in page
    assert str(form["key"]) not in page
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": " "}, "请写几句：发生了什么"),
        ({"text": "长" * 4001}, "太长了，请写短一些"),
        ({"building_code": "", "address": ""}, "请告诉我们在哪里：定位、选地图，或写地址"),
        ({"building_code": "no-such"}, "没有找到楼栋“no-such”。"),
        ({"phone": "call me"}, "请检查电话号码"),
        ({"occurred_from": "2026-04-02T03:00", "occurred_to": "2026-04-01T05:00"}, "结束早于开始"),
        ({"occurred_from": "soon"}, "请选日期和时间"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    client: Client, changes: dict[str, str], says: str
) -> None:
    answer = client.post("/", filled(**({"name": "林小燕", "address": "清风苑3幢"} | changes)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert 'value="林小燕"' in page
    assert not Case.objects.exists()


def test_a_file_that_is_no_photo(client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = client.post("/", filled(photos=SimpleUploadedFile("a.jpg", b"no picture at all")))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "文件不是可以识别的照片" in page
    assert "照片要请您再选一次" in page
    assert not Case.objects.exists()


def test_four_photos_are_one_too_many(client: Client) -> None:
    answer = client.post("/", filled(photos=[picture(side) for side in (60, 61, 62, 63)]))
    assert answer.status_code == 422
    assert "最多3张照片" in answer.content.decode()


def test_an_address_in_words_is_enough(client: Client) -> None:
    sent(client, building_code="", address="清风苑3幢2单元")
    assert (only_case().area_code, only_case().place_text) == (GRID, "清风苑3幢2单元")


def test_words_that_name_no_place_wait_for_a_person(client: Client) -> None:
    sent(client, building_code="", address="老地方")
    assert (only_case().place_certain, only_case().place_text) == (False, "老地方")


def test_the_code_on_the_house_fills_the_place_in(client: Client) -> None:
    page = client.get(f"/?b={CODE}").content.decode()
    assert "清风苑3幢" in page
    assert f'name="building_code" id="building_code" value="{CODE}"' in page


def test_a_code_of_no_house_says_so(client: Client) -> None:
    assert "二维码上的楼栋没有找到" in client.get("/?b=nowhere").content.decode()


def test_without_a_script_the_building_is_picked_or_given_up(client: Client) -> None:
    looked = client.post("/", filled(building_code="", address="清风苑", look="1"))
    assert looked.status_code == 200
    assert f'name="meant" value="{CODE}"' in looked.content.decode()
    assert "请写几句" not in looked.content.decode()
    sent(client, building_code="", address="清风苑", meant=CODE)
    sent(client, building_code=CODE, elsewhere="1", address="老地方")
    assert list(Case.objects.order_by("id").values_list("building__code", flat=True)) == [CODE, None]


def test_buildings_are_found_while_one_writes(client: Client) -> None:
    for said in ("清风苑3", "清风苑 3幢", "育才路12", "清风3"):
        assert "清风苑3幢" in client.post("/report/places/", {"address": said}).content.decode()
    for said in ("清", "", "东信花园3幢", "清风苑4"):
        assert "清风苑" not in client.post("/report/places/", {"address": said}).content.decode()


def test_words_of_a_search_never_stand_in_an_address(client: Client) -> None:
    assert client.get("/report/places/?address=清风苑").status_code == 405
    assert client.get("/report/nearby/?address=清风苑").status_code == 405


def test_open_cases_around_are_shown_before_sending(client: Client, cast: Cast) -> None:
    cast.reported(text=f"林小燕家门口黑,请打{PHONE}")
    page = client.post("/report/nearby/", {"building_code": CODE}).content.decode()
    assert "路灯" in page
    assert "约 50 米" in page
    for secret in (PHONE, "林小燕", "家门口黑"):
        assert secret not in page


def test_one_who_met_with_the_same_joins(client: Client, cast: Cast) -> None:
    number = cast.reported()
    for _ in range(2):
        assert client.post("/report/join/", {"join": number}).headers["Location"] == "/mine/#joined"
    assert cast.case(number).joined == 1
    page = client.get("/mine/").content.decode()
    assert number in page
    assert client.get(f"/mine/{number}/").status_code == 404  # to join gives no look at the thread
    assert Client().post("/report/join/", {"join": number}).status_code == 302
    assert cast.case(number).joined == 2
    assert Joined.objects.count() == 2


def test_ones_own_case_is_not_offered_and_not_joined(client: Client) -> None:
    number = sent(client)
    assert number not in client.post("/report/nearby/", {"building_code": CODE}).content.decode()
    assert client.post("/report/join/", {"join": number}).status_code == 422


def test_an_account_counts_for_nothing_here(client: Client, cast: Cast) -> None:
    """Whoever reports here reports as a resident, signed in or not."""
    from huying.org.models import User

    client.force_login(User.objects.create_user("chen"))
    sent(client)
    assert (only_case().reported_by, only_case().source) == ("resident", "resident")


def test_the_receipt_page_shows_number_code_and_what_comes(client: Client) -> None:
    number = sent(client)
    page = client.get(f"/mine/{number}/sent/").content.decode()
    assert number in page
    assert "10分钟内受理" in page
    assert "data:image/svg+xml" in page
    assert Client().get(f"/mine/{number}/sent/").status_code == 404


def test_the_page_is_english_when_asked(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Tell us what is wrong" in client.get("/").content.decode()
    wrong = client.post("/", filled(building_code="no-such"))
    assert "no-such" in wrong.content.decode()


def test_a_key_that_is_none_is_refused(client: Client) -> None:
    assert client.post("/", filled(key="../../etc")).status_code == 422
    assert client.post("/", filled(key=str(uuid.uuid4()), category_id="999999")).status_code == 422
    assert not Case.objects.exists()


def test_neighbours_of_another_street_are_not_near(client: Client, cast: Cast) -> None:
    from huying.cases.policy.reports import Place

    cast.reported(place=Place(STREET, lng=120.28, lat=30.18))
    assert "我也遇到" not in client.post("/report/nearby/", {"building_code": CODE}).content.decode()
    actions.publish(cast.reported(), "灯不亮", actor=cast.chen, now=NOW)
    assert "灯不亮" in client.post("/report/nearby/", {"building_code": CODE}).content.decode()
