"""`huying import catalogue`."""

import json
from datetime import date, datetime
from pathlib import Path

import click
from django.utils.timezone import localdate, now

from huying.catalogue.actions import Draft, Imported, import_catalogue
from huying.catalogue.formats import Layout, read
from huying.catalogue.policy import HOTLINE_LIMIT, read_limit
from huying.catalogue.states import EditionState
from huying.org.policy import SYSTEM


@click.command("catalogue")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scheme", help="清单体系；同一体系的各版本先后相接。默认用文件名。")
@click.option("--name", help="版本名称。默认为体系与生效日期。")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="生效日期。默认今天。")
@click.option(
    "--format", "layout", type=click.Choice([each.value for each in Layout]), help="默认按内容识别。"
)
@click.option("--default-limit", help="未写明时限的类别所用的时限，如“5工作日”。")
@click.option("--accept-gaps", is_flag=True, help="有坏行也发布。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def import_(
    file: Path,
    scheme: str | None,
    name: str | None,
    start: datetime | None,
    layout: str | None,
    default_limit: str | None,
    accept_gaps: bool,
    as_json: bool,
) -> None:
    """导入一份清单（立结案标准、热线分类、事件树、职责清单）并发布为新版本。

    有坏行时只存草稿并以2退出；改正后重新导入即可。
    """
    sheet = read(file.read_bytes(), Layout(layout) if layout else None)
    scheme, on = scheme or file.stem, start.date() if start else localdate()
    draft = Draft(
        scheme=scheme,
        name=name or f"{scheme} {on}",
        effective_from=on,
        source=file.name,
        default_limit=read_limit(default_limit) if default_limit else HOTLINE_LIMIT,
    )
    imported = import_catalogue(
        draft,
        [*sheet.categories, *sheet.duties],
        actor=SYSTEM,
        now=now(),
        broken=sheet.broken,
        accept_gaps=accept_gaps,
    )
    click.echo(_json(imported) if as_json else _text(imported, on))
    if imported.state == EditionState.DRAFT:
        raise click.exceptions.Exit(2)


def _json(imported: Imported) -> str:
    summary = {
        "edition": imported.edition_id,
        "state": imported.state,
        "rows": imported.created + imported.unchanged + len(imported.rejected),
        "created": imported.created,
        "unchanged": imported.unchanged,
        "rejected": [{"line": row.line, "reason": row.reason} for row in imported.rejected],
    }
    return json.dumps(summary, ensure_ascii=False)


def _text(imported: Imported, on: date) -> str:
    lines = [f"第{row.line}行：{row.reason}" for row in imported.rejected]
    lines.append(f"新增{imported.created}行，未变{imported.unchanged}行，坏行{len(imported.rejected)}行。")
    lines.append(f"版本状态：{imported.state.label}（自{on}起）。" if imported.created else "没有改变。")
    return "\n".join(lines)
