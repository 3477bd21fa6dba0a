"""A real browser on the pages as they are served, without a port: Django's test client answers it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from tests.browser.town import Town, founded
from tests.ledger.conftest import log

from huying.benchmarks import chromium
from huying.config import readiness

__all__ = ["log"]  # a fixture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER = list(chromium.FLAGS)
SITE = "http://127.0.0.1"  # a secure context: WebCrypto is there


@dataclass
class Visit:
    """A page and what went on around it."""

    page: Page
    context: BrowserContext
    client: Client
    asked: list[str] = field(default_factory=list)  # every address it asked for
    pages: dict[str, "Found"] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)  # console errors: a broken content security policy is one

    def open(self, path: str) -> None:
        """Go to a page.

        It is made here, not when the driver asks: that is another context, where Django would open a second
        connection to the database.
        """
        address = urlsplit(path)
        self.pages[address.path] = self._asked(address.path)
        self.page.goto(f"{SITE}{path}")

    def answer(self, route: Route) -> None:
        """Serve our own site; another host is written down and refused."""
        self.asked.append(route.request.url)
        parts = urlsplit(route.request.url)
        if f"{parts.scheme}://{parts.netloc}" != SITE:
            route.abort()
            return
        found = self.pages.get(parts.path) or self._asked(parts.path)
        route.fulfill(status=found.status, headers=found.headers, body=found.body)

    def _asked(self, path: str) -> "Found":
        answer = self.client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return Found(answer.status_code, dict(answer.headers.items()), body)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer of the site."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="session")
def town(test_database: None) -> Iterator[Town]:
    """The small street with its web process, made once a run: leave it as others may find it."""
    with founded(readiness.address()) as made:
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the pages were not tried in a browser")
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        yield made
        made.close()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the pages were not tried in a browser")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the driver has a loop running in this thread
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        made = Visit(context.new_page(), context, Client(SERVER_NAME="127.0.0.1"))
        made.page.on("console", lambda said: made.said.append(said.text) if said.type == "error" else None)
        made.page.on("pageerror", lambda error: made.said.append(str(error)))
        context.route("**/*", lambda route: made.answer(route))
        yield made
        connections.close_all()  # of this context: while the driver's loop runs, Django keeps them apart
        browser.close()
