"""A real browser on the pages as they are served, without a port: Django's test client answers it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route, sync_playwright
from tests.ledger.conftest import log

__all__ = ["log"]  # a fixture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SITE = "http://127.0.0.1"  # a secure context: WebCrypto is there


@dataclass
class Visit:
    """A page and what went on around it."""

    page: Page
    context: BrowserContext
    client: Client
    asked: list[str] = field(default_factory=list)  # every address it asked for
    said: list[str] = field(default_factory=list)  # console errors: a broken content security policy is one

    def open(self, path: str) -> None:
        self.page.goto(f"{SITE}{path}")

    def answer(self, route: Route) -> None:
        """Serve our own site; another host is written down and refused."""
        self.asked.append(route.request.url)
        parts = urlsplit(route.request.url)
        if f"{parts.scheme}://{parts.netloc}" != SITE:
            route.abort()
            return
        found = self.client.generic(
            route.request.method, parts.path, route.request.post_data_buffer or b"",
            route.request.headers.get("content-type", ""), headers={"Host": parts.netloc},
        )  # fmt: skip
        content = b"".join(found.streaming_content) if found.streaming else found.content
        connection.close()  # the driver answers outside of the test's own context: another connection
        route.fulfill(status=found.status_code, headers=dict(found.headers.items()), body=content)


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
        browser.close()
