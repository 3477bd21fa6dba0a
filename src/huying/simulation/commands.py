"""`huying simulate`, `huying demo-life`."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import click
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.timezone import localtime, now
from rich.console import Console
from rich.table import Table

from huying.cases import queries as cases
from huying.clocks.actions import set_stage_limit
from huying.clocks.policy import Limit
from huying.clocks.policy.calendar import midnight
from huying.clocks.queries import stage_limits
from huying.clocks.states import LimitType, Stage
from huying.org.policy import SYSTEM
from huying.shared.errors import Conflict, Incomplete
from huying.simulation import blueprint, crowd, demo, run, street
from huying.simulation.blueprint import Size
from huying.simulation.deeds import SOURCE
from huying.simulation.life import Happened, Life
from huying.simulation.outcome import Result, as_json, lines, measure
from huying.simulation.people import DAY, Scenario
from huying.simulation.preparing import REPORTS_PER_DAY, minutes, prepare_street, progress_bar
from huying.simulation.scratch import inside, migrate, scratch

STAFFING = ("officers", "workers")


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="模拟天数。")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="第一天；默认到今天为止。")
@click.option("--reports-per-day", type=click.FloatRange(0.1), help="每天上报数，默认20。")
@click.option("--times", default=1.0, show_default=True, type=click.FloatRange(0.01), help="上报数的倍数。")
@click.option("--seed", default=1, show_default=True, help="随机种子；相同则结果相同。")
@click.option("--speed", default="max", show_default=True, help="max，或模拟时间是真实时间的几倍。")
@click.option("--set", "changes", multiple=True, help="如果……会怎样，如 accept=5（分钟）、officers=3（人）。")
@click.option("--scratch", "apart", is_flag=True, help="在临时数据库中模拟，结束后删除。")
@click.option("--small", is_flag=True, help="用4个社区的小街道，在临时数据库中，较快。")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64), help="进程数。")
@click.option("--json", "as_text", flag_value=False, default=True, help="输出JSON。")
def simulate(
    days: int,
    start: datetime | None,
    reports_per_day: float | None,
    times: float,
    seed: int,
    speed: str,
    changes: tuple[str, ...],
    apart: bool,
    small: bool,
    processes: int,
    as_text: bool,
) -> None:
    """用模拟的人和模拟的时钟运行一条街道。

    不带 --set 时案件留在库中；带 --set 时在临时数据库中先后运行现行规则与设想的规则，并排给出结果。
    """
    moment = midnight(start.date() if start else (localtime() - timedelta(days=days)).date())
    scenario = Scenario(days, (reports_per_day or REPORTS_PER_DAY) * times, seed)
    size = blueprint.small_size() if small else blueprint.full_size()
    play = Play(scenario, moment, size, processes, _speed(speed))
    wanted = parsed(changes)
    if wanted or apart or small:
        results = _apart(play, wanted)
    else:
        _refuse_real_cases()
        results = [play.through({}, with_street=True)]
    if as_text:
        _show(results, wanted)
    else:
        click.echo(_json(results))


@click.command("demo-life")
@click.option(
    "--pace", default=15.0, show_default=True, type=click.FloatRange(0.05, 3600), help="平均每几秒一件事。"
)
@click.option("--all-cases", is_flag=True, help="也办理真人上报的事件；默认只办理模拟上报的。")
@click.option("--quiet", is_flag=True, help="不逐条显示。")
def demo_life(pace: float, all_cases: bool, quiet: bool) -> None:
    """示范街道里的日常：模拟的居民上报，模拟的工作人员办理。Ctrl-C 停止。

    不以有登录账号的人的身份行事；您接手的环节留给您。
    """
    if not street.is_built():
        raise Conflict(reason="没有示范街道，请先运行 huying demo")
    random = Random()
    ground = blueprint.ground(blueprint.full_size(), street.SEED)
    logins = [login.number for login in demo.logins(now())]
    folder: Path = settings.EVIDENCE_FOLDER
    life = Life(ground, logins, folder=folder, now=now(), random=random, everything=all_cases)
    while True:
        time.sleep(pace * (0.5 + random.random()))
        done = _happen(life)
        if done and not quiet:
            click.echo(f"{localtime():%H:%M:%S} {done.verb.label} {done.number}")


def _happen(life: Life) -> Happened | None:
    """Let one thing happen; while the database is away nothing does."""
    try:
        return life.happen(now())
    except (OperationalError, InterfaceError):
        connection.close()
        return None


def parsed(changes: tuple[str, ...]) -> dict[str, int]:
    """Return {"accept": 5} for "accept=5". Raises Incomplete for what cannot be changed."""
    known = [*map(str, Stage), *STAFFING]
    wanted = {}
    for change in changes:
        key, _, value = change.partition("=")
        if key not in known or not value.isdigit() or int(value) < 1:
            raise Incomplete(reason=f"--set {change}：请写作 名称=正整数，名称为{'、'.join(known)}之一")
        wanted[key] = int(value)
    return wanted


def _speed(text: str) -> float | None:
    """Return how many times faster than the real clock, None = as fast as possible."""
    if text == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise Incomplete(reason=f"--speed {text}：请写 max 或大于0的数")
    return value


def _refuse_real_cases() -> None:
    if cases.has_other_than(SOURCE):
        raise Conflict(reason="库中有真实案件，不能混入模拟案件；请加 --scratch 在临时数据库中模拟")


class Play:
    """One scenario and how it is to be played."""

    def __init__(
        self, scenario: Scenario, start: datetime, size: Size, processes: int, speed: float | None
    ) -> None:
        self.scenario = scenario
        self.start = start
        self.end = start + timedelta(days=scenario.days)
        self.size = size
        self.processes = processes
        self.speed = speed

    def through(self, changes: Mapping[str, int], *, with_street: bool) -> Result:
        """Play in the database of this process and return what came out."""
        if with_street:
            prepare_street(self.start, self.end, self.size)
        change_rules(changes, at=self.start)
        scenario = replace(
            self.scenario,
            limits=minutes(),
            officers=changes.get("officers"),
            workers=changes.get("workers"),
        )
        began = time.perf_counter()
        with progress_bar("模拟", self.scenario.days * DAY) as told:
            done = self._run(scenario, _paced(told, self.speed))
        return measure(scenario, done, time.perf_counter() - began, start=self.start, end=self.end)

    def _run(self, scenario: Scenario, progress: run.Progress) -> run.Done:
        ground = blueprint.ground(self.size, street.SEED)
        name = f"{self.start:%Y%m%d}-{scenario.days}-{scenario.reports_per_day:g}-{scenario.seed}"
        if cases.is_known(SOURCE, f"{name}-0"):
            raise Conflict(reason="这次模拟（起始日、天数、上报数、种子相同）已在库中")
        folder: Path = settings.EVIDENCE_FOLDER
        span = {"start": self.start, "end": self.end}
        if self.processes == 1:
            return run.run(scenario, ground, **span, name=name, folder=folder, progress=progress)
        return crowd.run(
            scenario,
            ground,
            **span,
            name=name,
            folder=folder,
            progress=progress,
            processes=self.processes,
        )


def change_rules(changes: Mapping[str, int], *, at: datetime) -> None:
    """Give the named stages other limits, in minutes."""
    for stage, urgent in list(stage_limits()):
        if stage in changes:
            limit = Limit(changes[stage], LimitType.URGENT_MINUTES)
            set_stage_limit(Stage(stage), urgent, limit, actor=SYSTEM, now=at)


def _apart(play: Play, changes: Mapping[str, int]) -> list[Result]:
    """Play in databases of their own: as things are, and with the changes if there are any."""

    def build() -> None:
        migrate()
        prepare_street(play.start, play.end, play.size)

    results = []
    with scratch() as first:
        inside(first, build)
        for rules in [{}, changes] if changes else [{}]:
            with scratch(first) as copy:
                results.append(inside(copy, lambda: play.through(rules, with_street=False)))  # noqa: B023
    return results


def _json(results: list[Result]) -> str:
    told = [as_json(result) for result in results]
    return json.dumps(told[0] if len(told) == 1 else {"now": told[0], "what_if": told[1]})


def _show(results: list[Result], changes: Mapping[str, int]) -> None:
    table = Table(title="模拟结果")
    heads = ["现行规则", ",".join(f"{key}={value}" for key, value in changes.items())]
    table.add_column("")
    for head, _ in zip(heads, results, strict=False):
        table.add_column(head, justify="right")
    for rows in zip(*map(lines, results), strict=True):
        table.add_row(rows[0][0], *(value for _, value in rows))
    Console().print(table)


def _paced(told: Callable[[float], None], speed: float | None) -> Callable[[float], None]:
    """Hold back so that simulated time runs `speed` times as fast as the real one."""
    began = time.monotonic()

    def progress(seconds: float) -> None:
        told(seconds)
        if speed is not None:
            time.sleep(max(0.0, seconds / speed - (time.monotonic() - began)))

    return progress
