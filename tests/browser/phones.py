"""A phone of a grid worker: a profile that outlives the app, a network that comes and goes, tabs, a clock."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright
from tests.browser.conftest import BROWSER, CHROMIUM
from tests.browser.town import NO_TOURS, Town
from tests.faults.proxy import Proxy

# A form as any page of the grid may hold one.
FORM = """() => {
  document.querySelector("#trial")?.remove();
  const form = Object.assign(document.createElement("form"), {id: "trial"});
  Object.assign(form.dataset, {
    outbox: "/api/v1/reports", outboxTitle: "上报：{text}", outboxAt: "found_at", outboxFrom: "/grid/",
  });
  form.innerHTML = `<label>text <textarea name="text"></textarea></label>
    <label>phone <input name="reporter.phone"></label>
    <label>photos <input type="file" name="photos" multiple></label><button>go</button>`;
  document.querySelector("main").append(form);
}"""
WITHOUT_KEYS = """(() => {
  const ask = window.fetch;
  window.fetch = (path, options) => {
    options?.headers?.delete?.("Idempotency-Key");
    return ask(path, options);
  };
})()"""
WITHOUT_LOCKS = 'Object.defineProperty(Navigator.prototype, "locks", {value: undefined})'
DUMP = """async () => {
  const open = indexedDB.open("huying-grid");
  const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
  const all = (name) => new Promise((done) => {
    const asked = database.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const text = (bytes) => new TextDecoder("latin1").decode(bytes);
  const entries = await all("entries"), photos = await all("photos"), keys = await all("keys");
  return {
    entries: entries.length, photos: photos.length, keys: keys.length,
    extractable: keys.some((key) => key.extractable),
    bytes: [...entries, ...photos].map((row) => text(row.sealed.bytes)).join("\\n"),
    plain: JSON.stringify(entries),
  };
}"""

ARE_KEPT = """async () => {
  const cache = await caches.open("grid-pages");
  const kept = ["/grid/", "/grid/report/", "/grid/outbox/"].map((each) => cache.match(each));
  return (await Promise.all(kept)).every(Boolean);
}"""


@dataclass
class Phone:
    """The app is open while `context` is; `reopened` starts it anew from the same profile."""

    driver: Playwright
    profile: Path
    address: str
    town: Town
    scripts: tuple[str, ...] = ()
    context: BrowserContext | None = None

    def opened(self) -> "Phone":
        self.context = self.driver.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=CHROMIUM,
            args=BROWSER,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": 390, "height": 844},
        )
        for script in (NO_TOURS, *self.scripts):
            self.context.add_init_script(script)
        return self

    @property
    def app(self) -> BrowserContext:
        assert self.context is not None
        return self.context

    def killed(self) -> None:
        self.app.close()
        self.context = None

    def tab(self, path: str = "/grid/") -> Page:
        page = self.app.new_page()
        page.goto(f"{self.address}{path}")
        return page

    def sign_in(self, page: Page, username: str = "grid") -> None:
        """Sign in on the page for it, wherever it leads afterwards."""
        if "/login/" not in page.url:
            page.goto(f"{self.address}/login/")
        page.fill("#id_username", username)
        page.fill("#id_password", self.town.logins[username])
        page.click("form[action^='/login/'] button, form:has(#id_password) button")
        page.wait_for_url(lambda url: "/login/" not in url, wait_until="commit")

    def prepared(self, page: Page) -> None:
        """Wait until the pages of the grid would open without a network."""
        page.goto(f"{self.address}/grid/")
        for _ in range(100):
            if page.evaluate(ARE_KEPT):
                break
            page.wait_for_timeout(100)
        for _ in range(10):  # a page that was on its way before the worker stood is not yet its page
            page.reload()
            if page.evaluate("() => navigator.serviceWorker.controller !== null"):
                return
        raise AssertionError("the service worker takes no page")


@contextmanager
def wired(town: Town) -> Iterator[Proxy]:
    """Yield a wire to the street that can lose answers."""
    host, port = town.address.removeprefix("http://").split(":")
    proxy = Proxy(("127.0.0.1", 0), (host, int(port))).start()
    yield proxy
    proxy.stop()


def write_report(page: Page, text: str, photo: bytes, at: datetime | None = None) -> None:
    """Fill in a report and keep it; at: what the clock of the phone says."""
    if at is not None:
        page.clock.set_fixed_time(at)
    page.evaluate(FORM)
    page.fill("#trial textarea", text)
    page.fill("#trial input:not([type=file])", "13800001234")
    page.set_input_files(
        "#trial input[type=file]", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    before = waiting(page)
    page.click("#trial button")
    page.wait_for_function(
        "(before) => Number(document.querySelector('.waiting-count').textContent) !== before", arg=before
    )


def waiting(page: Page) -> int:
    """Return what the bar says waits to be sent."""
    return int(page.locator(".waiting-count").text_content() or "0")


def photo(colour: tuple[int, int, int], *, size: tuple[int, int] = (320, 240), noise: int = 0) -> bytes:
    """Return a photo all of one colour, with noise when it is to be large."""
    picture = Image.new("RGB", size, colour)
    if noise:
        picture = Image.blend(picture, Image.effect_noise(size, noise).convert("RGB"), 0.1)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def rows(town: Town, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(town.database_url) as connection:
        return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


def changed(town: Town, statement: str) -> None:
    with psycopg.connect(town.database_url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]
