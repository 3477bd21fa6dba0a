"""The build leaves out of Tabler what no page uses, and nothing that one does."""

import re
from pathlib import Path

import pytest

from huying.config import translations

ROOT = Path(__file__).parent.parent.parent
TABLER = ROOT / "web" / "node_modules" / "@tabler" / "core" / "dist" / "css" / "tabler.min.css"
BUILT = translations.SOURCE / "config" / "static" / "built" / "main.css"
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
ATTRIBUTE = re.compile(r'class="([^"]*)"|"class": "([^"]*)"')
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.S)
MOST_BYTES = 40_000  # of the style every page loads, as it is sent

pytestmark = pytest.mark.skipif(
    not (TABLER.exists() and BUILT.exists()), reason="needs web/node_modules and a built front end"
)


def named(text: str) -> set[str]:
    """Return the classes a template or a form names; what stands in a tag of the template is passed over."""
    found = (TAG.sub(" ", one or other) for one, other in ATTRIBUTE.findall(text))
    return {word for words in found for word in words.split() if not word.endswith("-")}


def used() -> set[str]:
    sources = [*translations.SOURCE.rglob("*.html"), *translations.SOURCE.rglob("*.py")]
    return {word for path in sources for word in named(path.read_text())}


def test_every_class_of_a_page_keeps_its_rules() -> None:
    of_tabler = set(CLASS.findall(TABLER.read_text()))
    kept = set(CLASS.findall(BUILT.read_text()))
    assert (used() & of_tabler) - kept == set()
    assert len(used() & of_tabler) > 40  # the search does find classes
    assert of_tabler - kept  # and the build does leave rules out


def test_what_every_page_loads_is_small() -> None:
    assert BUILT.with_name("main.css.gz").stat().st_size < MOST_BYTES


def test_classes_are_found_where_they_are_named() -> None:
    assert named('<a class="btn btn-{{ x }} {% if y %}w-100{% endif %}">') == {"btn", "w-100"}
    assert named('attrs={"class": "form-control"}') == {"form-control"}
