"""Rules of the house that a linter does not know."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "huying"

WRITES = {"save", "create", "create_user", "create_superuser", "update", "delete", "get_or_create"} | {
    "update_or_create",
    "bulk_create",
    "bulk_update",
}
READS_CLOCK = {"now", "localtime", "localdate", "today", "utcnow"}
EDGES = {
    "api",
    "release_api",
    "views",
    "tasks",
    "commands",
    "pages",
    "invariants",
    "cosigning",
    "templatetags",
}

CLOCKS = {"benchmarks"}  # measuring is reading the clock
WRITERS = {"catalogue/drafting.py"}  # half of catalogue/actions.py, called from there alone


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SRC), ast.parse(path.read_text())


def is_in(path: Path, names: set[str]) -> bool:
    """Tell whether `path` is `name.py` or lies in a subpackage `name` of its package."""
    return bool(names & {path.stem, *path.parts[1:-1]})


def is_write(call: ast.Call) -> bool:
    """Tell whether the call changes rows: `x.save(…)` without a file to save to, or a verb on a queryset."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    if call.func.attr == "save":
        return not call.args
    receiver = ast.unparse(call.func.value)
    return ".objects" in receiver or "filter(" in receiver or receiver.endswith("_set")


def is_clock(call: ast.Call) -> bool:
    func = call.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name in READS_CLOCK and not call.args  # with an argument it converts


def offenders(is_offence: Callable[[ast.Call], bool], is_allowed: Callable[[Path], bool]) -> list[str]:
    return [
        f"{path}:{node.lineno} {ast.unparse(node.func)}()"
        for path, tree in modules()
        if not is_allowed(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and is_offence(node)
    ]


def test_only_actions_write() -> None:
    assert offenders(is_write, lambda path: is_in(path, {"actions"}) or str(path) in WRITERS) == []


def test_only_the_edges_read_the_clock() -> None:
    assert offenders(is_clock, lambda path: is_in(path, EDGES) or path.parts[0] in CLOCKS) == []


def test_packages_keep_their_tables_to_themselves() -> None:
    """config knows everybody; the others ask actions and queries."""
    strangers = [
        f"{path}:{node.lineno} {node.module}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (match := re.fullmatch(r"huying\.(\w+)\.models.*", node.module or ""))
        and path.parts[0] not in (match[1], "config")
    ]
    assert strangers == []


@pytest.mark.parametrize(
    ("source", "is_offence"),
    [
        ("case.save(update_fields=['state'])", True),
        ("Case.objects.filter(pk=1).update(state='x')", True),
        ("Case.objects.create()", True),
        ("picture.save(out)", False),  # Pillow
        ("digest.update(data)", False),  # hashlib
    ],
)
def test_what_counts_as_a_write(source: str, *, is_offence: bool) -> None:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    assert any(is_write(call) for call in calls) == is_offence


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`(HUYING_[A-Z_]+)", (ROOT / "docs" / "settings.md").read_text()))
    files = [*SRC.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "run", ROOT / ".ci" / "run"]
    used = {name for file in files for name in re.findall(r"\bHUYING_[A-Z_]+\b", file.read_text())}
    assert used == documented


def test_no_page_carries_code_or_style() -> None:
    """The content security policy would refuse it."""
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:")
    templates = sorted(SRC.rglob("templates/**/*.html"))
    assert templates
    assert [str(file.relative_to(SRC)) for file in templates if inline.search(file.read_text())] == []
