"""docs/glossary.md holds every word of every enum with exactly its label, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

from huying.config.glossary import title, words

PAGE = Path(__file__).parent.parent / "docs" / "glossary.md"
ROW = re.compile(r"\| `(.+?)` \| (.+?) \|")


def written() -> Iterator[tuple[str, str, str]]:
    """Yield (enum, value, label) of every row, read from the page without the code that wrote it."""
    section = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("### "):
            section = line.removeprefix("### ")
        elif section and (row := ROW.match(line)):
            yield section, row[1], row[2]


def test_every_word_stands_in_the_glossary_and_nothing_else() -> None:
    rows = list(written())
    assert set(rows) == {(title(enum), member.value, member.label) for enum in words() for member in enum}
    assert len(rows) == len(set(rows))


def test_every_word_has_a_chinese_label() -> None:
    unlabelled = [f"{title(enum)}.{member.name}" for enum in words() for member in enum if not member.label]
    assert unlabelled == []
