"""`huying import calendar` and `huying clocks`."""

import json
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from django.utils.timezone import now

from huying.clocks.actions import publish_edition, resume_sweeper
from huying.clocks.policy import Calendar, Edition, Notice, parse_csv, parse_toml
from huying.clocks.policy.calendar import ONE_DAY, midnight
from huying.clocks.queries import calendar_warnings, sweeper_health
from huying.org.policy import SYSTEM
from huying.shared.errors import Malformed

PARSERS = {".toml": parse_toml, ".csv": parse_csv}
REFUSED = 2  # exit code


@click.command("calendar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="通知文号。默认用文件中的 source 或文件名。")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="生效日期。默认立即生效。")
@click.option("--preview", is_flag=True, help="只检查并显示，不导入。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def import_(file: Path, source: str | None, start: datetime | None, preview: bool, as_json: bool) -> None:
    """导入一年的节假日安排（TOML，或 CSV：日期,名称,休或班），并重新推算受影响的时限。

    文件有错时逐条列出，不导入，以2退出。
    """
    notice = _read(file)
    notice = replace(notice, source=source or notice.source or file.name)
    if start is not None:
        notice = replace(notice, effective_at=midnight(start.date()))
    facts = _preview(notice)
    if not preview and not notice.problems:
        facts |= asdict(publish_edition(notice, actor=SYSTEM, now=now()))
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _text(facts))
    if notice.problems:
        raise SystemExit(REFUSED)


def _read(file: Path) -> Notice:
    parse = PARSERS.get(file.suffix.lower())
    if parse is None:
        raise Malformed(reason="日历文件应为 .toml 或 .csv")
    try:
        return parse(file.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        return parse(file.read_text("gb18030", errors="replace"))  # what Excel in China saves


def _preview(notice: Notice) -> dict[str, object]:
    return {
        "year": notice.year,
        "source": notice.source,
        "holidays": sorted(str(day) for day, rule in notice.days.items() if not rule.is_working),
        "makeup_days": sorted(str(day) for day, rule in notice.days.items() if rule.is_working),
        "workdays": 0 if notice.problems else _workdays(notice),
        "problems": list(notice.problems),
    }


def _workdays(notice: Notice) -> int:
    calendar = Calendar([Edition(notice.year, 1, notice.days)])
    first, last = date(notice.year, 1, 1), date(notice.year, 12, 31)
    days = (first + ONE_DAY * offset for offset in range((last - first) // timedelta(days=1) + 1))
    return sum(calendar.is_workday(day) for day in days)


def _text(facts: dict[str, object]) -> str:
    lines = [f"{facts['year']}年（{facts['source']}）：工作日{facts['workdays']}天"]
    lines += [f"{label}：{'、'.join(map(str, _list(facts[key])))}" for label, key in _LISTS if facts[key]]
    if "code" in facts:
        lines.append(f"已发布{facts['code']}，重新推算了{facts['moved']}个时限")
    return "\n".join(lines)


_LISTS = (("放假", "holidays"), ("上班", "makeup_days"), ("错误", "problems"))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def status(as_json: bool) -> None:
    """显示时限巡查是否正常、日历是否齐全；不正常时以1退出。"""
    moment = now()
    health, warnings = sweeper_health(moment), calendar_warnings(moment)
    facts = {**asdict(health), "calendar_warnings": warnings}
    text = "\n".join([health.text, *warnings])
    click.echo(json.dumps(facts, ensure_ascii=False, default=str) if as_json else text)
    if not health.is_well:
        raise SystemExit(1)


@click.command()
def resume() -> None:
    """核对时钟后恢复时限巡查。"""
    was_halted = resume_sweeper(actor=SYSTEM, now=now())
    click.echo("已恢复，时限巡查将以当前时间为准。" if was_halted else "时限巡查没有停止，无需恢复。")
