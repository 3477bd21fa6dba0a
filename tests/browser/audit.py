"""What every page must hold, asked of the page as the browser shows it; test_every_page.py goes round."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
TARGET = 44  # pixels on a phone
THEMES = ("light", "dark")

# Breaches of the content security policy, kept where the audit finds them.
LISTEN = """
window.breaches = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.breaches.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
_AXE = """
async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => ({
    id, impact, where: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`),
  }));
}
"""
_OVERFLOW = """
() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const scrolled = (each) => {
    for (let up = each.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter(
    (each) => each.getBoundingClientRect().right > root.clientWidth + 1 && !scrolled(each),
  );
  const those = wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 120));
  return [`${root.scrollWidth} > ${root.clientWidth}`, ...those];
}
"""
_MOVING = """
() => document.getAnimations()
  .filter((each) => each.playState === "running" && each.effect?.getTiming().duration > 20)
  .map((each) => `${each.animationName ?? each.transitionProperty} ${each.effect.target?.className}`)
"""
_SMALL = """
(least) => [...document.querySelectorAll(
  "main .btn, main button, main select, main textarea, main summary, .places a, .menu > summary, " +
  "main input:not([type=hidden], [type=checkbox], [type=radio], [type=range])"
)].filter((each) => each.checkVisibility() && !each.closest(".maplibregl-ctrl, .visually-hidden"))
  .map((each) => [each.getBoundingClientRect(), each])
  .filter(([box]) => box.width > 1 && (box.height < least - 0.5 || box.width < least - 0.5))
  .slice(0, 5)
  .map(([box, each]) => `${Math.round(box.width)}×${Math.round(box.height)} ${each.outerHTML.slice(0, 120)}`)
"""
_IS_IN = "(theme) => [undefined, theme].includes(document.documentElement.dataset.bsTheme)"
_HEADINGS = "() => [...document.querySelectorAll('h1')].filter((each) => each.checkVisibility()).length"
_TEXTS = """
() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest("script, style, template, [lang^=zh]")) texts.push(walk.currentNode.data.trim());
  }
  for (const each of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")) {
    if (each.closest("[lang^=zh]")) continue;
    texts.push(...["aria-label", "placeholder", "title", "alt"].map((name) => each.getAttribute(name) ?? ""));
  }
  if (!document.documentElement.lang.startsWith("zh")) texts.push(document.title);
  return [...new Set(texts)].filter((text) => /[\\u3400-\\u9fff]/.test(text));
}
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something a page does not hold."""

    page: str
    rule: str
    what: str


def prepare(context: BrowserContext) -> None:
    """Make the pages of a context keep what the audit asks for later."""
    context.add_init_script(LISTEN)


def faults(page: Page, name: str) -> list[Fault]:
    """Return what an opened page does not hold: both themes, phone, 320 px, 400 %, no motion, one heading.

    The page stays as wide as a desk, in light colours.
    """
    found = [Fault(name, "csp", each) for each in page.evaluate("() => window.breaches")]
    if (headings := page.evaluate(_HEADINGS)) != 1:
        found.append(Fault(name, "h1", str(headings)))
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_function(_IS_IN, arg=theme)
        found += [Fault(name, f"axe {theme} {each['id']}", str(each["where"])) for each in serious(page)]
    found += [Fault(name, "motion", each) for each in page.evaluate(_MOVING)]
    for size in (NARROW, ZOOMED):
        page.set_viewport_size(size)
        found += [Fault(name, f"overflow at {size}", each) for each in page.evaluate(_OVERFLOW)]
    page.set_viewport_size(PHONE)
    found += [Fault(name, "target", each) for each in page.evaluate(_SMALL, TARGET)]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(DESK)
    return found


def serious(page: Page) -> list[dict[str, Any]]:
    """Return the serious and critical findings of axe-core; evaluated, so that no policy lets it in."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    return [each for each in page.evaluate(_AXE) if each["impact"] in SERIOUS]


def chinese(page: Page) -> list[str]:
    """Return the Chinese texts of a page that are not marked as such by `lang`."""
    texts: list[str] = page.evaluate(_TEXTS)
    return texts
