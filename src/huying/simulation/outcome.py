"""What came out of a run, and two runs side by side."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from huying.cases import queries as cases
from huying.cases.queries import Pace, Tally
from huying.clocks import queries as clocks
from huying.clocks.queries import Outcome
from huying.clocks.states import Stage
from huying.simulation.deeds import SOURCE
from huying.simulation.people import Scenario
from huying.simulation.run import Done

SPANS = {
    "report_accept": "上报→受理",
    "accept_assign": "受理→指派",
    "call_arrive": "呼叫→到场",
    "report_closed": "上报→结案",
}


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario and what it led to. paces: minutes between two moments of a case, by name in SPANS."""

    scenario: Scenario
    done: Done
    seconds: float  # it took
    tally: Tally
    stages: Mapping[str, Outcome]
    paces: Mapping[str, Pace]


def measure(scenario: Scenario, done: Done, seconds: float, *, start: datetime, end: datetime) -> Result:
    """Read what became of the cases reported in start <= t < end."""
    return Result(
        scenario,
        done,
        seconds,
        cases.tally(SOURCE, start, end),
        clocks.outcomes(start, end),
        cases.paces(SOURCE, start, end),
    )


def as_json(result: Result) -> dict[str, Any]:
    """Return the result as plain values."""
    tally = asdict(result.tally)
    return {
        "days": result.scenario.days,
        "reports_per_day": result.scenario.reports_per_day,
        "seed": result.scenario.seed,
        "events": result.done.events,
        "seconds": round(result.seconds, 2),
        "events_per_second": round(result.done.events / result.seconds, 1) if result.seconds else None,
        "verbs": dict(sorted(result.done.verbs.items())),
        "warned": result.done.warned,
        "fired": result.done.fired,
        **tally,
        "handled_rate": _share(result.tally.handled, result.tally.reported - result.tally.dropped),
        "in_time_rate": _share(result.tally.in_time, result.tally.closed),
        "within_24_h_rate": _share(result.tally.within_24_h, result.tally.closed),
        "stages": {
            stage: asdict(each) | {"met_rate": _share(each.met, each.met + each.late + each.missed)}
            for stage, each in sorted(result.stages.items())
        },
        "minutes": {name: asdict(pace) for name, pace in result.paces.items()},
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def lines(result: Result) -> list[tuple[str, str]]:
    """Return what a person reads, as (what, value)."""
    told = as_json(result)
    rows = [
        ("上报", f"{told['reported']:,}"),
        ("已结案", f"{told['closed']:,}"),
        ("未结案", f"{told['open']:,}"),
        ("处置率", _percent(told["handled_rate"])),
        ("按时率", _percent(told["in_time_rate"])),
        ("24小时内办结率", _percent(told["within_24_h_rate"])),
    ]
    for stage in Stage:
        if each := told["stages"].get(stage):
            missed = each["late"] + each["missed"]
            rows.append((f"{stage.label}按时率", f"{_percent(each['met_rate'])}（超时 {missed:,}）"))
    for name, label in SPANS.items():
        pace = told["minutes"][name]
        spread = " / ".join(_minutes(pace[point]) for point in ("p50", "p90", "p99"))
        rows.append((f"{label} p50/p90/p99（分钟）", spread))
    return [*rows, ("每秒事件", f"{told['events_per_second']}")]


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.2%}"


def _minutes(value: float | None) -> str:
    return "—" if value is None else f"{value:,.1f}"
