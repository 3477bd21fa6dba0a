"""`huying import areas | estates | buildings FILE`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.utils.timezone import localdate, now

from huying.places import actions, files
from huying.places.policy import topology
from huying.places.policy.rows import Imported, ImportRefused, RowError
from huying.places.sheets import COLUMNS
from huying.places.states import Datum
from huying.shared.errors import Incomplete

ACTOR = "system"  # who acts at the terminal
BROKEN_ROWS = 2  # exit code: the rest went in

Command = Callable[..., Any]
_DATUMS = click.Choice([datum.value for datum in Datum])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _options(command: Command) -> Command:
    """Add what all three imports take."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="输出 JSON。"),
        click.option(
            "--map", "names", multiple=True, metavar="字段=列名", help="文件中的列名，如 code=adcode。"
        ),
        click.option("--datum", type=_DATUMS, default=Datum.WGS84.value, show_default=True, help="坐标系。"),
        click.argument("file", type=_FILE),
    ):
        command = option(command)
    return command


@click.command("areas")
@_options
@click.option("--under", default="", metavar="上级编码", help="文件没有编码时，各行所属的上级。")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="边界生效日期。默认今天。")
@click.option(
    "--tolerance",
    "tolerance_m2",
    type=click.FloatRange(min=0),
    default=topology.TOLERANCE_M2,
    show_default=True,
    help="允许的重叠，平方米。",
)
def areas(
    file: Path,
    datum: str,
    names: Sequence[str],
    as_json: bool,
    start: datetime | None,
    tolerance_m2: float,
    under: str,
) -> None:
    """导入辖区：GeoJSON（含边界）、CSV 或 XLSX。

    文件没有编码时用 --under 指明上级：按名称对应其下已有辖区，没有的顺次编码。
    边界无效、重叠或超出上级时整个文件不导入，并逐一列出；表格中的坏行列出后其余照常导入。
    """
    table = files.read_areas(file, _names(names), ("name",) if under else files.AREA_FIELDS)
    if table.errors and any(row.geometry is not None for row in table.rows):
        raise ImportRefused(reasons="；".join(map(str, table.errors)))
    done = actions.import_areas(
        table.rows,
        datum=Datum(datum),
        valid_from=start.date() if start else localdate(),
        tolerance_m2=tolerance_m2,
        under=under,
        actor=ACTOR,
        now=now(),
    )
    _report(done, table.errors, as_json)


@click.command("estates")
@_options
def estates(file: Path, datum: str, names: Sequence[str], as_json: bool) -> None:
    """导入小区（CSV 或 XLSX）：所属编码、名称、别名、场景、小区类别、经纬度。"""
    table = files.read_estates(file, _names(names))
    _report(
        actions.import_estates(table.rows, datum=Datum(datum), actor=ACTOR, now=now()), table.errors, as_json
    )


@click.command("buildings")
@_options
def buildings(file: Path, datum: str, names: Sequence[str], as_json: bool) -> None:
    """导入楼栋（GeoJSON 含轮廓，或 CSV、XLSX）：楼栋编码、名称、所属编码、小区、地址、经纬度、层数、单元。"""
    table = files.read_buildings(file, _names(names))
    _report(
        actions.import_buildings(table.rows, datum=Datum(datum), actor=ACTOR, now=now()),
        table.errors,
        as_json,
    )


def _names(pairs: Sequence[str]) -> dict[str, str]:
    """Parse field=column."""
    names = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    wrong = [pair for pair in pairs if pair.partition("=")[0] not in COLUMNS or "=" not in pair]
    if wrong:
        raise Incomplete(reason=f"列名对照“{wrong[0]}”应写作 字段=列名，字段为 {'、'.join(COLUMNS)}")
    return names


def _report(done: Imported, unread: Sequence[RowError], as_json: bool) -> None:
    """Print what happened; exit 2 when rows were broken."""
    done = replace(done, errors=(*unread, *done.errors))
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
    else:
        _tell(done)
    if done.errors:
        click.get_current_context().exit(BROKEN_ROWS)


def _tell(done: Imported) -> None:
    click.echo(f"新增 {done.created}，更改 {done.changed}，未变 {done.unchanged}")
    for warning in done.warnings:
        click.secho(f"注意：{warning}", fg="yellow")
    for error in done.errors:
        click.secho(f"未导入 {error}", fg="red", err=True)
