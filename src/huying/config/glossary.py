"""Every word of every package with its Chinese label, collected from the code for docs/glossary.md."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import huying
from huying.shared.words import Word

# Importing these does something else than define names.
_LEFT_OUT = re.compile(r"\.migrations(\.|$)|\.__main__$|\.wsgi$")
_REMARK = re.compile(r'^ {4}(\w+) = ".*?  # (.+)$', re.MULTILINE)


def words() -> list[type[Word]]:
    """Return every enum of words, by package and name. Imports all modules; Django must be set up."""
    for module in pkgutil.walk_packages(huying.__path__, "huying."):
        if not _LEFT_OUT.search(module.name):
            import_module(module.name)
    found = {each for each in _below(Word) if each.__module__.startswith("huying.")}
    return sorted(found, key=lambda each: (each.__module__, each.__name__))


def tables() -> str:
    """Return a section for each enum: where it stands, what it is, its values and labels."""
    return "\n\n".join(_table(each) for each in words())


def title(enum: type[Word]) -> str:
    """Return the name of an enum in the glossary: "cases.State"."""
    return f"{enum.__module__.split('.')[1]}.{enum.__name__}"


def _below(word: type[Word]) -> Iterator[type[Word]]:
    for each in word.__subclasses__():
        yield each
        yield from _below(each)


def _table(enum: type[Word]) -> str:
    remarks = dict(_REMARK.findall(inspect.getsource(enum)))
    path = enum.__module__.removeprefix("huying.").replace(".", "/")
    meaning = (enum.__dict__.get("__doc__") or "").strip().partition("\n")[0]
    head = [f"### {title(enum)}", "", f"`src/huying/{path}.py`{': ' if meaning else ''}{meaning}", ""]
    rows = [["value", "中文", ""], ["---", "---", "---"]]
    rows += [[f"`{member.value}`", member.label, remarks.get(member.name, "")] for member in enum]
    columns = 3 if remarks else 2
    return "\n".join([*head, *(f"| {' | '.join(row[:columns])} |" for row in rows)])
