"""Each role is shown around on its first visit, by real things of its page, and not again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.town import PHONE, Town, visitor

from huying.config.tours import TOURS
from huying.config.workplaces import is_there
from huying.look.tours import NAMES

TEMPLATES = Path(__file__).parent.parent.parent / "src/huying/look/templates/look/tours"
WHO = {
    "commander": "command",
    "grid_worker": "grid",
    "community_worker": "community",
    "unit_worker": "police",
    "leader": "leader",
    "supervisor": "supervisor",
    "administrator": "admin",
}
PAGES = [(WHO[name], name, path) for name, path in sorted({(tour.name, tour.path) for _, tour in TOURS})]


def selectors(name: str) -> list[str]:
    return re.findall(r'data-at="([^"]+)"', (TEMPLATES / f"{name}.html").read_text())


def test_every_tour_has_its_words_and_somebody_it_is_for() -> None:
    assert (
        {file.stem for file in TEMPLATES.glob("*.html")}
        == NAMES
        == {tour.name for _, tour in TOURS}
        == set(WHO)
    )
    assert all(3 <= len(selectors(name)) <= 5 for name in NAMES)


@pytest.mark.parametrize(("who", "name", "path"), PAGES)
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_every_step_points_at_something_of_the_page(
    browser: Browser, town: Town, who: str, name: str, path: str, screen: dict[str, object]
) -> None:
    if not is_there(path):
        pytest.fail(f"{path} has no page")
    seen = visitor(browser, town, **screen)
    seen.sign_in(who)
    page = seen.open(f"{path}?tour=1")
    expect(page.locator("#tour")).to_be_visible()
    for nr, selector in enumerate(selectors(name), start=1):
        assert page.locator(selector).first.count() == 1, selector
        expect(page.locator("#tour-count")).to_contain_text(str(nr))
        expect(page.locator(".tour-here")).to_have_count(1)
        box, size = page.locator("#tour").bounding_box(), page.viewport_size
        assert box is not None
        assert size is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]
        page.locator("#tour-next").click()
    expect(page.locator("#tour")).to_be_hidden()
    assert seen.said == []


def test_a_tour_is_shown_once_and_again_when_asked_for(browser: Browser, town: Town) -> None:
    """By the keyboard alone; remembered for the account, not for the browser."""
    first = visitor(browser, town, tours=True)
    page = first.sign_in("squad")
    expect(page.locator("#tour")).to_be_visible()
    expect(page.locator("#tour-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()
    page.reload()
    expect(page.locator("#tour")).to_be_hidden()  # not now
    again = visitor(browser, town, tours=True)
    page = again.sign_in("squad")
    expect(page.locator("#tour")).to_be_visible()  # he has not seen it to its end
    with page.expect_response("**/look/tour/") as answer:
        page.locator("#tour-never").press("Enter")
    assert answer.value.status == 204
    third = visitor(browser, town, tours=True)
    page = third.sign_in("squad")
    expect(page.locator("#tour")).to_be_hidden()
    page.click(".menu > summary")
    page.click("a[href$='?tour=1']")
    expect(page.locator("#tour")).to_be_visible()


def test_residents_are_not_shown_around(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, tours=True)
    assert seen.open("/").locator("#tour").count() == 0
