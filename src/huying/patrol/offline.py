"""What a phone needs to go on without a network: the manifest, the service worker, the pages it keeps."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

# Names of pages kept on the phone whenever somebody is online, so that they open without a network.
OFFLINE_PAGES = ("grid", "grid_report", "grid_solve", "grid_outbox", "grid_offline")
# What every page of the grid is made of; what else a page loads is kept when it was loaded once.
SHELL = (
    "built/first.js",
    "built/main.css",
    "built/main.js",
    "built/grid.css",
    "built/grid.js",
    "built/field.css",
    "built/field.js",
    "built/icons.svg",
    "icon.svg",
)
WORKER = "built/service.js"
THEME = "#0b6b73"  # --brand of web/src/look/base.css
GROUND = "#f4f6f6"  # --ground
SIZES = (192, 512)  # pixels; what browsers ask of an app to be installed


def manifest() -> dict[str, object]:
    """Return the web app manifest in the reader's language. Source: https://www.w3.org/TR/appmanifest/."""
    return {
        "id": reverse("grid"),
        "name": _("呼应·网格"),
        "short_name": _("网格"),
        "description": _("网格员的工作台：任务、上报、巡查，没有网络也能用。"),
        "lang": _("zh-CN"),
        "start_url": reverse("grid"),
        "scope": reverse("grid"),
        "display": "standalone",
        "theme_color": THEME,
        "background_color": GROUND,
        "icons": [_icon(size, purpose) for size in SIZES for purpose in ("any", "maskable")],
    }


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = "icon" if purpose == "any" else "maskable"
    address = static(f"patrol/{name}-{size}.png")
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def service_worker() -> str:
    """Return the script of the service worker, told which build it keeps and of what files."""
    names = shell()
    facts = {
        "version": version(names),
        "shell": [static(name) for name in names],
        "fallback": reverse("grid_offline"),
    }
    return f"self.KEPT = {json.dumps(facts)};\n{_source(WORKER).decode()}"


def shell() -> tuple[str, ...]:
    """Return the static files of the shell and what they import, at once or later, as the build says."""
    built = json.loads(_source("built/.vite/manifest.json"))
    wanted = [key for key, each in built.items() if f"built/{each['file']}" in SHELL]
    found = dict.fromkeys(SHELL)
    while wanted:
        each = built[wanted.pop()]
        more = [*each.get("imports", ()), *each.get("dynamicImports", ())]
        wanted += [key for key in more if f"built/{built[key]['file']}" not in found]
        found |= dict.fromkeys(f"built/{built[key]['file']}" for key in more)
    return tuple(found)


def version(names: tuple[str, ...]) -> str:
    """Return a name for what the shell consists of: another byte, another version."""
    found = hashlib.sha256()
    for name in (*names, WORKER):
        found.update(_source(name))
    return found.hexdigest()[:16]


def _source(name: str) -> bytes:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"{name}: build the front end (web/) first")
    changed = Path(path).stat().st_mtime_ns
    return _read(path, changed)


@cache
def _read(path: str, _changed: int) -> bytes:
    return Path(path).read_bytes()
