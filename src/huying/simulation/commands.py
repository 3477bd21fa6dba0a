"""`huying simulate`."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click
from django.conf import settings
from django.utils.timezone import localtime, now
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from huying.cases import queries as cases
from huying.clocks.actions import set_stage_limit
from huying.clocks.policy import Limit
from huying.clocks.policy.calendar import midnight
from huying.clocks.queries import stage_limits
from huying.clocks.states import LimitType, Stage
from huying.org.policy import SYSTEM
from huying.shared.errors import Conflict, Incomplete
from huying.simulation import blueprint, crowd, run, street
from huying.simulation.deeds import SOURCE
from huying.simulation.outcome import Result, as_json, lines, measure
from huying.simulation.people import DAY, Scenario
from huying.simulation.scratch import inside, migrate, scratch

REPORTS_PER_DAY = 20.0  # C07: 5,600 in nine months
ROSTER_AHEAD = timedelta(days=14)
STAFFING = ("officers", "workers")
MINUTES_OF = {LimitType.URGENT_MINUTES: 1.0, LimitType.URGENT_HOURS: 60.0}


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="模拟天数。")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="第一天;默认到今天为止。")
@click.option("--reports-per-day", type=click.FloatRange(0.1), help="每天上报数,默认20。")
@click.option("--times", default=1.0, show_default=True, type=click.FloatRange(0.01), help="上报数的倍数。")
@click.option("--seed", default=1, show_default=True, help="随机种子;相同则结果相同。")
@click.option("--speed", default="max", show_default=True, help="max,或模拟时间是真实时间的几倍。")
@click.option("--set", "changes", multiple=True, help="如果……会怎样,如 accept=5(分钟)、officers=3(人)。")
@click.option("--scratch", "apart", is_flag=True, help="在临时数据库中模拟,结束后删除。")
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
    processes: int,
    as_text: bool,
) -> None:
    """用模拟的人和模拟的时钟运行一条街道。

    不带 --set 时案件留在库中;带 --set 时在临时数据库中先后运行现行规则与设想的规则,并排给出结果。
    """
    moment = midnight(start.date() if start else (localtime() - timedelta(days=days)).date())
    play = Play(
        Scenario(days, (reports_per_day or REPORTS_PER_DAY) * times, seed), moment, processes, _speed(speed)
    )
    wanted = parsed(changes)
    if wanted or apart:
        results = _apart(play, wanted)
    else:
        _refuse_real_cases()
        results = [play.through({}, with_street=True)]
    click.echo(_json(results) if not as_text else "", nl=not as_text)
    if as_text:
        _show(results, wanted)


def parsed(changes: tuple[str, ...]) -> dict[str, int]:
    """Return {"accept": 5} for "accept=5". Raises Incomplete for what cannot be changed."""
    known = [*map(str, Stage), *STAFFING]
    wanted = {}
    for change in changes:
        key, _, value = change.partition("=")
        if key not in known or not value.isdigit() or int(value) < 1:
            raise Incomplete(reason=f"--set {change}:请写作 名称=正整数,名称为{'、'.join(known)}之一")
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
        raise Incomplete(reason=f"--speed {text}:请写 max 或大于0的数")
    return value


def _refuse_real_cases() -> None:
    if cases.has_other_than(SOURCE):
        raise Conflict(reason="库中有真实案件,不能混入模拟案件;请加 --scratch 在临时数据库中模拟")


class Play:
    """One scenario and how it is to be played."""

    def __init__(self, scenario: Scenario, start: datetime, processes: int, speed: float | None) -> None:
        self.scenario = scenario
        self.start = start
        self.end = start + timedelta(days=scenario.days)
        self.processes = processes
        self.speed = speed

    def through(self, changes: Mapping[str, int], *, with_street: bool) -> Result:
        """Play in the database of this process and return what came out."""
        if with_street:
            prepare(self.start, self.end)
        change_rules(changes, at=self.start)
        scenario = replace(
            self.scenario,
            limits=minutes(),
            officers=changes.get("officers"),
            workers=changes.get("workers"),
        )
        began = time.perf_counter()
        with _bar("模拟", self.scenario.days * DAY) as told:
            done = self._run(scenario, _paced(told, self.speed))
        return measure(scenario, done, time.perf_counter() - began, start=self.start, end=self.end)

    def _run(self, scenario: Scenario, progress: run.Progress) -> run.Done:
        ground = blueprint.ground(blueprint.full_size(), street.SEED)
        name = f"{self.start:%Y%m%d}-{scenario.days}-{scenario.reports_per_day:g}-{scenario.seed}"
        if cases.is_known(SOURCE, f"{name}-0"):
            raise Conflict(reason="这次模拟(起始日、天数、上报数、种子相同)已在库中")
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


def prepare(start: datetime, end: datetime) -> None:
    """Have the street and its duty roster, from the first day of a run on."""
    steps = street.build(blueprint.full_size(), opened_on=blueprint.OPENED_ON, now=min(start, now()))
    _watch(steps)
    days = (start - timedelta(days=1)).date(), (max(end, now()) + ROSTER_AHEAD).date()
    _watch(street.roster(*days, now=start))


def change_rules(changes: Mapping[str, int], *, at: datetime) -> None:
    """Give the named stages other limits, in minutes."""
    for stage, urgent in list(stage_limits()):
        if stage in changes:
            limit = Limit(changes[stage], LimitType.URGENT_MINUTES)
            set_stage_limit(Stage(stage), urgent, limit, actor=SYSTEM, now=at)


def minutes() -> dict[str, float]:
    """Return the limits of plain cases that run by the minute."""
    return {
        stage: limit.amount * MINUTES_OF[limit.type]
        for (stage, urgent), limit in stage_limits().items()
        if not urgent and limit.type in MINUTES_OF
    }


def _apart(play: Play, changes: Mapping[str, int]) -> list[Result]:
    """Play in databases of their own: as things are, and with the changes if there are any."""

    def build() -> None:
        migrate()
        prepare(play.start, play.end)

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


def _watch(steps: Iterator[street.Step]) -> None:
    with _progress() as bars:
        task, doing = None, ""
        for what, done, total in steps:
            if what != doing:
                task, doing = bars.add_task(what, total=total), what
            if task is not None:
                bars.update(task, completed=done + 1)


@contextmanager
def _bar(what: str, total: float) -> Iterator[Callable[[float], None]]:
    with _progress() as bars:
        task = bars.add_task(what, total=total)
        yield lambda done: bars.update(task, completed=done)
        bars.update(task, completed=total)


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


def _paced(told: Callable[[float], None], speed: float | None) -> Callable[[float], None]:
    """Hold back so that simulated time runs `speed` times as fast as the real one."""
    began = time.monotonic()

    def progress(seconds: float) -> None:
        told(seconds)
        if speed is not None:
            time.sleep(max(0.0, seconds / speed - (time.monotonic() - began)))

    return progress
