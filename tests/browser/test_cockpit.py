"""The cockpit in a browser: one screen, its own host, numbers that open their lists, a day played."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.town import PHONE, WALL, Town, Visitor, visitor

BIG = {"viewport": {"width": 3840, "height": 2160}}
AXE = "web/node_modules/axe-core/axe.min.js"


def wall(
    browser: Browser, town: Town, *, who: str = "leader", locale: str = "zh-CN", **screen: object
) -> Visitor:
    """Return somebody in front of the open cockpit, its map drawn."""
    visit = visitor(browser, town, locale=locale, **(screen or WALL))
    visit.sign_in(who)
    visit.open("/cockpit/")
    visit.page.wait_for_selector("street-map[ready]", timeout=60_000)
    return visit


@pytest.mark.parametrize("screen", [WALL, BIG], ids=["1920", "3840"])
def test_everything_stands_on_one_screen_and_nothing_comes_from_elsewhere(
    browser: Browser, town: Town, screen: dict[str, object]
) -> None:
    visit = wall(browser, town, **screen)
    page = visit.page
    page.wait_for_selector(".trend-drawing svg")
    page.locator(".street-map-name.is-community").nth(3).wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
    hidden = "each => each.scrollHeight - each.clientHeight"
    assert page.evaluate(f"[...document.querySelectorAll('.wall-left, .wall-right')].map({hidden})") == [0, 0]
    height = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.key b')).fontSize)")
    assert height >= 64 * screen["viewport"]["width"] / 1920  # type: ignore[index]  # read from five metres
    assert visit.strangers() == set()
    assert visit.said == []


def test_each_number_opens_a_list_with_as_many(browser: Browser, town: Town) -> None:
    page = wall(browser, town).page
    names = page.eval_on_selector_all("[data-figure]", "all => all.map(each => each.dataset.figure)")
    assert {"reported_today", "closed_today", "open", "overdue", "slow", "soon"} <= set(names)
    for name in ("reported_today", "closed_today", "open", "slow"):  # the others move with the clock
        figure = page.locator(f"[data-figure={name}]")
        shown = digits(
            figure.locator("b").inner_text() if figure.locator("b").count() else figure.inner_text()
        )
        figure.click()
        page.wait_for_url("**/cases/?**")
        assert page.get_attribute(".list-total", "data-total") == str(shown), name
        page.go_back()
        page.wait_for_selector("[data-figure]")


def digits(text: str) -> int:
    """Return the last number of a text: "超过24小时 8 件" is 8."""
    return int("".join(each if each.isdigit() else " " for each in text).split()[-1])


def test_a_grid_worker_has_no_cockpit(browser: Browser, town: Town) -> None:
    visit = visitor(browser, town)
    visit.sign_in("grid")
    assert visit.page.goto(f"{town.address}/cockpit/").status == 403  # type: ignore[union-attr]


def test_without_a_map_all_figures_are_there_and_the_tables_say_the_same(
    browser: Browser, town: Town
) -> None:
    visit = visitor(browser, town, **WALL)
    visit.context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    visit.sign_in("leader")
    page = visit.open("/cockpit/")
    page.wait_for_selector("street-map[without-map]")
    assert page.locator("[data-no-map]").is_visible()
    figure = page.locator("[data-figure=open] b").inner_text()
    page.click(".wall-places a[href*=tables]")
    row = page.locator("tr", has=page.locator("th", has_text="未办结")).first
    assert row.locator("td").inner_text() == figure


def test_by_keyboard_and_in_english(browser: Browser, town: Town) -> None:
    page = wall(browser, town, locale="en-US").page
    assert page.locator("[data-figure=reported_today] span").inner_text() == "Reported today"
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.figure ?? document.activeElement.tagName"))
    assert {"reported_today", "open", "overdue", "SELECT"} <= reached
    assert page.evaluate("document.querySelector('street-map canvas').tabIndex") == 0


def test_on_a_phone_it_scrolls_down_only(browser: Browser, town: Town) -> None:
    page = wall(browser, town, **PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("address", ["/cockpit/", "/cockpit/tables/", "/cockpit/playback/", "/devices/"])
def test_nothing_serious_for_who_cannot_see(browser: Browser, town: Town, address: str) -> None:
    visit = visitor(browser, town, **WALL)
    visit.context.add_init_script(path=AXE)
    visit.sign_in("leader")
    page = visit.open(address)
    page.wait_for_timeout(500)
    found = page.evaluate(
        "axe.run().then(done => done.violations.filter(each => ['serious', 'critical'].includes(each.impact))"
        ".map(each => `${each.id}: ${each.nodes.map(node => node.target).slice(0, 4)}`))"
    )
    assert found == []


def test_a_day_played_to_its_end_is_that_day(browser: Browser, town: Town) -> None:
    visit = visitor(browser, town, **WALL)
    visit.sign_in("leader")
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011  # the town lives in the machine's day
    page = visit.open(f"/cockpit/playback/?day={yesterday}")
    page.wait_for_selector(".playback[data-ready]")
    wanted = page.evaluate(
        "fetch(document.querySelector('.playback').dataset.steps).then(said => said.json())"
    )
    page.locator("#seek").focus()
    page.keyboard.press("End")
    totals = {
        name: int(page.locator(f"#play-{name}").inner_text()) for name in ("reported", "closed", "open")
    }
    assert totals == wanted["totals"]
    assert totals["reported"] > 0
    page.keyboard.press("Home")  # backwards, too
    assert page.locator("#play-reported").inner_text() == "0"
    page.select_option("#speed", "30")
    page.click("#play")
    expect(page.locator("#play-reported")).not_to_have_text("0", timeout=30_000)
    page.locator("body").press(" ")
    assert page.locator("#play").inner_text() == "播放"
