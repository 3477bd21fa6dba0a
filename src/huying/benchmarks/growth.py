"""How every figure grows with the number of cases: one database, filled further and measured again."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import desk, ground, history, intake, loop, machine, scratch, sweep
from huying.benchmarks.load import converse, drive
from huying.benchmarks.plot import Curve, draw
from huying.benchmarks.web import site
from huying.config import readiness

WEB_PROCESSES = 2
DUE = 10_000
LIST_SECONDS = 0.5
HOST = "127.0.0.1"
SIZE = "SELECT pg_database_size(current_database()) / 1e9"
# File: title, unit, and what is drawn: name in the figures → its label.
PLOTS = {
    "intake": ("上报受理", "件/秒", {"intake_per_second": "受理"}),
    "loop": ("全流程办结", "件/秒", {"loop_per_second": "办结"}),
    "desk": (
        "待办队列，95% 的请求不超过",
        "毫秒",
        {"district_page_p95_ms": "区，页面", "street_page_p95_ms": "街道，页面", "word_p95_ms": "区，搜两字"},
    ),
    "sweep": ("一万个时限同时到期，全部触发", "秒", {"sweep_seconds": "触发"}),
}

Figures = dict[str, float]


def run(
    *,
    sizes: Sequence[int],
    told: Callable[[Figures], None],
    seconds: float = 8,
    concurrency: int = 8,
    into: Path | None = None,
) -> dict[str, object]:
    """Measure at each size; draw one plot for each figure into a folder if one is given.

    told: gets the figures of a size as soon as they are there; the largest takes long.
    """
    measured: list[Figures] = []
    with scratch.database(readiness.address()) as address:
        facts = machine.facts()
        laid, staff = ground.lay(now()), ground.staff(now())
        past = history.scenery(now(), staff.unit_id)
        for size in sorted(sizes):
            if (missing := size - _cases()) > 0:  # the reports of the size before may be more already
                history.write(missing, past, now=now())
            measured.append({"cases": _cases()} | _measure(address, laid, staff, past, seconds, concurrency))
            told(measured[-1])
    if into is not None:
        plots(measured, into)
    return {
        "name": "growth",
        "sizes": measured,
        "concurrency": concurrency,
        "web_processes": WEB_PROCESSES,
        "machine": facts,
    }


def _measure(
    address: str,
    laid: ground.Ground,
    staff: ground.People,
    past: history.Scenery,
    seconds: float,
    concurrency: int,
) -> Figures:
    run_name = f"g{_cases()}-"
    with site(address, workers=WEB_PROCESSES) as port:
        cast = loop.enter(port, laid, staff)
        report = intake.requests(laid, f"{run_name}i")
        drive(HOST, port, report, connections=concurrency, seconds=1)
        reports = drive(
            HOST, port, intake.requests(laid, f"{run_name}r"), connections=concurrency, seconds=seconds
        )
        talk = partial(converse, HOST, port, connections=concurrency)
        talk(loop.talk(cast, f"{run_name}w"), seconds=1)
        cases = talk(loop.talk(cast, f"{run_name}m"), seconds=seconds)
        lists = {
            each.name: desk.ask(port, each, LIST_SECONDS, 1) for each in desk.questions(port, staff, past)
        }
    if set(reports.statuses) != {201}:
        raise RuntimeError(f"not every report was accepted: {dict(reports.statuses)}")
    with sweep.workers(
        address, sweep.SWEEPER
    ):  # a sequencer would be busy with the past, which has no leaves
        fired = sweep.fire(DUE)
    sweep.forget()
    return {
        "intake_per_second": round(reports.per_second, 1),
        "intake_p95_ms": reports.quantile_ms(0.95),
        "loop_per_second": round(cases.per_second, 1),
        "street_page_p95_ms": lists["street page"].quantile_ms(0.95),
        "district_page_p95_ms": lists["district page"].quantile_ms(0.95),
        "word_p95_ms": lists["district common word"].quantile_ms(0.95),
        "worst_list_p95_ms": max(each.quantile_ms(0.95) for each in lists.values()),
        "sweep_seconds": round(fired, 2),
        "database_gb": round(_number(SIZE), 2),
    }


def plots(measured: Sequence[Figures], into: Path) -> list[Path]:
    """Draw every plot; return the files."""
    into.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, (title, unit, curves) in PLOTS.items():
        lines = [
            Curve(label, [(each["cases"], each[key]) for each in measured]) for key, label in curves.items()
        ]
        drawn.append(into / f"growth-{name}.svg")
        drawn[-1].write_text(draw(f"{title}（{unit}）", "库中的事件数", lines), encoding="utf-8")
    return drawn


def _cases() -> int:
    return int(_number("SELECT count(*) FROM cases_case"))


def _number(statement: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return float(cursor.fetchone()[0])
