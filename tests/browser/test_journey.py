"""One case from the first word to the last, each step by its own person on his own page, on phone and desk.

Reported, accepted, assigned; arrived at without a network and sent when it is back; answered, verified by a
second person; seen, found not solved, reopened; worked on again, verified again, judged.
"""

from collections.abc import Mapping

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.phones import photo
from tests.browser.town import DESK, PHONE, Town, Visitor, visitor

from huying.cases.states import Channel, State

GRID = "990101001001001"  # where the grid worker of the sample street works
COMMITTEE = "社区居委会"  # the unit the community worker answers for
BUILDING = (
    "SELECT b.code FROM places_building b JOIN places_area a ON a.id = b.area_id "
    "WHERE a.code LIKE %s AND b.lng IS NOT NULL ORDER BY b.code LIMIT 1"
)
STATE = "SELECT state, round, channel FROM cases_case WHERE number = %s"
PICTURE = {"name": "photo.jpg", "mimeType": "image/jpeg"}


def facts(town: Town, query: str, fact: str) -> tuple[object, ...]:
    with psycopg.connect(town.database_url) as connection:
        found = connection.execute(query.encode(), [fact]).fetchone()
    assert found is not None
    return found


def state(town: Town, number: str) -> tuple[State, int]:
    """Return where a case stands, and its round."""
    found, round_, _ = facts(town, STATE, number)
    return State(str(found)), int(str(round_))


def reported(page: Page, town: Town, text: str) -> str:
    """Go through the three steps in the building whose code was scanned; return the number."""
    [code] = facts(town, BUILDING, f"{GRID}%")
    page.goto(f"{town.address}/?b={code}")
    page.fill("#text", text)
    page.set_input_files("#photos", [PICTURE | {"buffer": photo((90, 60, 40))}])
    page.click("[data-step='1'] [data-to='2']")
    page.click("[data-step='2'] [data-to='3']")
    page.click(".btn-send")
    page.wait_for_url("**/sent/")
    return page.inner_text("#number")


def do(page: Page, name: str, chosen: Mapping[str, str] | None = None) -> None:
    """Open what may be done, fill in what it asks for, send it. chosen: field → label of the choice."""
    page.click(f"#deed-{name} > summary")
    form = page.locator(f"#deed-{name} form")
    for field, label in (chosen or {}).items():
        choice = form.locator(f"select[name$='{field}']")
        value = choice.locator("option", has_text=label).first.get_attribute("value")
        choice.select_option(value)
    for area in form.locator("textarea:visible").all():
        area.fill("已经看过,情况属实")
    for file in form.locator("input[type=file]").all():
        file.set_input_files([PICTURE | {"buffer": photo((40, 120, 60))}])
    form.locator("button.btn-primary").click()


def became(town: Town, page: Page, number: str, wanted: State) -> None:
    """Wait until the case stands where it should."""
    for _ in range(100):
        if state(town, number)[0] is wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError((state(town, number), wanted, page.inner_text("main")[:600]))


@pytest.mark.parametrize(
    ("screen", "locale"), [(PHONE, "zh-CN"), (DESK, "en-US")], ids=["phone in Chinese", "desk in English"]
)
def test_a_case_goes_all_the_way_and_once_more(
    browser: Browser, town: Town, screen: dict[str, object], locale: str
) -> None:
    people = {name: visitor(browser, town, locale=locale, **screen) for name in ("lin", *STAFF)}
    for name in STAFF:
        people[name].sign_in(name)
    lin = people["lin"]
    number = reported(lin.page, town, f"楼道灯不亮,看不见台阶,{locale}")
    assert (state(town, number), facts(town, STATE, number)[2]) == ((State.REPORTED, 1), Channel.RESIDENT)

    centre = people["command"]
    do(centre.open(f"/cases/{number}/"), "accept", {"category": "路灯"})
    became(town, centre.page, number, State.ACCEPTED)
    do(centre.open(f"/cases/{number}/"), "assign", {"lead": COMMITTEE})
    became(town, centre.page, number, State.IN_HAND)

    arrives_offline(people["community"], number)
    answers(town, people["community"], number)
    verifies(town, people["grid"], number)

    thread = lin.open(f"/mine/{number}/")
    expect(thread.locator(".proof-photos img").first).to_be_visible()
    thread.click(".judge details summary")
    thread.fill("#reason", "三楼的灯还是不亮")
    thread.click("form[action$='/reopen/'] button")
    became(town, thread, number, State.IN_HAND)
    assert state(town, number) == (State.IN_HAND, 2)

    answers(town, people["community"], number)
    verifies(town, people["grid"], number)
    thread = lin.open(f"/mine/{number}/")
    thread.locator("input[name=satisfaction]").first.check(force=True)
    thread.click("form[action$='/evaluate/'] button")
    expect(thread.locator(".judge")).to_have_count(0)
    assert state(town, number) == (State.CLOSED, 2)
    expect(thread.locator("html")).to_have_attribute("lang", "en" if locale == "en-US" else "zh-hans")
    for name, each in people.items():
        assert (name, each.strangers(), errors(each)) == (name, set(), [])


STAFF = ("command", "community", "grid")


def errors(guest: Visitor) -> list[str]:
    """Return what the console complained of; that the network was away is no fault of the page."""
    return [each for each in guest.said if "ERR_INTERNET_DISCONNECTED" not in each]


def arrives_offline(guest: Visitor, number: str) -> None:
    """Open the case, lose the network, arrive; what waits is sent when it is back."""
    page = guest.open(f"/grid/{number}/")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page = guest.open(f"/grid/{number}/")
    guest.context.set_offline(True)
    do(page, "arrive")
    page.wait_for_function("() => document.querySelector('.waiting-count')?.textContent === '1'")
    guest.context.set_offline(False)
    page.wait_for_function("() => document.querySelector('.waiting-count')?.textContent === '0'")


def answers(town: Town, guest: Visitor, number: str) -> None:
    page = guest.open(f"/grid/{number}/")
    if (tap := page.locator("form.deed-tap button")).count():
        tap.click()
        page.wait_for_timeout(1_000)  # it goes through the outbox, which keeps it first
    for _ in range(20):
        page = guest.open(f"/grid/{number}/")
        if page.locator("#deed-answer").count():
            break
        page.wait_for_timeout(500)
    do(page, "answer")
    became(town, page, number, State.HANDLED)


def verifies(town: Town, guest: Visitor, number: str) -> None:
    do(guest.open(f"/grid/{number}/"), "verify")
    became(town, guest.page, number, State.CLOSED)
