"""`huying import cases`."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import click
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from huying.intake.actions import Known, import_rows
from huying.intake.files import load_profile, rows
from huying.intake.policy import Broken, Profile, Row
from huying.org.policy import SYSTEM

BATCH = 1_000  # rows of one transaction
SHOWN = 20  # broken rows printed for people; --json names them all

T = TypeVar("T")


@dataclass(slots=True)
class Summary:
    """What an import did, as it goes on."""

    rows: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: list[Broken] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


@click.command("cases")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", "name", required=True, help="自带配置的名称（如pingshan），或配置文件（.toml）。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def import_(file: Path, name: str, as_json: bool) -> None:
    """导入历史案件，连同其区域、单位和类别。坏行列出行号和原因，其余照常导入；重复导入不改变任何内容。"""
    profile = load_profile(name)
    with file.open("rb") as opened, _progress(as_json) as progress:
        task = progress.add_task(file.name, total=file.stat().st_size)
        summary = Summary()
        known = Known()
        for batch in _batches(rows(opened, profile)):
            _take(batch, profile, known, summary)
            progress.update(task, completed=opened.tell())
    summary.rejected.sort(key=lambda row: row.line)
    click.echo(_json(summary) if as_json else _text(summary))


def _take(batch: list[tuple[int, Row] | Broken], profile: Profile, known: Known, summary: Summary) -> None:
    good = [each for each in batch if not isinstance(each, Broken)]
    unreadable = [each for each in batch if isinstance(each, Broken)]
    imported = import_rows(good, profile, known, actor=SYSTEM, now=now(), unreadable=unreadable)
    summary.rows += len(batch)
    summary.created += imported.created
    summary.unchanged += imported.unchanged
    summary.rejected += unreadable + list(imported.broken)
    summary.notes.update(note for _, row in good for note in row.notes)


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _progress(quiet: bool) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=quiet or not console.is_terminal)


def _json(summary: Summary) -> str:
    return json.dumps(
        {
            "rows": summary.rows,
            "created": summary.created,
            "unchanged": summary.unchanged,
            "rejected": [{"line": row.line, "reason": row.reason} for row in summary.rejected],
            "notes": dict(summary.notes),
        },
        ensure_ascii=False,
    )


def _text(summary: Summary) -> str:
    lines = [f"第{row.line}行：{row.reason}" for row in summary.rejected[:SHOWN]]
    if len(summary.rejected) > SHOWN:
        lines.append(f"……另有{len(summary.rejected) - SHOWN}行，用--json查看全部。")
    lines += [f"{note}：{count}件" for note, count in summary.notes.most_common()]
    lines.append(
        f"共{summary.rows}行：新增{summary.created}，未变{summary.unchanged}，坏行{len(summary.rejected)}。"
    )
    return "\n".join(lines)
