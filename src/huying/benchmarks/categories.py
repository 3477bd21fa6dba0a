"""How often the category of a text is proposed: learned from four fifths of a file, scored on the rest.

Needs no database. The catalogue tells nothing here: labels of a stranger's file bear no filing conditions.
Source: docs/rules/dispatch.md §7.
"""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from huying.benchmarks.machine import computer
from huying.dispatch.policy import Subject, learn_subjects, likely
from huying.shared.errors import Incomplete

FOLD = 5  # every fifth row is asked, the others are learned from
OFFERED = 3


def run(path: Path) -> dict[str, object]:
    """Measure; raises Incomplete when the file has too few rows."""
    rows = _rows(path)
    if len(rows) < FOLD:
        raise Incomplete(reason=f"{path.name}中的行数太少")
    labels = {label: number for number, label in enumerate(sorted({label for _, label in rows}), 1)}
    subjects = [Subject(number, (label,)) for label, number in labels.items()]
    filed = [(labels[label], text) for text, label in rows]
    past = [each for nr, each in enumerate(filed) if nr % FOLD]
    asked = filed[::FOLD]
    learned = learn_subjects(past, subjects, now=datetime.min.replace(tzinfo=UTC))
    started = perf_counter()
    offered = [[each.category_id for each in likely(learned, text, limit=OFFERED)] for _, text in asked]
    each_ms = (perf_counter() - started) / len(asked) * 1000
    usual = [category for category, _ in Counter(category for category, _ in past).most_common(OFFERED)]
    return {
        "name": "categories",
        "top1": _share([got[:1] for got in offered], asked),
        "top3": _share(offered, asked),
        "n": len(asked),
        "control_top1": _share([usual[:1]] * len(asked), asked),
        "control_top3": _share([usual] * len(asked), asked),
        "control": "the most common categories",
        "categories": len(labels),
        "trained_on": len(past),
        "ms_each": round(each_ms, 2),
        "machine": computer(),
    }


def _share(offered: list[list[int]], asked: list[tuple[int, str]]) -> float:
    hits = sum(category in got for got, (category, _) in zip(offered, asked, strict=True))
    return round(hits / len(asked), 4)


def _rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]
