"""What every page shares: nothing from elsewhere, no broken policy, light and dark, English."""

import pytest
from playwright.sync_api import Browser
from tests.browser.town import PHONE, Town, visitor


@pytest.mark.parametrize("who", ["command", "grid", "police", "leader", "admin"])
def test_everybody_lands_where_he_works(browser: Browser, town: Town, who: str) -> None:
    seen = visitor(browser, town)
    page = seen.sign_in(who)
    assert page.locator(".places a[aria-current]").count() <= 1
    assert seen.strangers() == set()
    assert seen.said == []


def test_the_switches_hold_without_an_account(browser: Browser, town: Town) -> None:
    seen = visitor(browser, town, **PHONE)
    page = seen.open("/")
    for choice in ("dark", "large", "en"):
        page.click(".menu > summary")
        page.click(f".switches button[value='{choice}']")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == "dark"
    assert root.get_attribute("data-text") == "large"
    assert root.get_attribute("lang") == "en"
    assert seen.said == []
