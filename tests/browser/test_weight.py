"""The page residents report on, on a phone four times slower than this machine: light, and soon there."""

from playwright.sync_api import Browser, Route
from tests.browser.town import Town

from huying.benchmarks import pages

MOST_BYTES = 150_000  # before the map
LATEST_MS = 1_500
VISITS = 5  # the quickest counts: other work on the machine only ever makes it slower


def test_the_report_page_is_light_and_soon_there(browser: Browser, town: Town) -> None:
    seen = [pages.visit(browser, f"{town.address}/") for _ in range(VISITS)]
    assert min(moment for moment, _ in seen) <= LATEST_MS
    for _, sizes in seen:
        assert "/static/built/main.css" in sizes  # it was weighed with what it loads
        assert sum(sizes.values()) <= MOST_BYTES


def test_a_heavy_page_and_a_late_one_are_found_out(browser: Browser, town: Town) -> None:
    """The control: the same measurement, of pages that are too much."""

    def heavy(route: Route) -> None:
        words = "x " * MOST_BYTES
        route.fulfill(body=f"<!doctype html><title>重</title><p>重{words}", content_type="text/html")

    def late(route: Route) -> None:
        busy = f"<script>for (const end = Date.now() + {LATEST_MS}; Date.now() < end; );</script>"
        route.fulfill(body=f"<!doctype html><title>晚</title>{busy}<p>晚", content_type="text/html")

    _, sizes = pages.visit(browser, f"{town.address}/", instead=heavy)
    moment, _ = pages.visit(browser, f"{town.address}/", instead=late)
    assert sum(sizes.values()) > MOST_BYTES
    assert moment > LATEST_MS
