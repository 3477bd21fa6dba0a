"""What the documents say follows from the code: generated parts, named files, the state diagrams."""

import re
import tomllib
from pathlib import Path

import pytest

from huying.cases.states import ASSIGNMENT_MOVES, MOVES, REQUEST_MOVES
from huying.config import diagram
from huying.config.cli import COMMANDS, GROUPS
from huying.config.documents import PAGES, PARTS, ROOT, filled, stale_pages
from huying.shared.errors import NotFound

PROSE = ("README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CHANGELOG.md")
NAMED = [*PROSE, *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md")))]
A_PATH = re.compile(r"`((?:\./)?[\w.<>…*-]*/[\w./<>…*-]*(?:::\w+)?|\w+\.toml|uv\.lock)`")
# addresses of the site, folders of users, what a path may look like
NOT_OURS = re.compile(r"/|\./var|\./run$|\.\./|path/|HUYING_HOME/|application/|postgresql")


def test_no_page_is_stale() -> None:
    """Write them anew with `./run huying document`."""
    assert list(stale_pages(ROOT)) == []


def test_every_part_stands_in_a_page() -> None:
    texts = [(ROOT / page).read_text("utf-8") for page in PAGES]
    assert {name for text in texts for name in re.findall(r"<!-- generated: (\w+) -->", text)} == set(PARTS)


def test_a_part_is_written_anew_and_the_rest_left() -> None:
    page = "before\n<!-- generated: request -->\nold\n<!-- end -->\nafter\n"
    assert filled(page) == (
        f"before\n<!-- generated: request -->\n{diagram.request_diagram()}\n<!-- end -->\nafter\n"
    )


def test_outside_of_a_checkout_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        stale_pages(tmp_path)


@pytest.mark.parametrize(
    ("picture", "moves"),
    [
        (diagram.case_diagram(), MOVES),
        (diagram.assignment_diagram(), ASSIGNMENT_MOVES),
        (diagram.request_diagram(), REQUEST_MOVES),
    ],
)
def test_a_diagram_shows_each_step_that_changes_the_state_and_no_other(
    picture: str, moves: dict[tuple[object, object], object]
) -> None:
    drawn = {
        (before, verb, after)
        for before, after, verbs in re.findall(r"(\w+) --> (\w+): (.+)", picture)
        for verb in verbs.split(", ")
        if before != "*"
    }
    assert drawn == {(before, verb, after) for (before, verb), after in moves.items() if before != after}


@pytest.mark.parametrize("page", NAMED)
def test_every_file_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = {name for name in A_PATH.findall(text) if not NOT_OURS.match(name)}
    linked = {link for found in re.findall(r"\]\(([^)#\s]+)|src=\"([^\"]+)", text) for link in found if link}
    linked = {link for link in linked if not link.startswith("http")}
    package = ROOT / "src" / "huying" / Path(page).stem
    folders = (ROOT, package.parent, package, (ROOT / page).parent)
    missing = [name for name in named if not any(is_there(folder, name) for folder in folders)]
    missing += [name for name in linked if not is_there((ROOT / page).parent, name)]
    assert missing == []


@pytest.mark.parametrize("page", NAMED)
def test_every_command_a_page_names_is_one(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(
        r"(?:^\./run huying|^huying|`huying|`\./run huying) ([a-z]+)(?: ([a-z]+))?", text, re.MULTILINE
    )
    assert [words for words in named if not {words[0], " ".join(words)} & {*COMMANDS, *GROUPS}] == []


@pytest.mark.parametrize("page", PROSE[:3])
def test_the_packages_stand_there_as_the_ladder_has_them(page: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    ladder = next(
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if "ladder" in contract["name"]
    )
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    rungs = [package.strip(" ()").removeprefix("huying.") for layer in ladder for package in layer.split("|")]
    assert rows == [package for package in rungs if (ROOT / "src" / "huying" / package).is_dir()]


def is_there(folder: Path, name: str) -> bool:
    """Tell whether a file, a folder, a pattern or a test `file.py::name` is in the repository."""
    path, _, test = name.partition("::")
    pattern = re.sub(r"<\w+>|…", "*", path).removeprefix("./").rstrip("/")
    found = list(folder.glob(pattern)) if "*" in pattern else [folder / pattern]
    return any(each.exists() and (not test or f"def {test}(" in each.read_text("utf-8")) for each in found)
