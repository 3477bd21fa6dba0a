"""`huying invariants`: is every promise of the design kept, in every package?"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import click
from django.conf import settings
from django.utils.timezone import is_naive, make_aware, now

from huying.cases import queries as cases
from huying.clocks import queries as clocks
from huying.ledger import queries as ledger
from huying.messages import queries as messages
from huying.simulation.deeds import SOURCE

BROKEN = 1  # exit code
SHOWN = 200  # sentences of one kind that are written out

CHECKS: Mapping[str, Callable[[datetime], Iterable[str]]] = {
    "cases": lambda at: cases.violations(at, settings.EVIDENCE_FOLDER),
    "clocks": clocks.violations,
    "ledger": lambda _at: ledger.violations(),
    "messages": messages.violations,
}


@click.command()
@click.option("--at", type=click.DateTime(), help="检查的时刻；默认现在，全是模拟案件时为最后一步的时刻。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def invariants(at: datetime | None, as_json: bool) -> None:
    """检查系统的各项承诺；没有违背则以0退出，否则列出并以1退出。"""
    moment = (make_aware(at) if is_naive(at) else at) if at else moment_to_ask()
    found = {name: list(check(moment)) for name, check in CHECKS.items()}
    broken = sum(map(len, found.values()))
    if as_json:
        click.echo(json.dumps({"at": moment.isoformat(), "broken": broken, **found}, ensure_ascii=False))
    else:
        _tell(found, broken)
    sys.exit(BROKEN if broken else 0)


def moment_to_ask() -> datetime:
    """Return now; where nothing but simulated time has passed, the end of that."""
    last = cases.latest_moment()
    return now() if last is None or cases.has_other_than(SOURCE) else min(last, now())


def _tell(found: Mapping[str, list[str]], broken: int) -> None:
    for name, sentences in found.items():
        click.secho(f"{name}：{len(sentences) or '无'}违背", fg="red" if sentences else "green")
        for sentence in sentences[:SHOWN]:
            click.echo(f"  {sentence}")
    click.echo("全部承诺均成立。" if not broken else f"共 {broken} 项违背。")
