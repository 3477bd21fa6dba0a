"""A browser for what is measured or photographed: this machine's Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from huying.shared.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Without a graphics card the map is drawn by the processor; the page around it then is, too.
FLAGS = ("--no-sandbox", "--enable-unsafe-swiftshader")


@contextmanager
def browser() -> Iterator["Browser"]:
    """Yield a running browser. Raises Unavailable on a machine that has none, or no Playwright."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise Unavailable(reason="没有 Chromium 浏览器（apt install chromium）")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Unavailable(reason="没有 Playwright（uv sync 会装上）") from None
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield made
        finally:
            made.close()
