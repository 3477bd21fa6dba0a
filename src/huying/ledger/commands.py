"""`huying ledger`: how the log fares, its key, proofs, and the whole of it checked."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from django.db import connection

from huying.ledger import actions, installation, queries
from huying.ledger.models import Entry
from huying.ledger.policy.proofs import SUFFIX
from huying.ledger.policy.unproven import Unproven
from huying.ledger.queries.leaves import leaf_count
from huying.shared.errors import Conflict, NotFound

BROKEN = 1  # exit code
SHOWN = 200  # problems written out


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def status(as_json: bool) -> None:
    """显示存证日志是否正常：条数、已公布的检查点、是否停止签署；不正常时以1退出。"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found = queries.standing(cursor.fetchone()[0])
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, default=str))
    else:
        click.echo(_told(found))
    if not found.is_well:
        raise SystemExit(BROKEN)


def _told(found: queries.Standing) -> str:
    lines = [
        f"日志：{found.origin or installation.origin()}",
        f"叶子{found.leaves}个，已公布{found.published}条，待编号{found.waiting}条",
    ]
    if found.published_at:
        lines.append(f"最近一次公布：{found.published_at.astimezone():%Y-%m-%d %H:%M:%S}")
    if found.halted_at:
        lines.append(f"已停止签署（自{found.halted_at.astimezone():%Y-%m-%d %H:%M:%S}）：{found.reason}。")
        lines.append("处理办法见 docs/rules/ledger.md §8。")
    elif not found.is_pulsing:
        lines.append("没有运行中的编号任务：请检查 huying worker。")
    return "\n".join([*lines, *map(_witnessed, found.witnesses)])


def _witnessed(found: queries.WitnessStanding) -> str:
    line = f"见证人{found.name}：已见证{found.size}条，落后{found.behind}条"
    if found.is_forked:
        return f"{line}；指出日志分叉：{found.problem}。处理办法见 docs/rules/ledger.md §9。"
    return f"{line}；{found.problem}" if found.problem else line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def key(as_json: bool) -> None:
    """显示日志名称与公钥。请张贴在日志以外的地方（公告栏、公文、官网），核验者据此检查签名。"""
    verifier = installation.signer().verifier
    facts = {"origin": verifier.name, "vkey": verifier.vkey}
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else f"{verifier.name}\n{verifier.vkey}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def verify(as_json: bool) -> None:
    """核对整个日志：由数据库逐条重新推导叶子、瓦片、每一个检查点，并与公布的文件比较；有不符则以1退出。"""
    with click.progressbar(length=leaf_count(), label="核对", file=sys.stderr) as bar:
        found = queries.verify(bar.update)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _tell(found)
    if found.problems:
        raise SystemExit(BROKEN)


def _tell(found: queries.Verified) -> None:
    click.echo(
        f"叶子{found.leaves}个，已公布{found.published}条，文件{found.tiles}个，检查点{found.checkpoints}个"
    )
    for problem in found.problems[:SHOWN]:
        click.echo(f"  {problem}")
    text = f"共 {len(found.problems)} 处不符。" if found.problems else "全部相符。"
    click.secho(text, fg="red" if found.problems else "green")


@click.command()
@click.argument("case")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="每步写一个证明文件到此目录。"
)
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def prove(case: str, folder: Path | None, as_json: bool) -> None:
    """输出案件 CASE（编号）每一步的存证证明（c2sp.org/tlog-proof@v1）；可离线核验。"""
    proofs = {f"{case}-{entry.pk}": (entry, queries.prove(entry.pk).text()) for entry in _steps(case)}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (_, text) in proofs.items():
            (folder / f"{name}{SUFFIX}").write_text(text, "utf-8")
    if as_json:
        rows = [
            {"entry": entry.pk, "verb": entry.verb, "at": entry.at.isoformat(), "proof": text}
            for entry, text in proofs.values()
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
    elif folder is not None:
        click.echo(f"已写入{len(proofs)}个证明文件：{folder}")
    else:
        click.echo("\n".join(text for _, text in proofs.values()), nl=False)


def _steps(case: str) -> list[Entry]:
    subject = case if ":" in case else f"case:{case}"
    steps = list(queries.history(subject))
    if not steps:
        raise NotFound(what="案件的存证", key=case)
    return steps


@click.command()
def rebuild() -> None:
    """由数据库重写整个日志目录，并重新公布最后签署的检查点。只用于日志目录丢失时，先停止 huying worker。"""
    try:
        checkpoint = actions.rebuild(installation.files(), installation.signer())
    except (actions.Fork, Unproven) as reason:
        raise Conflict(reason=str(reason)) from None
    click.echo(f"已重写：{checkpoint.size}条，检查点已重新公布。")
