"""F21: a phone without a network for eight days, two tabs, a session that ends, an app that is killed."""

import hashlib
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, sync_playwright
from tests.browser.conftest import CHROMIUM
from tests.browser.phones import (
    DUMP,
    FORM,
    WITHOUT_KEYS,
    WITHOUT_LOCKS,
    Phone,
    changed,
    photo,
    rows,
    waiting,
    wired,
    write_report,
)
from tests.browser.town import Town
from tests.faults.proxy import Proxy

REPORTS = 30
DAYS = timedelta(days=8)
CASES = "SELECT text, found_at, reported_at, number, id FROM cases_case WHERE text LIKE %s ORDER BY id"
PHOTOS = "SELECT sha256 FROM cases_evidence JOIN cases_case AS c ON c.id = case_id WHERE c.number = %s"


@pytest.fixture
def driver() -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the pages were not tried in a browser")
    with sync_playwright() as made:
        yield made


@pytest.fixture
def wire(town: Town) -> Iterator[Proxy]:
    with wired(town) as made:
        yield made


def phone(driver: Playwright, town: Town, wire: Proxy, profile: Path, *scripts: str) -> Phone:
    """Return a phone whose owner has signed in once and seen his tasks."""
    made = Phone(driver, profile, f"http://127.0.0.1:{wire.port}", town, scripts).opened()
    page = made.app.pages[0]
    made.sign_in(page)
    made.prepared(page)
    return made


def colour(nr: int) -> tuple[int, int, int]:
    """Return a colour that no other report of the test has."""
    return (40 + nr % 5 * 40, 40 + nr // 5 * 30, 90)


def until(town: Town, text: str, count: int) -> list[tuple[object, ...]]:
    """Wait until at least so many cases are there."""
    for _ in range(150):
        found = rows(town, CASES, f"{text}%")
        if len(found) >= count:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{len(found)} of {count}")


def test_f21_thirty_reports_of_eight_days_arrive_once_each_in_order(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    mine = phone(driver, town, wire, tmp_path)
    tabs = [mine.app.pages[0], mine.tab()]
    mine.app.set_offline(True)
    start = datetime.now(UTC) - DAYS
    moments = [start + DAYS * nr / REPORTS for nr in range(REPORTS)]
    for nr, at in enumerate(moments):
        large = {"size": (1600, 1200), "noise": 200} if nr == 4 else {}
        write_report(tabs[nr % 2], f"离线上报{nr:02}", photo(colour(nr), **large), at)
    assert waiting(tabs[0]) == REPORTS

    # The session has ended meanwhile: nothing is lost, nothing is filed in another's name.
    changed(town, "DELETE FROM django_session")
    time.sleep(3)  # a web process remembers for so long who signed in
    for tab in tabs:
        tab.clock.set_fixed_time(datetime.now(UTC))
    mine.app.set_offline(False)
    tabs[0].get_by_role("link", name="重新登录").click()
    assert rows(town, CASES, "离线上报%") == []

    # Signed in again it sends by itself; two answers get lost, then the app is killed in the middle.
    wire.lose("离线上报03".encode())
    wire.lose(b"Content-Range: bytes 262144-")
    mine.sign_in(tabs[0])
    until(town, "离线上报", 4)
    tabs[1].evaluate("dispatchEvent(new Event('online'))")
    until(town, "离线上报", 12)
    mine.killed()
    assert len(rows(town, CASES, "离线上报%")) < REPORTS
    mine.opened()
    tabs = [mine.tab(), mine.tab("/grid/outbox/")]
    found = until(town, "离线上报", REPORTS)
    tabs[1].get_by_text("没有待发送的内容").wait_for()
    mine.killed()

    assert [row[0] for row in found] == [f"离线上报{nr:02}" for nr in range(REPORTS)]
    found_at = [row[1].astimezone(UTC) for row in found if isinstance(row[1], datetime)]
    assert [str(at)[:19] for at in found_at] == [str(at)[:19] for at in moments]
    for nr, row in enumerate(found):
        assert whose_photo(town, str(row[3])) == nr


def test_control_without_keys_a_lost_answer_doubles(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    """The same outbox whose requests carry no key: what the test above looks for, it would find."""
    assert sent_with_a_lost_answer(driver, town, wire, tmp_path / "keys", "有键") == ["有键0", "有键1"]
    doubled = sent_with_a_lost_answer(driver, town, wire, tmp_path / "none", "无键", WITHOUT_KEYS)
    assert doubled == ["无键0", "无键0", "无键1"]


def test_two_tabs_without_locks_send_twice_and_it_counts_once(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    found = sent_with_a_lost_answer(driver, town, wire, tmp_path, "无锁", WITHOUT_LOCKS)
    assert found == ["无锁0", "无锁1"]


def sent_with_a_lost_answer(
    driver: Playwright, town: Town, wire: Proxy, profile: Path, text: str, *scripts: str
) -> list[object]:
    """Return the reports filed of two made offline, both tabs sending, when the first answer gets lost."""
    mine = phone(driver, town, wire, profile, *scripts)
    tabs = [mine.app.pages[0], mine.tab()]
    mine.app.set_offline(True)
    for nr, tab in enumerate(tabs):
        write_report(tab, f"{text}{nr}", photo(colour(nr)))
    wire.lose(f"{text}0".encode())
    mine.app.set_offline(False)
    for _ in range(2):
        for tab in tabs:
            tab.evaluate("dispatchEvent(new Event('online'))")
        tabs[0].wait_for_timeout(500)
    tabs[0].wait_for_function("() => document.querySelector('.waiting-count').hidden")
    mine.killed()
    return [row[0] for row in rows(town, CASES, f"{text}%")]


def test_the_form_opens_without_a_network_and_what_is_refused_can_be_mended(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    mine = phone(driver, town, wire, tmp_path)
    page = mine.app.pages[0]
    mine.app.set_offline(True)
    page.goto(f"{mine.address}/grid/report/")
    page.get_by_text("离线，数据截至").wait_for()
    page.get_by_role("heading", name="上报").wait_for()
    page.evaluate("document.querySelector('#id_category_id').append(new Option('?', '987654321'))")
    page.fill("#id_text", "独居老人毛阿姨家水管漏水")
    page.fill("#id_address", "长亭家园6幢")
    page.select_option("#id_category_id", "987654321")
    page.set_input_files(
        "#id_photos", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo(colour(0))}
    )
    page.click("summary:has-text('替居民上报')")
    page.fill("#id_name", "毛阿姨")
    page.fill("#id_phone", "13800001234")
    page.click("form[data-outbox] .btn-primary")
    page.wait_for_url("**/grid/")
    page.wait_for_function("() => document.querySelector('.waiting-count').textContent === '1'")
    write_report(page, "后一条照常", photo(colour(1)))

    mine.app.set_offline(False)
    until(town, "后一条照常", 1)  # the one before it is refused; this one goes
    page.goto(f"{mine.address}/grid/outbox/")
    page.get_by_text("未被接受").wait_for()
    page.get_by_role("link", name="修改").click()
    page.wait_for_function("() => document.querySelector('#id_text').value.startsWith('独居老人')")
    page.select_option("#id_category_id", "")
    page.click("form[data-outbox] .btn-primary")
    [found] = until(town, "独居老人毛阿姨", 1)
    assert whose_photo(town, str(found[3])) == 0  # the photo was still on the phone
    who = "SELECT name, phone FROM cases_reporter JOIN cases_case AS c ON c.id = case_id WHERE number = %s"
    assert rows(town, who, found[3]) == [("毛阿姨", "13800001234")]
    mine.killed()


def test_what_waits_is_sealed_its_owners_alone_and_gone_when_he_signs_out(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    mine = phone(driver, town, wire, tmp_path)
    page = mine.app.pages[0]
    page.route("**/api/v1/**", lambda route: route.abort())  # there is a network, and no way to the server
    write_report(page, "封存的上报", photo(colour(0)))
    dump = page.evaluate(DUMP)
    assert (dump["entries"], dump["photos"], dump["keys"], dump["extractable"]) == (1, 1, 1, False)
    for secret in ("封存的上报", "封存的上报".encode().decode("latin1"), "13800001234", "JFIF"):
        assert secret not in dump["bytes"] + dump["plain"]

    # Somebody else signs in on the same phone, without the first having signed out.
    mine.app.clear_cookies()
    mine.sign_in(page, "community")
    mine.prepared(page)
    page.unroute("**/api/v1/**")
    page.goto(f"{mine.address}/grid/outbox/")
    page.get_by_text("没有待发送的内容").wait_for()
    assert (waiting(page), rows(town, CASES, "封存的上报%")) == (0, [])

    # The first is back: his report still waits. He signs out, and is asked first.
    mine.app.clear_cookies()
    page.route("**/api/v1/**", lambda route: route.abort())
    mine.sign_in(page)
    page.goto(f"{mine.address}/grid/outbox/")
    page.get_by_role("heading", name="封存的上报").wait_for()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    leave(page)
    page.wait_for_timeout(300)
    assert page.evaluate(DUMP)["entries"] == 1
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    leave(page)
    page.wait_for_url(lambda url: "/grid/" not in url)
    assert [each[:9] for each in asked] == ["还有 1 条内容没"] * 2
    gone = page.evaluate(DUMP)
    assert (gone["entries"], gone["photos"]) == (0, 0)
    assert not page.evaluate("() => caches.has('grid-pages')")
    assert rows(town, CASES, "封存的上报%") == []
    mine.killed()


def leave(page: Page) -> None:
    if not page.locator(".menu[open]").count():
        page.locator(".menu > summary").click()
    page.get_by_role("button", name="退出").click()


def test_a_full_phone_says_so_and_keeps_the_form(
    driver: Playwright, town: Town, wire: Proxy, tmp_path: Path
) -> None:
    mine = phone(driver, town, wire, tmp_path)
    page = mine.app.pages[0]
    mine.app.set_offline(True)
    quota = {"origin": mine.address, "quotaSize": 1}
    mine.app.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    page.evaluate(FORM)
    page.fill("#trial textarea", "写不下的上报")
    page.click("#trial button")
    page.get_by_text("手机存储空间不足").wait_for()
    assert page.input_value("#trial textarea") == "写不下的上报"
    assert waiting(page) == 0
    mine.killed()


def whose_photo(town: Town, number: str) -> int:
    """Return for which report the only photo of a case was taken, by its colour; its file is as named."""
    for _ in range(50):  # a case is there a moment before its photo
        if found := rows(town, PHOTOS, number):
            break
        time.sleep(0.1)
    [(sha256,)] = found
    content = (town.home / "evidence" / str(sha256)[:2] / f"{sha256}.jpg").read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    seen = Image.open(io.BytesIO(content)).resize((1, 1)).getpixel((0, 0))
    assert isinstance(seen, tuple)
    return min(
        range(REPORTS), key=lambda nr: sum((a - b) ** 2 for a, b in zip(colour(nr), seen, strict=True))
    )
