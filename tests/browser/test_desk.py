"""The desk in a browser: by keyboard alone, many at once, duplicates; English, phone, without a script."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.town import DESK, PHONE, Town, Visitor, visitor

CURRENT = ".row-line[aria-current='true']"


@pytest.fixture
def officer(browser: Browser, town: Town) -> Visitor:
    """Somebody of the command centre at his desk."""
    seen = visitor(browser, town)
    seen.sign_in("command")
    return seen


def opened(seen: Visitor, address: str = "/desk/") -> Page:
    page = seen.open(address)
    page.wait_for_selector("body[data-ready]")
    return page


# Files a report where another case is, as the person who is signed in; returns its number.
REPORT = """
async ([text, urgent]) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const {cases} = await (await fetch("/api/v1/cases?size=50")).json();
  const {lng, lat} = cases.find((each) => each.lng !== null && each.place_certain);
  const body = JSON.stringify({text, urgent, channel: "phone", lng, lat});
  return (await (await fetch("/api/v1/reports", {method: "POST", headers, body})).json()).number;
}
"""


def reported(seen: Visitor, text: str, *, urgent: bool = False) -> str:
    number: str = seen.page.evaluate(REPORT, [text, urgent])
    return number


def current(page: Page) -> str:
    return page.get_attribute(CURRENT, "data-number") or ""


def test_a_case_is_chosen_filed_and_left_by_keyboard_alone(officer: Visitor) -> None:
    page = opened(officer)
    page.keyboard.press("j")
    first = current(page)
    page.keyboard.press("j")
    second = current(page)
    assert first != second
    page.keyboard.press("k")
    assert current(page) == first
    expect(page.locator(f"#pane article[data-number='{first}']")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("jjj")
    assert current(page) == first  # no key acts while somebody writes
    assert page.input_value("#search") == "jjj"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_selector("#deed-note[open]")
    page.keyboard.type("请补充楼层")
    assert page.input_value("#deed-note textarea") == "请补充楼层"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#pane .step-opinion", has_text="请补充楼层")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/desk/duty/")
    assert officer.said == []


def test_one_key_takes_the_proposal_and_the_row_follows(officer: Visitor) -> None:
    page = opened(officer)
    number = reported(officer, "积存垃圾渣土没人清运")
    page = opened(officer, "/desk/?state=reported&q=垃圾渣土没人")
    page.keyboard.press("j")
    assert current(page) == number
    expect(page.locator(f"#pane article[data-number='{number}'] #take")).to_contain_text("积存垃圾渣土")
    page.keyboard.press("p")
    expect(page.locator("#pane .case-marks .state").first).to_have_text("处置中")
    expect(page.locator(f"#row-{number}")).to_have_count(0)  # no longer among those to accept


# Milliseconds from a key to the row laid out anew, ten times.
TOOK = """
async () => {
  const took = [];
  for (let nr = 0; nr < 10; nr++) {
    await new Promise((rested) => setTimeout(rested, 200));
    const key = nr % 2 ? "k" : "j";
    const begun = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    document.querySelector(".row-line[aria-current='true']").getBoundingClientRect();
    took.push(performance.now() - begun);
  }
  return took;
}
"""


def test_a_choice_shows_within_a_tenth_of_a_second(officer: Visitor) -> None:
    page = opened(officer)
    page.keyboard.press("j")
    took: list[float] = page.evaluate(TOOK)
    assert sorted(took)[len(took) // 2] < 100, took


def test_many_are_done_at_once_and_each_is_told(officer: Visitor) -> None:
    page = opened(officer)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator(".together-count")).to_have_text("已选 3 件")
    page.click("#together button[value='verify']")
    expect(page.locator(".outcomes li")).to_have_count(3)
    for told in page.locator(".outcomes li").all():
        assert told.get_attribute("data-done") in ("yes", "no")
    expect(page.locator(".together-count")).to_have_text("未选中")


def test_a_case_that_comes_late_does_not_hide_what_became_of_many(officer: Visitor) -> None:
    page = opened(officer)
    held: list[Route] = []
    page.route("**/desk/case/**", lambda route: held.append(route))
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.click("#together button[value='verify']")
    expect(page.locator(".outcomes li")).to_have_count(1)
    assert held
    for route in held:
        route.continue_()
    page.wait_for_timeout(1_000)
    expect(page.locator(".outcomes li")).to_have_count(1)


def test_a_new_urgent_case_rings_and_stands_in_the_title(officer: Visitor) -> None:
    page = opened(officer)
    before = page.title()
    reported(officer, "燃气泄漏,请速来", urgent=True)
    page.wait_for_selector("body[data-rang]", timeout=15_000)
    assert page.title() != before
    assert "急" in page.title()
    page.click("#sound")
    assert page.get_attribute("#sound", "aria-pressed") == "true"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.get_attribute("#sound", "aria-pressed") == "true"  # remembered
    page.click("#sound")


def test_two_reports_of_one_trouble_stand_side_by_side(officer: Visitor) -> None:
    page = opened(officer)
    first, second = (reported(officer, "东门岗亭的栏杆被撞断了") for _ in range(2))
    page = officer.open(f"/cases/{second}/")
    page.click(f".twins a[href$='/{first}/']")
    expect(page.locator(".alike-side")).to_have_count(2)
    page.click("button[name='merge']")
    page.wait_for_url(f"**/cases/{first}/")
    page = officer.open(f"/cases/{second}/")
    assert first in page.inner_text(".facts")


def test_everything_works_without_a_script(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, java_script_enabled=False, **DESK)
    page = seen.sign_in("command")
    page.goto(f"{town.address}/desk/")
    page.click(".row-main >> nth=0")
    assert "case=" in page.url
    page.click("#deed-note summary")
    page.fill("#deed-note textarea", "没有脚本也能留言")
    page.click("#deed-note form button")
    assert "没有脚本也能留言" in page.inner_text("#pane .steps")


def _no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("address", ["/desk/", "/desk/duty/", "/desk/requests/", "CASE"])
def test_pages_fit_a_phone_and_speak_english(browser: Browser, town: Town, address: str) -> None:
    seen = visitor(browser, town, locale="en-US", **PHONE)
    page = seen.sign_in("command")
    if address == "CASE":
        page.goto(f"{town.address}/desk/")
        page.wait_for_selector("body[data-ready]")
        page.click(".row-main >> nth=0")
        page.wait_for_selector("#pane article")
        expect(page.locator(".queue")).to_be_hidden()
        assert _no_overflow(page)
        page.click(".pane-back a")
        expect(page.locator(".queue")).to_be_visible()
        return
    page.goto(f"{town.address}{address}")
    assert page.get_attribute("html", "lang") == "en"
    assert _no_overflow(page)
    assert seen.strangers() == set()
    assert seen.said == []
