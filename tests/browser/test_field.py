"""People outside in a real browser: a unit and a grid worker, phone and desk, Chinese and English."""

import re
from io import BytesIO

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.browser.town import DESK, PHONE, Town, Visitor, visitor

METRE = 1 / 111_195  # degrees of latitude


def asked(town: Town, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(town.database_url, autocommit=True) as connection:
        return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


def photo() -> dict[str, object]:
    out = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return {"name": "there.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def called(browser: Browser, town: Town, text: str) -> str:
    """Report something beside a building, accept it and call the police, by the API; return its number."""
    (lng, lat) = asked(
        town, "SELECT lng, lat FROM places_building WHERE lng IS NOT NULL ORDER BY id LIMIT 1"
    )[0]
    (unit,) = asked(
        town,
        "SELECT unit_id FROM org_rolegrant g JOIN org_staff s ON s.id = g.staff_id"
        " JOIN org_user u ON u.id = s.user_id"
        " WHERE u.username = 'police' AND unit_id IS NOT NULL",
    )[0]
    (category,) = asked(
        town,
        "SELECT c.id FROM catalogue_category c WHERE NOT urgent AND NOT EXISTS"
        " (SELECT FROM catalogue_category d WHERE d.parent_id = c.id) ORDER BY c.id LIMIT 1",
    )[0]
    centre = visitor(browser, town)
    page = centre.sign_in("command")
    number = post(page, "/api/v1/reports", {"text": text, "lng": lng, "lat": lat, "category_id": category})[
        "number"
    ]
    post(page, f"/api/v1/cases/{number}/accept", {"opinion": ""})
    calls = [{"unit_id": unit, "lead": True}]
    post(page, f"/api/v1/cases/{number}/assign", {"calls": calls})
    centre.context.close()
    return str(number)


def post(page: Page, address: str, body: dict[str, object]) -> dict[str, object]:
    """Send JSON from the page itself, as its own scripts would."""
    answer: dict[str, object] = page.evaluate(
        """async ([address, body]) => {
            const known = document.cookie.split("; ");
            const token = known.find((each) => each.startsWith("csrftoken="))?.slice(10);
            const headers = {"Content-Type": "application/json", "X-CSRFToken": token ?? ""};
            const answer = await fetch(address, {method: "POST", headers, body: JSON.stringify(body)});
            return {status: answer.status, ...(await answer.json())};
        }""",
        [address, body],
    )
    assert answer["status"] in (200, 201), answer
    return answer


def at_the_place(town: Town, seen: Visitor, number: str, *, metres: float) -> None:
    lng, lat = asked(town, "SELECT lng, lat FROM cases_case WHERE number = %s", number)[0]
    seen.context.grant_permissions(["geolocation"], origin=town.address)
    seen.context.set_geolocation({"longitude": lng, "latitude": lat + metres * METRE})  # type: ignore[operator,typeddict-item]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(
    ("screen", "locale", "words"),
    [
        (PHONE, "zh-CN", ("签收", "距事件地点约50米，在现场范围内", "已答复")),
        (DESK, "en-US", ("Acknowledge", "about 50 m from the place, within the radius", "Answered")),
    ],
    ids=["phone, Chinese", "desk, English"],
)
def test_a_unit_signs_arrives_and_answers(
    browser: Browser, town: Town, screen: dict[str, object], locale: str, words: tuple[str, str, str]
) -> None:
    sign, near, answered = words
    number = called(browser, town, f"楼道灯不亮 {locale}")
    seen = visitor(browser, town, locale=locale, **screen)
    at_the_place(town, seen, number, metres=50)
    page = seen.sign_in("police")
    assert page.url.endswith("/unit/")
    page.locator("article", has=page.locator(f"a[href*='{number}']")).get_by_role("button", name=sign).click()
    page.wait_for_url(f"**/unit/{number}/")
    page.locator("#deed-arrive > summary").click()
    expect(page.locator("#deed-arrive .locate-said")).to_contain_text(near)
    page.locator("#deed-arrive input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
    page.locator("#deed-arrive form button").click()
    page.locator("#deed-answer > summary").click()
    page.locator("#deed-answer textarea").fill("已更换灯泡")
    page.locator("#deed-answer input[name=after]").set_input_files(photo())  # type: ignore[arg-type]
    page.locator("#deed-answer form button").click()
    expect(page.locator(".alert[role=status]")).to_contain_text(answered)
    assert page.locator(".photos img").count() == 2
    assert fits(page)
    (state, arrival_m) = asked(
        town,
        "SELECT a.state, a.arrival_m FROM cases_assignment a JOIN cases_case c ON c.id = a.case_id"
        " WHERE number = %s",
        number,
    )[0]
    assert (state, round(float(str(arrival_m)))) == ("answered", 50)
    assert (seen.said, seen.strangers()) == ([], set())


def test_outside_of_the_radius_the_page_asks_why(browser: Browser, town: Town) -> None:
    number = called(browser, town, "井盖松动")
    seen = visitor(browser, town, **PHONE)
    at_the_place(town, seen, number, metres=600)
    page = seen.sign_in("police")
    seen.open(f"/unit/{number}/")
    page.locator("#deed-arrive > summary").click()
    expect(page.locator("#deed-arrive .locate-said")).to_contain_text("超出200米，请说明原因")
    page.locator("#deed-arrive input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
    page.locator("#deed-arrive form button").click()
    expect(page.locator("#deed-arrive .field-error")).to_contain_text("请说明原因")
    page.locator("#deed-arrive textarea").fill("路被封,在路口")
    page.locator("#deed-arrive input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
    expect(page.locator("#deed-arrive .locate-said")).to_contain_text("超出200米")
    page.locator("#deed-arrive form button").click()
    expect(page.locator(".alert[role=status]")).to_contain_text("已到场")


def test_a_second_click_says_that_it_was_done(browser: Browser, town: Town) -> None:
    number = called(browser, town, "路面积水")
    one, other = visitor(browser, town), visitor(browser, town, **PHONE)
    for seen in (one, other):
        seen.sign_in("police")
        seen.open(f"/unit/{number}/")
    for seen in (one, other):
        seen.page.locator(".deed-tap button").click()
    expect(other.page.locator(".deed-tap .field-error")).to_contain_text("不能执行“签收”")
    signed = asked(
        town,
        "SELECT count(*) FROM cases_move m JOIN cases_case c ON c.id = m.case_id"
        " WHERE number = %s AND verb = 'acknowledge'",
        number,
    )
    assert signed == [(1,)]


def test_another_units_case_is_not_there(browser: Browser, town: Town) -> None:
    number = called(browser, town, "夜间噪声")
    seen = visitor(browser, town)
    page = seen.sign_in("squad")
    answer = page.goto(f"{town.address}/unit/{number}/")
    assert answer is not None
    assert answer.status == 404
    assert "夜间噪声" not in page.content()


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_a_grid_worker_reports_for_a_caller(
    browser: Browser, town: Town, *, java_script_enabled: bool
) -> None:
    seen = visitor(browser, town, **PHONE, java_script_enabled=java_script_enabled, service_workers="block")
    page = seen.sign_in("grid")
    seen.open("/grid/report/")
    text = f"独居老人家里漏水 {java_script_enabled}"
    page.fill("textarea[name=text]", text)
    page.select_option("[name=building_code]", index=1)
    page.click(".on-behalf > summary")
    page.fill("input[name=name]", "毛阿姨")
    page.fill("input[name=phone]", "13900001111")
    page.click(".deed-form > button")
    page.wait_for_url(re.compile(r"/grid/(HY-.*/)?$"))
    statement = (
        "SELECT channel, name, phone FROM cases_case JOIN cases_reporter r ON r.case_id = cases_case.id"
        " WHERE text = %s"
    )
    for _ in range(50):
        if found := asked(town, statement, text):
            break
        page.wait_for_timeout(100)
    assert found == [("phone", "毛阿姨", "13900001111")]
    assert fits(page)


def test_the_pages_of_the_grid_open_and_keep_their_policy(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE, locale="en-US")
    page = seen.sign_in("grid")
    for path in ("/grid/", "/grid/report/", "/grid/solve/", "/grid/map/", "/grid/walks/", "/grid/buildings/"):
        seen.open(path)
        assert page.locator("h1").count() == 1
        assert fits(page), path
    page.locator("main .plain a").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert (seen.said, seen.strangers()) == ([], set())
