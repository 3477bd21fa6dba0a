"""`huying document`: write the parts of the documentation that follow from the code.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of a page is written by hand.
A file of WHOLE is generated from its first character to its last.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import django
import orjson

from huying.config import diagram, glossary
from huying.shared.errors import NotFound

ROOT = Path(__file__).parents[3]  # of the checkout
STALE = 1  # exit code

PARTS: Mapping[str, Callable[[], str]] = {
    "case": diagram.case_diagram,
    "assignment": diagram.assignment_diagram,
    "request": diagram.request_diagram,
    "moves": diagram.moves_table,
    "glossary": glossary.tables,
}
PAGES = ("ARCHITECTURE.md", "docs/glossary.md", "docs/rules/cases.md")
WHOLE: Mapping[str, Callable[[], str]] = {"docs/openapi.json": lambda: openapi_text()}  # defined below
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@click.command()
@click.option("--check", is_flag=True, help="只检查，不改写；有过时的页面则以1退出。")
def document(check: bool) -> None:
    """重写文档中由代码生成的部分：状态图、动作表、词汇表、接口说明。"""
    django.setup()
    stale = stale_pages(ROOT)
    for page, text in stale.items():
        click.echo(f"{page}{'已过时' if check else '已更新'}")
        if not check:
            (ROOT / page).write_text(text, "utf-8")
    sys.exit(STALE if check and stale else 0)


def stale_pages(root: Path) -> dict[str, str]:
    """Return the pages that no longer say what the code says, with the text they should have."""
    if not (root / PAGES[0]).is_file():
        raise NotFound(what="文档", key=root / PAGES[0])
    before = {page: _text(root / page) for page in (*PAGES, *WHOLE)}
    after = {page: filled(before[page]) for page in PAGES} | {page: make() for page, make in WHOLE.items()}
    return {page: text for page, text in after.items() if text != before[page]}


def openapi_text() -> str:
    """Return what programs read of the API: a change that breaks one shows in a review."""
    from huying.config.api import api  # imports models: Django must be set up

    said = orjson.dumps(api.get_openapi_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return f"{said.decode()}\n"


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""


def filled(text: str) -> str:
    """Return the page with every part written anew."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[3]}", text)
