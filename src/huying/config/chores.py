"""The side jobs: what is done regularly beside the requests. Each may be lost or run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from huying.administration import actions as administration
from huying.cases import actions
from huying.cases import queries as cases
from huying.config import backups
from huying.config.invariants import CHECKS, moment_to_ask
from huying.dispatch import actions as dispatch
from huying.dispatch import queries as routing
from huying.patrol import actions as patrol

ORPHAN_AGE = timedelta(hours=1)  # a younger file may belong to a transaction that still runs


@dataclass(frozen=True, slots=True)
class Done:
    """What a job found. keep: writes what it made, called only while the job is still its worker's."""

    text: str
    number: int = 0
    is_well: bool = True
    keep: Callable[[], object] | None = None


def relearn_routing(now: datetime) -> Done:
    """Learn who handles what, so that no request has to."""
    if not routing.is_due(now=now):
        return Done("模型仍然新鲜")
    model = routing.learn_anew(now=now)
    return Done(f"由{model.cases}件案件学得", model.cases, keep=lambda: dispatch.keep_model(model))


def relearn_subjects(now: datetime) -> Done:
    """Learn which words tell of which category."""
    if not routing.are_subjects_due(now=now):
        return Done("类别词表仍然新鲜")
    learned = routing.learn_subjects_anew(now=now)
    cases_read = sum(learned.cases.values())
    return Done(f"由{cases_read}件案件学得", cases_read, keep=lambda: dispatch.keep_subjects(learned))


def find_orphans(now: datetime) -> Done:
    """Look for evidence files that belong to no case."""
    found = list(cases.orphan_files(settings.EVIDENCE_FOLDER, now - ORPHAN_AGE))
    text = f"{len(found)}个凭证文件不属于任何案件，如{found[0]}" if found else "没有多余的凭证文件"
    return Done(text, len(found), is_well=not found)


def clear_imports(now: datetime) -> Done:
    """Delete the files that were uploaded to be imported and whose time is over."""
    cleared = administration.clear_uploads(now)
    return Done(f"清除{cleared}个过期的导入文件", cleared)


def forget_uploads(now: datetime) -> Done:
    """Delete photos that arrived and that no report or step ever named."""
    gone = actions.forget_uploads(Path(settings.UPLOADS_FOLDER), now=now)
    return Done(f"删除{gone}张无人提交的照片", gone)


def check_promises(_now: datetime) -> Done:
    """Ask every package whether its promises were kept, as `huying invariants` does."""
    at = moment_to_ask()
    broken = [f"{name}：{sentence}" for name, check in CHECKS.items() for sentence in check(at)]
    text = f"{len(broken)}项违背，如 {broken[0]}" if broken else "全部承诺均成立"
    return Done(text, len(broken), is_well=not broken)


def back_up(_now: datetime) -> Done:
    """Make a backup where one was made before: the first, by hand, decides that there is an archive."""
    if not backups.any_made():
        return Done("还没有过备份：请先执行 huying backup")
    made = backups.backup_now()
    return Done(f"备份到{made.folder.name}")


def forget_tracks(now: datetime) -> Done:
    """Delete where who patrols has been, after the days the setting allows."""
    count = patrol.forget_tracks(now=now, days=settings.TRACK_DAYS)
    return Done(f"删除{count}个超过{settings.TRACK_DAYS}天的轨迹点", count)
