"""A small street that lives: real web processes over a database of its own, and browsers that sign in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page

from huying.benchmarks import processes
from huying.benchmarks.web import site
from huying.look.tours import NAMES

HERE = Path(__file__).parent
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
WALL = {"viewport": {"width": 1920, "height": 1080}}
# The tour of a first visit lies over the page, where depends on the fonts of the machine.
NO_TOURS = f"""try {{
  for (const name of {json.dumps(sorted(NAMES))}) sessionStorage.setItem(`tour-${{name}}`, "seen");
}} catch {{}}"""


@dataclass(frozen=True, slots=True)
class Town:
    """A running site: where it is, its database, who may sign in (user name → password)."""

    address: str
    database_url: str
    home: Path
    logins: dict[str, str]


@dataclass
class Visitor:
    """Somebody with a browser of his own, and what went on in it."""

    context: BrowserContext
    page: Page
    town: Town
    asked: list[str] = field(default_factory=list)  # every address asked for
    said: list[str] = field(default_factory=list)  # errors of the console: a broken security policy is one

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.town.address}{path}")
        return self.page

    def sign_in(self, username: str) -> Page:
        """Sign in on the page for it; ends where this person works."""
        self.open("/login/")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", self.town.logins[username])
        self.page.click("form[action='/login/'] button")
        self.page.wait_for_url(lambda url: "/login/" not in url)
        return self.page

    def strangers(self) -> set[str]:
        """Return the addresses of other hosts that were asked for."""
        return {url for url in self.asked if url.startswith("http") and not url.startswith(self.town.address)}


def visitor(
    browser: Browser, town: Town, *, locale: str = "zh-CN", tours: bool = False, **screen: object
) -> Visitor:
    """Return somebody new; tours: they open as on a first visit; screen: PHONE, DESK or WALL, and more
    options of a browser context."""
    context = browser.new_context(locale=locale, timezone_id="Asia/Shanghai", **(screen or DESK))
    if not tours:
        context.add_init_script(NO_TOURS)
    made = Visitor(context, context.new_page(), town)
    context.on("request", lambda request: made.asked.append(request.url))
    context.on("console", lambda said: made.said.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: made.said.append(str(error.error)))
    return made


@contextmanager
def founded(server_url: str) -> Iterator[Town]:
    """Yield a street founded anew on the server at an address; its database and files are gone afterwards."""
    name = f"huying_browser_{os.getpid()}"
    with ExitStack() as stack:
        home = stack.enter_context(processes.home())
        url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        stack.callback(_drop, server_url, name)
        _run(url, home, "-m", "huying", "migrate")
        _run(url, home, str(HERE / "founding.py"), str(home / "logins.json"))
        port = stack.enter_context(site(url, workers=1, home=home))
        logins = json.loads((home / "logins.json").read_text())
        yield Town(f"http://127.0.0.1:{port}", url, home, logins)


def _run(url: str, home: Path, *arguments: str) -> None:
    environment = os.environ | {"HUYING_DATABASE_URL": url, "HUYING_HOME": str(home)}
    subprocess.run([sys.executable, *arguments], env=environment, check=True)


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
