"""`huying stats`."""

import json
from collections.abc import Iterable
from datetime import date, datetime

import click
from rich.console import Console
from rich.table import Table

from huying.assessment.policy import Named, Statistics, percent
from huying.assessment.queries import statistics
from huying.org.policy import Actor, Grant
from huying.org.states import Role

# Whoever may run commands here reads the database anyway.
OPERATOR = Actor(key="system", name="系统", grants=frozenset({Grant(Role.SUPERVISOR)}))
HEADINGS = ("上报", "结案", "按期", "超期", "未知", "结案率", "按期率")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("stats")
@click.option("--source", default="", help="只统计某一来源，如pingshan。")
@click.option("--from", "first", type=DAY, help="上报日期，含当天。")
@click.option("--to", "last", type=DAY, help="上报日期，含当天。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def stats(source: str, first: datetime | None, last: datetime | None, as_json: bool) -> None:
    """按街道、按类型统计：上报、结案、按期、超期、未知与比率。"""
    counted = statistics(OPERATOR, source=source, first=_day(first), last=_day(last))
    if as_json:
        click.echo(json.dumps(counted.as_dict(), ensure_ascii=False))
    else:
        _print(counted)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _print(counted: Statistics) -> None:
    console = Console()
    console.print(_table("街道", (*counted.streets, Named("合计", counted.total))))
    console.print(_table("类型", (*counted.types, Named("合计", counted.total))))


def _table(title: str, rows: Iterable[Named]) -> Table:
    table = Table(title)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in rows:
        each = row.counts
        numbers = (each.reported, each.closed, each.in_time, each.overdue, each.unknown)
        table.add_row(row.name, *map(str, numbers), percent(each.closing_rate), percent(each.in_time_rate))
    return table
