"""How people behave, from behaviour.toml: how long things take, how often they happen. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import ceil, exp, log
from random import Random
from typing import Any

from huying.simulation import organisation
from huying.simulation.blueprint import Ground
from huying.simulation.listing import COMMUNITY, leaves
from huying.simulation.organisation import CENTRE, community_unit, unit_code
from huying.simulation.timeline import Crew

P90 = 1.2815515655446004  # standard deviations from the median to the 90 % point of a normal distribution
DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played. Two scenarios with the same seed meet the same troubles and the same people.

    limits: minutes of a stage as the duty room sees them when it chooses what to do first.
    officers, workers: how many work at a time in the duty room and in each unit; None = by the load.
    """

    days: int
    reports_per_day: float
    seed: int
    limits: Mapping[str, float] = field(default_factory=dict)
    officers: int | None = None
    workers: int | None = None
    rush: tuple[float, ...] = ()  # moments of further reports, seconds from the start


@cache
def behaviour() -> dict[str, Any]:
    """Return what behaviour.toml says."""
    return tomllib.loads(files("huying.simulation").joinpath("behaviour.toml").read_text("utf-8"))


def seconds(random: Random, spread: list[float]) -> float:
    """Return a log-normal time in seconds. spread: median and 90 % point, in minutes."""
    median, p90 = spread
    return MINUTE * median * exp(random.gauss(0, log(p90 / median) / P90))


def mean_seconds(spread: list[float]) -> float:
    """Return the mean of the times `seconds` draws."""
    median, p90 = spread
    return MINUTE * median * exp((log(p90 / median) / P90) ** 2 / 2)


def crews(scenario: Scenario, ground: Ground) -> dict[str, Crew]:
    """Return the duty room and every unit that is called, by unit code, staffed for the load."""
    said = behaviour()
    peak = scenario.reports_per_day * max(said["arrivals"]["hours"]) / sum(said["arrivals"]["hours"])
    centre, unit = said["centre"], said["unit"]
    task = sum(mean_seconds(centre[each]) for each in ("accept", "assign")) + mean_seconds(
        centre["verify"]
    ) * (1 - said["grid"]["verifies"])
    officers = scenario.officers or _staffing(peak * task / HOUR, centre["utilisation"])
    made = {unit_code(CENTRE): Crew(officers)}
    for code, share in _shares(ground).items():
        load = peak * share * mean_seconds(unit["work"]) / HOUR
        made[code] = Crew(scenario.workers or _staffing(load, unit["utilisation"]))
    return made


def _staffing(load: float, utilisation: float) -> int:
    """Return how many people `load` people's worth of work needs."""
    return max(2, ceil(load / utilisation))


def _shares(ground: Ground) -> dict[str, float]:
    """Return the share of all reports that each unit is called to."""
    weight = sum(leaf.weight for leaf in leaves())
    communities = sorted({community_unit(building.grid) for building in ground.buildings})
    called = {unit_code(key): 0.0 for key in organisation.called_units()} | dict.fromkeys(communities, 0.0)
    for leaf in leaves():
        for key in filter(None, (leaf.lead, leaf.joint)):
            units = communities if key == COMMUNITY else [unit_code(key)]
            for code in units:
                called[code] += leaf.weight / weight / len(units)
    return called
