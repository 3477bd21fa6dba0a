"""What a resident does, on a phone: report, follow, join, judge; with a script and without."""

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.browser.town import PHONE, Town, Visitor, visitor

NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text("utf-8")
NUMBER = re.compile(r"HY-[\d-]+")
BUDGET = 150_000  # bytes as transferred, before the map


def rows(town: Town, query: str, *facts: object) -> list[tuple[object, ...]]:
    with psycopg.connect(town.database_url) as connection:
        return connection.execute(query.encode(), facts).fetchall()


def building(town: Town, nth: int) -> tuple[str, str]:
    """Return code and full name of a building; each test takes another, so that none is near another's."""
    found = rows(
        town,
        "SELECT b.code, e.name || b.name FROM places_building b JOIN places_estate e ON e.id = b.estate_id "
        "WHERE b.lng IS NOT NULL ORDER BY b.code OFFSET %s LIMIT 1",
        nth,
    )
    return str(found[0][0]), str(found[0][1])


def picture(width: int = 3000, height: int = 2000) -> dict[str, object]:
    sent = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone Maker"
    Image.new("RGB", (width, height), (200, 120, 40)).save(sent, "JPEG", exif=exif)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": sent.getvalue()}


def steps(page: Page, text: str, address: str, name: str) -> None:
    """Go through what and where; end at the third step."""
    page.fill("#text", text)
    page.click("[data-step='1'] [data-to='2']")
    page.fill("#address", address)
    page.click(f"#meant label:has-text('{name}')")
    expect(page.locator("#place-chosen strong")).to_have_text(name)
    page.click("[data-step='2'] [data-to='3']")


def sent(page: Page) -> str:
    """Press send; return the number."""
    page.click(".btn-send")
    page.wait_for_url("**/sent/")
    return page.inner_text("#number")


def reported(page: Page, town: Town, nth: int, text: str) -> str:
    code, _name = building(town, nth)
    page.goto(f"{town.address}/?b={code}")
    page.fill("#text", text)
    page.click("[data-step='1'] [data-to='2']")
    page.click("[data-step='2'] [data-to='3']")
    return sent(page)


@pytest.mark.parametrize("screen", [PHONE, NARROW], ids=["390", "320"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_three_calm_steps(browser: Browser, town: Town, screen: dict[str, object], locale: str) -> None:
    seen = visitor(browser, town, locale=locale, **screen)
    page = seen.open("/")
    _code, name = building(town, 0)
    expect(page.locator("[data-step]:visible")).to_have_count(1)
    page.set_input_files("#photos", [picture()])
    expect(page.locator("#photo-previews img")).to_have_count(1)
    page.click("[data-step='1'] [data-to='2']")  # nothing written yet: it stays
    expect(page.locator("#text")).to_be_focused()
    steps(page, "楼道灯不亮,看不见台阶", name, name)
    number = sent(page)
    assert NUMBER.fullmatch(number)
    page.click(".actions .btn-primary")
    expect(page.locator(".is-mine .bubble").first).to_contain_text("楼道灯不亮,看不见台阶")
    expect(page.locator(".bubble-photos img")).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("lang", "en" if locale == "en-US" else "zh-hans")
    assert seen.strangers() == set()
    assert seen.said == []


def test_a_photo_is_made_smaller_before_it_is_sent(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    page = seen.open("/")
    _code, name = building(town, 1)
    bodies: list[bytes] = []
    page.on(
        "request", lambda each: bodies.append(each.post_data_buffer or b"") if each.method == "POST" else None
    )
    page.set_input_files("#photos", [picture()])
    expect(page.locator("#photo-previews img")).to_have_count(1)
    steps(page, "路面破损", name, name)
    number = sent(page)
    found = rows(
        town,
        "SELECT width, height FROM cases_evidence e JOIN cases_case c ON c.id = e.case_id "
        "WHERE c.number = %s",
        number,
    )
    assert found == [(1600, 1067)]
    assert not any(b"Secret Phone Maker" in body for body in bodies)


def test_a_photo_can_be_taken_away_again(browser: Browser, town: Town) -> None:
    page = visitor(browser, town, **PHONE).open("/")
    page.set_input_files("#photos", [picture(), picture(900, 900)])
    expect(page.locator("#photo-previews img")).to_have_count(2)
    page.click("#photo-previews button >> nth=0")
    expect(page.locator("#photo-previews img")).to_have_count(1)
    assert page.evaluate("document.getElementById('photos').files.length") == 1


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_without_a_script_the_same_form_works(browser: Browser, town: Town, locale: str) -> None:
    seen = visitor(browser, town, locale=locale, java_script_enabled=False, **NARROW)
    page = seen.open("/")
    _code, name = building(town, 2)
    expect(page.locator("[data-step]:visible")).to_have_count(3)
    page.fill("#name", "林小燕")
    page.set_input_files("#photos", [picture(800, 600)])
    page.click(".btn-send")
    expect(page.locator("#text-error .field-error")).to_be_visible()
    expect(page.locator("[data-photos-lost]")).to_be_visible()
    assert page.input_value("#name") == "林小燕"
    page.fill("#text", "井盖缺了一块")
    page.fill("#address", name)
    page.click("button[name=look]")
    page.check("input[name=meant] >> nth=0")
    page.set_input_files("#photos", [picture(800, 600)])
    number = sent(page)
    found = rows(
        town,
        "SELECT c.text, count(e.id) FROM cases_case c LEFT JOIN cases_evidence e ON e.case_id = c.id "
        "WHERE c.number = %s GROUP BY c.text",
        number,
    )
    assert found == [("井盖缺了一块", 1)]


def test_by_keyboard_alone(browser: Browser, town: Town) -> None:
    code, _name = building(town, 3)
    page = visitor(browser, town).open(f"/?b={code}")
    tab_to(page, "#text")
    page.keyboard.type("消防通道堵塞")
    tab_to(page, "[data-step='1'] [data-to='2']")
    page.keyboard.press("Enter")
    expect(page.locator("#step-2")).to_be_focused()
    tab_to(page, "[data-step='2'] [data-to='3']")
    page.keyboard.press("Enter")
    expect(page.locator("#step-3")).to_be_focused()
    tab_to(page, ".btn-send")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/")


def tab_to(page: Page, selector: str, *, most: int = 40) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {most} tabs")


def test_the_code_on_the_house_fills_the_place_in(browser: Browser, town: Town) -> None:
    code, name = building(town, 4)
    page = visitor(browser, town, **PHONE).open(f"/?b={code}")
    page.fill("#text", "电梯故障")
    page.click("[data-step='1'] [data-to='2']")
    expect(page.locator("#place-chosen strong")).to_have_text(name)
    page.click("#place-other")
    expect(page.locator("#address")).to_be_focused()
    page.click("[data-step='2'] [data-to='3']")  # no place any more: it stays
    expect(page.locator("[data-step='2']")).to_be_visible()


def test_the_phones_position_is_enough(browser: Browser, town: Town) -> None:
    found = rows(
        town, "SELECT lng, lat FROM places_building WHERE lng IS NOT NULL ORDER BY code OFFSET 5 LIMIT 1"
    )
    seen = visitor(browser, town, **PHONE)
    seen.context.grant_permissions(["geolocation"])
    seen.context.set_geolocation({"longitude": found[0][0], "latitude": found[0][1]})
    page = seen.open("/")
    page.fill("#text", "道路积水")
    page.click("[data-step='1'] [data-to='2']")
    page.click("#locate")
    expect(page.locator("#place-said")).to_have_text("已定位")
    page.click("[data-step='2'] [data-to='3']")
    number = sent(page)
    certain = rows(town, "SELECT place_certain, length(area_code) FROM cases_case WHERE number = %s", number)
    assert certain[0][0] is True


def test_an_error_of_the_server_keeps_words_and_photos(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    page = seen.open("/")
    _code, name = building(town, 6)
    page.set_input_files("#photos", [picture()])
    expect(page.locator("#photo-previews img")).to_have_count(1)
    steps(page, "飞线充电", name, name)
    page.fill("#phone", "call me")
    page.click(".btn-send")
    expect(page.locator("#phone-error .field-error")).to_be_visible()
    expect(page.locator("[data-photos-lost]")).to_have_count(0)
    page.fill("#phone", "13812345678")
    number = sent(page)
    found = rows(
        town,
        "SELECT count(*) FROM cases_evidence e JOIN cases_case c ON c.id = e.case_id WHERE c.number = %s",
        number,
    )
    assert found == [(1,)]


def test_two_clicks_make_one_case(browser: Browser, town: Town) -> None:
    page = visitor(browser, town, **PHONE).open("/")
    _code, name = building(town, 7)
    steps(page, "两次点击只算一件", name, name)
    page.dblclick(".btn-send")
    page.wait_for_url("**/sent/")
    assert rows(town, "SELECT count(*) FROM cases_case WHERE text = %s", "两次点击只算一件") == [(1,)]


def test_no_network_loses_nothing(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    page = seen.open("/")
    _code, name = building(town, 8)
    steps(page, "断网也不丢", name, name)
    seen.context.set_offline(True)
    page.click(".btn-send")
    expect(page.locator("#send-said")).to_contain_text("您写的都还在")
    seen.context.set_offline(False)
    assert NUMBER.fullmatch(sent(page))


def test_who_met_with_the_same_joins(browser: Browser, town: Town) -> None:
    first = visitor(browser, town, **PHONE)
    number = reported(first.page, town, 9, "隔壁装修太吵")
    command = visitor(browser, town)
    command.sign_in("command")
    did(command, number, "publish", {"text": "隔壁装修太吵"})
    page = visitor(browser, town, **NARROW).open(f"/?b={building(town, 9)[0]}")
    page.fill("#text", "楼上在装修")
    page.click("[data-step='1'] [data-to='2']")
    page.click("[data-step='2'] [data-to='3']")
    page.click(f".nearby li:has-text('隔壁装修太吵') button[value='{number}']")
    page.wait_for_url("**/mine/#joined")
    expect(page.locator("#joined")).to_contain_text(number)
    assert rows(town, "SELECT joined FROM cases_case WHERE number = %s", number) == [(1,)]
    page.goto(f"{town.address}/around/{number}/")
    expect(page.locator(".released-text")).to_have_text("隔壁装修太吵")
    expect(page.locator(".joined-note")).to_be_visible()


def did(who: Visitor, number: str, verb: str, body: dict[str, object]) -> None:
    """Let somebody of the staff do a step; the pages for it have tests of their own."""
    status = who.page.evaluate(
        """async ([path, body]) => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          return (await fetch(path, {method: "POST", headers, body: JSON.stringify(body)})).status;
        }""",
        [f"/api/v1/cases/{number}/{verb}", body],
    )
    assert status == 200, f"{verb}: {status}"


def closed(browser: Browser, town: Town, number: str) -> None:
    """Bring a case to its end by the people of the street."""
    category = rows(town, "SELECT id FROM catalogue_category WHERE name = '路灯不亮'")[0][0]
    unit = rows(
        town,
        "SELECT g.unit_id FROM org_rolegrant g JOIN org_staff s ON s.id = g.staff_id "
        "JOIN org_user u ON u.id = s.user_id WHERE u.username = 'police' AND g.unit_id IS NOT NULL",
    )[0][0]
    command, police = visitor(browser, town), visitor(browser, town)
    command.sign_in("command")
    police.sign_in("police")
    did(command, number, "accept", {"category_id": category})
    did(command, number, "assign", {"calls": [{"unit_id": unit}]})
    did(police, number, "acknowledge", {})
    did(police, number, "answer", {"opinion": "经查为线路老化,已更换"})
    did(command, number, "verify", {"opinion": "灯亮了"})


@pytest.fixture
def judged(browser: Browser, town: Town) -> Callable[[int], tuple[Page, str]]:
    """Return somebody before his closed case."""

    def made(nth: int) -> tuple[Page, str]:
        page = visitor(browser, town, **PHONE).page
        number = reported(page, town, nth, "路灯不亮")
        closed(browser, town, number)
        page.goto(f"{town.address}/mine/{number}/")
        return page, number

    return made


def test_the_resident_reads_the_answer_and_judges(
    town: Town, judged: Callable[[int], tuple[Page, str]]
) -> None:
    page, number = judged(10)
    expect(page.locator(".talk")).to_contain_text("经查为线路老化,已更换")
    expect(page.locator(".talk")).to_contain_text("灯亮了")
    page.check(".faces input[value=satisfied]", force=True)
    page.fill("#opinion", "办得快")
    page.click(".judge .btn-primary")
    page.wait_for_url("**/#last")
    expect(page.locator(".judge")).to_have_count(0)
    found = rows(
        town,
        "SELECT satisfaction, solved FROM cases_evaluation e JOIN cases_case c ON c.id = e.case_id "
        "WHERE c.number = %s",
        number,
    )
    assert found == [("satisfied", True)]


def test_not_solved_is_taken_up_again(town: Town, judged: Callable[[int], tuple[Page, str]]) -> None:
    page, number = judged(11)
    page.click(".judge summary")
    page.click(".judge details .btn")
    expect(page.locator(".judge .field-error")).to_be_visible()
    page.fill("#reason", "晚上又灭了")
    page.click(".judge details .btn")
    page.wait_for_url("**/#last")
    expect(page.locator("#last")).to_contain_text("晚上又灭了")
    assert rows(town, "SELECT state, round FROM cases_case WHERE number = %s", number) == [("in_hand", 2)]


def test_the_receipt_opens_on_another_phone_and_leaves_no_trace(browser: Browser, town: Town) -> None:
    first = visitor(browser, town, **PHONE)
    number = reported(first.page, town, 12, "换手机来看")
    code = first.page.inner_text(".ticket-code").replace(" ", "")
    other = visitor(browser, town, **PHONE)
    page = other.open(f"/mine/#{number}.{code}")
    page.wait_for_url(f"**/mine/{number}/")
    expect(page.locator(".talk")).to_contain_text("换手机来看")
    assert not [each for each in other.asked if code in each.split("#")[0]]
    page.go_back()
    assert code not in page.url


def test_a_stranger_finds_no_thread(browser: Browser, town: Town) -> None:
    first = visitor(browser, town, **PHONE)
    number = reported(first.page, town, 13, "只有我能看")
    stranger = visitor(browser, town, **PHONE)
    for path in ("", "sent/"):
        answer = stranger.page.goto(f"{town.address}/mine/{number}/{path}")
        assert answer is not None
        assert answer.status == 404
        assert "只有我能看" not in stranger.page.content()


def test_the_report_is_light_before_the_map(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    session = seen.context.new_cdp_session(seen.page)
    session.send("Network.enable")
    weights: list[float] = []
    session.on("Network.loadingFinished", lambda each: weights.append(each["encodedDataLength"]))
    seen.open("/")
    seen.page.wait_for_load_state("networkidle")
    assert 20_000 < sum(weights) <= BUDGET, f"{sum(weights):.0f} bytes"
    light = sum(weights)
    seen.page.fill("#text", "路灯不亮")
    seen.page.click("[data-step='1'] [data-to='2']")
    seen.page.click("#show-map")
    expect(seen.page.locator("street-map canvas").first).to_be_visible(timeout=30_000)
    assert sum(weights) > light + 50_000  # the map comes, and only now


PAGES = ("/", "/mine/", "/around/", "/who/")


@pytest.mark.parametrize("text", ["ordinary", "large"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_nothing_runs_over_the_edge(browser: Browser, town: Town, locale: str, text: str) -> None:
    seen = visitor(browser, town, locale=locale, **NARROW)
    seen.context.add_cookies([{"name": "text", "value": text, "url": town.address}])
    number = reported(seen.page, town, 14, "窄屏也放得下" * 5)
    code, _name = building(town, 14)
    paths = (*PAGES, f"/mine/{number}/", f"/mine/{number}/sent/", f"/who/?b={code}", f"/who/{code}/qr/")
    assert [path for path in paths if runs_over(seen.open(path))] == []
    plain = visitor(browser, town, locale=locale, java_script_enabled=False, **NARROW)
    plain.context.add_cookies([{"name": "text", "value": text, "url": town.address}])
    assert not runs_over(plain.open(f"/?b={code}"))


def runs_over(page: Page) -> bool:
    """Tell whether the page, or the bar below, is wider than the screen."""
    return bool(
        page.evaluate(
            """() => [document.scrollingElement, ...document.querySelectorAll(".places")]
              .some(each => each.scrollWidth > window.innerWidth + 1)"""
        )
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_barriers(browser: Browser, town: Town, theme: str) -> None:
    seen = visitor(browser, town, **PHONE)
    seen.context.add_cookies([{"name": "theme", "value": theme, "url": town.address}])
    number = reported(seen.page, town, 15, "楼道灯不亮")
    code, _name = building(town, 15)
    for path in (*PAGES, f"/mine/{number}/", f"/mine/{number}/sent/", f"/who/?b={code}"):
        page = seen.open(path)
        if path == "/":
            assert barriers(page) == [], "what"
            page.fill("#text", "路灯不亮")
            page.click("[data-step='1'] [data-to='2']")
            assert barriers(page) == [], "where"
            page.fill("#address", "老地方")
            page.click("[data-step='2'] [data-to='3']")
        assert barriers(page) == [], path


def barriers(page: Page) -> Sequence[str]:
    """Return what axe calls serious or critical."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """async () => (await axe.run()).violations
          .filter(each => ["serious", "critical"].includes(each.impact))
          .map(each => `${each.id}: ${each.nodes.map(node => node.target).join(" ")}`)"""
    )
    return found


def test_targets_are_large_enough_for_a_finger(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    for path in PAGES:
        page = seen.open(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("main :is(a, button, summary, select, input)")]
              .filter(each => each.checkVisibility() && each.offsetParent && !each.closest("label, .hint, p"))
              .filter(each => each.type !== "file")
              .filter(each => (each.closest(".list-card") ?? each).getBoundingClientRect().height < 43.5)
              .map(each => each.outerHTML.slice(0, 80))"""
        )
        assert small == [], path
