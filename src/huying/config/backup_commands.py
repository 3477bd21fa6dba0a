"""`huying backup`, `huying restore`, `huying restore-drill`."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from django.utils.timezone import is_naive, make_aware
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from huying.config import backups
from huying.config.backups import Drill

BROKEN = 1  # exit code
MOMENTS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z"]
MOMENTS += ["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M"]
FOLDER = click.Path(file_okay=False, path_type=Path)
MOMENT = click.DateTime(MOMENTS)


class Bar:
    """A progress bar on the terminal, one line for each stage."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
        self.progress = Progress(*columns, console=Console(stderr=True))
        self.stages: dict[str, object] = {}

    def __call__(self, what: str, done: int, of: int) -> None:
        if what not in self.stages:
            self.stages[what] = self.progress.add_task(what)
        self.progress.update(self.stages[what], completed=done, total=max(of, 1))  # type: ignore[arg-type]


@click.command()
@click.option("--to", type=FOLDER, help="放到另一个目录（不接续持续归档）。")
@click.option(
    "--keep", default=backups.KEEP, show_default=True, type=click.IntRange(1), help="保留最近几个备份。"
)
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def backup(to: Path | None, keep: int, as_json: bool) -> None:
    """备份数据库、凭证文件、存证日志与密钥；首次备份后日志持续归档。备份含密钥与个人信息，请妥善保管。"""
    bar = Bar()
    with bar.progress:
        made = backups.backup_now(to, keep=keep, told=bar)
    facts = {
        "folder": str(made.folder),
        "ended_at": made.manifest.ended_at.isoformat(),
        "bytes": made.manifest.size,
        "files": len(made.manifest.files),
        "rows": sum(made.manifest.rows.values()),
        "seconds": round(made.seconds, 3),
        "removed": made.removed,
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    megabytes = made.manifest.size / 1e6
    click.echo(f"已备份到 {made.folder}")
    click.echo(f"{facts['files']} 个文件，{megabytes:.1f} MB，{facts['rows']} 行，{made.seconds:.1f} 秒")
    if made.removed:
        click.echo(f"已删除旧备份：{'、'.join(made.removed)}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--into",
    "home",
    required=True,
    type=FOLDER,
    help="新的数据目录，须为空。",
)
@click.option("--at", type=MOMENT, help="恢复到的时刻；默认尽可能晚。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def restore(folder: Path, home: Path, at: datetime | None, as_json: bool) -> None:
    """把备份 FOLDER（一个备份，或备份目录）恢复为新的数据目录；从不覆盖已有数据。"""
    bar = Bar()
    with bar.progress:
        done = backups.restore_into(folder, home.absolute(), at=_aware(at), told=bar)
    facts = {
        "backup": str(done.folder),
        "home": str(done.home),
        "at": done.target and done.target.isoformat(),
        "seconds": round(done.seconds, 3),
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(f"已由 {done.folder} 恢复到 {done.home}，{done.seconds:.1f} 秒。")
    click.echo(f"启动：HUYING_HOME={done.home} huying up")
    if at:
        click.echo("已公布的存证检查点可能晚于恢复的时刻：此时编号任务会拒绝签署，见 docs/backups.md。")


@click.command()
@click.option("--at", type=MOMENT, help="恢复到的时刻；默认尽可能晚。")
@click.option("--newest", is_flag=True, help="不新做备份，用最近的一个。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def restore_drill(at: datetime | None, newest: bool, as_json: bool) -> None:
    """备份、恢复为第二个数据库、检查、删除；有问题则以1退出。"""
    bar = Bar()
    with bar.progress:
        found = backups.drill(_aware(at), fresh=not newest and at is None, told=bar)
    if as_json:
        click.echo(json.dumps(_facts(found), ensure_ascii=False))
    else:
        _tell(found)
    sys.exit(BROKEN if found.problems else 0)


def _facts(found: Drill) -> dict[str, object]:
    return {
        "backup_seconds": round(found.backup_seconds, 3),
        "restore_seconds": round(found.restore_seconds, 3),
        "check_seconds": round(found.check_seconds, 3),
        "rpo_seconds": round(found.lost_seconds, 3),
        "rto_seconds": round(found.back_seconds, 3),
        "rows": found.rows,
        "problems": found.problems,
    }


def _tell(found: Drill) -> None:
    backup, restored, checked = found.backup_seconds, found.restore_seconds, found.check_seconds
    click.echo(f"备份 {backup:.1f} 秒，恢复 {restored:.1f} 秒，检查 {checked:.1f} 秒，{found.rows} 行")
    click.echo(f"最多丢失（RPO）{found.lost_seconds:.1f} 秒，恢复用时（RTO）{found.back_seconds:.1f} 秒")
    for problem in found.problems:
        click.secho(f"  {problem}", fg="red")
    text = f"演练失败：{len(found.problems)} 项问题。" if found.problems else "演练通过。"
    click.secho(text, fg="red" if found.problems else "green")


def _aware(at: datetime | None) -> datetime | None:
    return make_aware(at) if at and is_naive(at) else at
