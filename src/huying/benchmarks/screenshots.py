"""Every workplace of the sample street as it looks: phone, desk and wall, light and dark."""

import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image

from huying.benchmarks import chromium, processes, scratch
from huying.config import readiness
from huying.shared.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

MOST_BYTES = 300_000
COLOURS = (256, 128, 64, 32)  # as many as the size allows
START_SECONDS = 600  # thirty days of cases come first
DRAWN_MS = 4_000  # a map that the processor draws
SETTLED_MS = 700
SCREENS: Mapping[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "wall": {"viewport": {"width": 1920, "height": 1080}},
}
EVERYWHERE = (("phone", "light"), ("desk", "light"), ("desk", "dark"))


@dataclass(frozen=True, slots=True)
class Shot:
    """One page and how it is taken. who: the login, "" for nobody. {number}: a case in hand."""

    name: str
    path: str
    who: str = ""
    looks: tuple[tuple[str, str], ...] = EVERYWHERE
    locale: str = "zh-CN"
    keys: str = ""  # pressed once the page is there


SHOTS = (
    Shot("report", "/", looks=(("phone", "light"), ("phone", "dark"), ("desk", "light"))),
    Shot("around", "/around/", looks=(("phone", "light"), ("desk", "light"))),
    Shot("who", "/who/", looks=(("phone", "light"),)),
    Shot("desk", "/desk/", "command", keys="j"),
    Shot("desk-english", "/desk/", "command", (("desk", "light"),), "en-US", keys="j"),
    Shot("case", "/cases/{number}/", "command"),
    Shot("grid", "/grid/", "grid", (("phone", "light"), ("phone", "dark"))),
    Shot("unit", "/unit/", "police", (("phone", "light"), ("desk", "light"))),
    Shot("cockpit", "/cockpit/", "leader", (("wall", "dark"),)),
    Shot("admin", "/admin/", "admin", (("desk", "light"),)),
)


def run(into: Path) -> Iterator[tuple[str, int]]:
    """Start the sample street, take every picture, yield file and bytes. Takes some minutes."""
    into.mkdir(parents=True, exist_ok=True)
    with scratch.database(readiness.address()) as address, processes.home() as home:
        port = _free_port()
        command = ["-m", "huying", "demo", "--still", "--port", str(port)]
        with processes.running(command, database_url=address, home=home), chromium.browser() as browser:
            _wait(f"http://127.0.0.1:{port}/readyz")
            yield from _taken(browser, f"http://127.0.0.1:{port}", _logins(home), into)


def _taken(browser: "Browser", site: str, logins: Mapping[str, str], into: Path) -> Iterator[tuple[str, int]]:
    for shot in SHOTS:
        for screen, theme in shot.looks:
            context = browser.new_context(
                **(SCREENS[screen] | {"color_scheme": theme}),
                locale=shot.locale,
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            image = _picture(context, site, shot, logins)
            file = f"{shot.name}-{screen}-{theme}.png"
            data = small(image)
            (into / file).write_bytes(data)
            yield file, len(data)
            context.close()


def _picture(context: "BrowserContext", site: str, shot: Shot, logins: Mapping[str, str]) -> bytes:
    page = context.new_page()
    if shot.who:
        _sign_in(page, site, shot.who, logins[shot.who])
    answer = page.goto(site + shot.path.format(number=_number(context, site) if "{" in shot.path else ""))
    if answer is None or not answer.ok:
        raise Unavailable(reason=f"{shot.path}: {answer.status if answer else ''}")
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("Escape")  # the tour of the first visit
    for key in shot.keys:
        page.keyboard.press(key)
    page.wait_for_timeout(DRAWN_MS if page.locator("street-map, canvas").count() else SETTLED_MS)
    return page.screenshot()


def _sign_in(page: "Page", site: str, username: str, password: str) -> None:
    page.goto(f"{site}/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click("form[action='/login/'] button")
    page.wait_for_url(lambda url: "/login/" not in url)


def _number(context: "BrowserContext", site: str) -> str:
    """Return the case whose clock runs out next."""
    number: str = context.request.get(f"{site}/api/v1/queue?state=in_hand&size=1").json()["cases"][0][
        "number"
    ]
    return number


def small(data: bytes) -> bytes:
    """Return a picture with as many colours as MOST_BYTES allow."""
    image = Image.open(BytesIO(data)).convert("RGB")
    made = data
    for colours in COLOURS:
        out = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        made = out.getvalue()
        if len(made) <= MOST_BYTES:
            break
    return made


def _logins(home: Path) -> dict[str, str]:
    rows = (line.split() for line in (home / "demo-logins.txt").read_text().splitlines())
    return {row[0]: row[1] for row in rows if row}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with urlopen(address, timeout=5):  # noqa: S310  # our own site
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(1)
    raise RuntimeError(f"the sample street did not start within {START_SECONDS} s")
