"""Every page of every role, as it is found in the addresses: a page that is added is looked at by itself."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests import addresses
from tests.browser import audit
from tests.browser.town import DESK, Town, Visitor, visitor
from tests.config.test_translations import forms

from huying.config import translations

NOBODY = ""
# Each page is looked at with the first of these who gets it.
WHO = (NOBODY, "command", "grid", "police", "leader", "community", "squad", "supervisor", "admin")
EACH_HIS_OWN = {"cases/<str:number>/"}  # other buttons for each
pytestmark = pytest.mark.skipif(
    not audit.AXE.exists() or shutil.which("chromium") is None, reason="needs chromium and web/node_modules"
)


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Pages that somebody got already."""
    return set()


def opened(guest: Visitor, seen: set[str]) -> Iterator[tuple[str, Page]]:
    """Yield each page that is his to look at, opened."""
    known = examples(guest)
    for pattern in addresses.pages():
        if pattern in seen - EACH_HIS_OWN or not addresses.parts(pattern) <= known.keys():
            continue
        address = addresses.filled(pattern, known)
        answer = guest.context.request.get(f"{guest.town.address}{address}", max_redirects=0)
        if answer.status == 200 and answer.text().lstrip()[:9].lower() == "<!doctype":  # not a part of a page
            seen.add(pattern)
            yield pattern, guest.open(address)


def examples(guest: Visitor) -> dict[str, object]:
    """Return an example for each part of an address, as this person would meet it."""
    found = guest.context.request.get(f"{guest.town.address}/api/v1/cases?size=1")
    rows = found.json()["cases"] if found.ok else []
    return {"number": rows[0]["number"]} if rows else {}


@pytest.mark.parametrize("who", WHO)
def test_a_page_holds_what_every_page_must(browser: Browser, town: Town, seen: set[str], who: str) -> None:
    guest = visitor(browser, town, **DESK)
    audit.prepare(guest.context)
    if who != NOBODY:
        guest.sign_in(who)
    found = [fault for pattern, page in opened(guest, seen) for fault in audit.faults(page, pattern or "/")]
    assert found == [], "\n".join(f"{each.page}: {each.rule}: {each.what}" for each in found)
    assert guest.strangers() == set()
    assert guest.said == []


def test_english_pages_say_nothing_of_ours_in_chinese(browser: Browser, town: Town) -> None:
    """What is left in Chinese are facts: names, places, what people wrote. No sentence of our catalogues."""
    ours = {
        form
        for package in translations.packages()
        for message in translations.kept(package)
        for form in forms(message.id)
    }
    left = {}
    pages: set[str] = set()
    for who in WHO:
        guest = visitor(browser, town, locale="en-US", **DESK)
        if who != NOBODY:
            guest.sign_in(who)
        for pattern, page in opened(guest, pages):
            assert page.locator("html").get_attribute("lang") == "en"
            if said := [text for text in audit.chinese(page) if text in ours]:
                left[pattern] = said
        guest.context.close()
    assert left == {}


HTML = "text/html; charset=utf-8"
BROKEN = """<!doctype html><html lang="zh"><head><title>坏</title><style>
@keyframes turn { to { rotate: 1turn } } b { animation: turn 2s infinite } p { color: #999; background: #fff }
.btn { width: 20px; height: 20px } div { width: 2000px }
</style></head><body><main><h1>一</h1><h1>二</h1><p>看不清的字</p><input name="x"><b>转</b>
<button class="btn">小</button><div>宽</div></main></body></html>"""


def test_a_broken_page_is_found_out(browser: Browser, town: Town) -> None:
    """The control: each rule is broken on purpose, and the audit says so."""
    guest = visitor(browser, town, **DESK)
    audit.prepare(guest.context)
    page = guest.open("/login/")
    page.evaluate(
        "() => document.head.append(Object.assign(document.createElement('script'), { text: '1' }))"
    )
    page.evaluate("() => void fetch('http://other.example/').catch(() => 0)")
    page.wait_for_function("() => window.breaches.length >= 2")
    assert {each.rule for each in audit.faults(page, "login")} == {"csp"}
    assert any("Content Security Policy" in each for each in guest.said)

    bare = browser.new_context(viewport=DESK["viewport"])
    audit.prepare(bare)
    page = bare.new_page()
    page.route("http://bare.example/", lambda route: route.fulfill(body=BROKEN, content_type=HTML))
    page.goto("http://bare.example/")
    rules = {each.rule for each in audit.faults(page, "broken")}
    assert {"h1", "motion", "target", "axe light color-contrast", "axe dark label"} <= rules
    assert any(each.startswith("overflow") for each in rules)
    assert audit.chinese(page) == []  # its language is said to be Chinese
    page.evaluate("() => { document.documentElement.lang = 'en'; }")
    assert {"坏", "看不清的字"} <= set(audit.chinese(page))
