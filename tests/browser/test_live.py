"""Two people, one acts: the other's list changes by itself, by the stream and without it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.town import Town, Visitor, visitor
from tests.live.watching import until

from huying.benchmarks import processes
from huying.benchmarks.web import site
from huying.simulation.blueprint import street_code

SOON_MS = 2_000  # what happens is on the other's screen by then (H09, C12)
POLLED_MS = 5_000 + SOON_MS
BACK_MS = 30_000  # after the stream came back a browser tries again by then


@dataclass(frozen=True, slots=True)
class Live:
    """A site whose pages follow a stream on a port of its own."""

    town: Town
    port: int

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Have the stream meanwhile; it is killed at the end, not stopped."""
        page_port = urlsplit(self.town.address).port
        command = ["-m", "huying", "live", "--port", str(self.port), "--page-port", str(page_port)]
        with processes.running(command, database_url=self.town.database_url, home=self.town.home) as process:
            until(lambda: _listens(self.port) or process.poll() is not None, 60)
            yield
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def live(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    monkeypatch.setenv("HUYING_LIVE", f":{port}")
    with site(town.database_url, workers=1, home=town.home) as page_port:
        yield Live(replace(town, address=f"http://127.0.0.1:{page_port}"), port)


def following(browser: Browser, live: Live, username: str, now: str) -> Visitor:
    """Return somebody whose list of cases is as fresh as `now` says."""
    seen = visitor(browser, live.town)
    seen.sign_in(username)
    page = seen.open("/cases/")
    expect(page.locator("#live-sign")).to_have_attribute("data-now", now, timeout=BACK_MS)
    return seen


def report(browser: Browser, live: Live, key: str) -> str:
    """Send a report as a resident does, who is somebody else in another browser; return its number."""
    resident = browser.new_context()
    answer = resident.request.post(
        f"{live.town.address}/api/v1/reports",
        headers={"Idempotency-Key": key},
        data={"text": f"路灯不亮 {key}", "area_code": street_code()},
    )
    assert answer.status == 201, answer.text()
    number = str(answer.json()["number"])
    resident.close()
    return number


def streams(seen: Visitor) -> int:
    """Return how often a browser asked for the stream."""
    return sum("/live/" in url for url in seen.asked)


def row(page: Page, number: str) -> Locator:
    return page.locator(f"#case-rows a[href='/cases/{number}/']")


def test_anothers_act_is_on_the_screen_within_two_seconds(browser: Browser, live: Live) -> None:
    with live.streaming():
        chen = following(browser, live, "command", "stream")
        number = report(browser, live, "live-1")
        expect(row(chen.page, number)).to_be_visible(timeout=SOON_MS)
        assert chen.said == []
        assert {urlsplit(url).hostname for url in chen.asked if url.startswith("http")} == {"127.0.0.1"}


def test_without_the_stream_pages_ask_every_five_seconds(browser: Browser, live: Live) -> None:
    chen = following(browser, live, "command", "poll")
    number = report(browser, live, "live-2")
    expect(row(chen.page, number)).to_be_visible(timeout=POLLED_MS)


def test_a_killed_stream_is_said_so_and_comes_back(browser: Browser, live: Live) -> None:
    with live.streaming():
        chen = following(browser, live, "command", "stream")
    sign = chen.page.locator("#live-sign")
    expect(sign).to_have_attribute("data-now", "poll", timeout=SOON_MS)
    number = report(browser, live, "live-3")
    expect(row(chen.page, number)).to_be_visible(timeout=POLLED_MS)
    with live.streaming():
        expect(sign).to_have_attribute("data-now", "stream", timeout=BACK_MS)
        expect(row(chen.page, report(browser, live, "live-4"))).to_be_visible(timeout=SOON_MS)


def test_a_server_that_does_not_answer_is_said_so(browser: Browser, live: Live) -> None:
    chen = following(browser, live, "command", "poll")
    chen.context.set_offline(offline=True)
    expect(chen.page.locator("#live-sign")).to_have_attribute("data-now", "lost", timeout=POLLED_MS)
    assert chen.page.locator("#live-sign").inner_text() == "已断开"


def test_the_pages_of_a_browser_share_one_stream(browser: Browser, live: Live) -> None:
    with live.streaming():
        chen = following(browser, live, "command", "stream")
        opened = streams(chen)  # his first page had one, too
        pages = [chen.context.new_page() for _ in range(5)]
        for page in pages:
            page.goto(f"{live.town.address}/cases/")
            expect(page.locator("#live-sign")).to_have_attribute("data-now", "stream", timeout=SOON_MS)
        assert streams(chen) == opened
        number = report(browser, live, "live-5")
        for page in pages:
            expect(row(page, number)).to_be_visible(timeout=SOON_MS)
        chen.page.close()  # the one that held the stream
        expect(pages[4].locator("#live-sign")).to_have_attribute("data-now", "stream", timeout=SOON_MS)
        expect(row(pages[4], report(browser, live, "live-6"))).to_be_visible(timeout=SOON_MS)
