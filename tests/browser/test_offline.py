"""F21: a phone without a network for eight days, two tabs, a session that ends, an app that is killed."""

import hashlib
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Playwright, sync_playwright
from tests.browser.conftest import CHROMIUM
from tests.browser.phones import (
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
    assert [str(row[1])[:19] for row in found] == [str(at)[:19] for at in moments]
    for nr, row in enumerate(found):
        assert whose_photo(town, str(row[3])) == nr


def whose_photo(town: Town, number: str) -> int:
    """Return which report the only photo of a case was taken for, by its colour; its name is its hash."""
    [(sha256,)] = rows(town, PHOTOS, number)
    content = (town.home / "evidence" / str(sha256)[:2] / f"{sha256}.jpg").read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    seen = Image.open(io.BytesIO(content)).resize((1, 1)).getpixel((0, 0))
    assert isinstance(seen, tuple)
    return min(
        range(REPORTS), key=lambda nr: sum((a - b) ** 2 for a, b in zip(colour(nr), seen, strict=True))
    )
