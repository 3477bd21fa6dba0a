"""The page residents report on, on a slow phone: its bytes, and when its largest part is drawn."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

from django.utils.timezone import now

from huying.benchmarks import chromium, ground, machine, scratch
from huying.benchmarks.web import site
from huying.config import readiness

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

SLOWER = 4  # times: a phone beside this machine's processor
PHONE: Mapping[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "locale": "zh-CN",
}
SETTLED_MS = 600  # after loading: a larger part drawn later would still be seen
OF_THE_MAP = ("/built/map", "/built/chunk-maplibre", "/api/v1/map/")
# The control: what this machine and browser need for a page of one line, with nothing to load.
ONE_LINE = "<!doctype html><html lang=zh><title>对照</title><h1>对照</h1><p>只有一行字的页面。</p></html>"
LARGEST = """
() => new Promise((resolve) => {
  new PerformanceObserver((seen) => resolve(seen.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})
"""


def run(*, visits: int = 5, path: str = "/") -> dict[str, object]:
    """Measure a page as somebody new meets it, each time in a browser that has kept nothing."""
    with scratch.database(readiness.address()) as address:
        ground.lay(now())
        facts = machine.facts()
        with site(address, workers=1) as port, chromium.browser() as browser:
            base = f"http://127.0.0.1:{port}"
            visit(browser, f"{base}{path}")  # the process has read its templates
            seen = [visit(browser, f"{base}{path}") for _ in range(visits)]
            floor = [visit(browser, f"{base}{path}", instead=_one_line)[0] for _ in range(visits)]
    kilobytes = {name: round(size / 1_000, 1) for name, size in sorted(seen[-1][1].items())}
    return {
        "name": "pages",
        "path": path,
        "slower": SLOWER,
        "visits": visits,
        "lcp_ms": round(median(moment for moment, _ in seen)),
        "lcp_worst_ms": round(max(moment for moment, _ in seen)),
        "control_lcp_ms": round(median(floor)),
        "kilobytes": round(sum(kilobytes.values()), 1),
        "kilobytes_each": kilobytes,
        **facts,
    }


def visit(
    browser: "Browser", address: str, *, instead: "Callable[[Route], None] | None" = None
) -> tuple[float, Mapping[str, int]]:
    """Return when the largest part was drawn, in ms, and the bytes of each file sent before the map.

    instead: answers for the address itself, to measure another page under the same conditions.
    """
    context = browser.new_context(**PHONE)
    page = context.new_page()
    if instead is not None:
        page.route(address, instead)
    sizes = _weighed(page)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    moment: float = page.evaluate(LARGEST)
    context.close()
    return moment, {name: size for name, size in sizes.items() if not _is_of_the_map(name)}


def _weighed(page: "Page") -> dict[str, int]:
    """Slow the processor down; return what will hold the bytes on the wire of each file, headers included."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def ended(event: Mapping[str, Any]) -> None:
        name = names.get(event["requestId"], "")
        sizes[name] = sizes.get(name, 0) + round(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", lambda sent: names.update({sent["requestId"]: _name(sent)}))
    wire.on("Network.loadingFinished", ended)
    return sizes


def _name(sent: Mapping[str, Mapping[str, str]]) -> str:
    address = sent["request"]["url"]
    return "/" + address.split("/", 3)[3] if address.startswith("http") else address[:20]


def _is_of_the_map(name: str) -> bool:
    return any(part in name for part in OF_THE_MAP)


def _one_line(route: "Route") -> None:
    route.fulfill(body=ONE_LINE, content_type="text/html; charset=utf-8")
