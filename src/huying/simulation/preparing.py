"""What stands before a run: the street, its roster, the limits people know, a bar to look at."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from huying.clocks.queries import stage_limits
from huying.clocks.states import LimitType
from huying.simulation import blueprint, street
from huying.simulation.blueprint import Size

REPORTS_PER_DAY = 20.0  # C07: 5,600 in nine months
ROSTER_AHEAD = timedelta(days=30)
MINUTES_OF = {LimitType.URGENT_MINUTES: 1.0, LimitType.URGENT_HOURS: 60.0}


def prepare_street(start: datetime, end: datetime, size: Size | None = None) -> None:
    """Have the street and its duty roster, from the first day of a run on."""
    steps = street.build(size or blueprint.full_size(), opened_on=blueprint.OPENED_ON, now=start)
    _watch(steps)
    days = (start - timedelta(days=1)).date(), (end + ROSTER_AHEAD).date()
    _watch(street.roster(*days, now=start))


def minutes() -> dict[str, float]:
    """Return the limits of plain cases that run by the minute."""
    return {
        stage: limit.amount * MINUTES_OF[limit.type]
        for (stage, urgent), limit in stage_limits().items()
        if not urgent and limit.type in MINUTES_OF
    }


def _watch(steps: Iterator[street.Step]) -> None:
    with _progress() as bars:
        task, doing = None, ""
        for what, done, total in steps:
            if what != doing:
                task, doing = bars.add_task(what, total=total), what
            if task is not None:
                bars.update(task, completed=done + 1)


@contextmanager
def progress_bar(what: str, total: float) -> Iterator[Callable[[float], None]]:
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
