"""What happens in the street, and who tells it how: the arrivals of a run. Pure."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import accumulate
from random import Random

from huying.cases.states import Channel, State
from huying.simulation.blueprint import Building, Ground
from huying.simulation.listing import Leaf, leaves
from huying.simulation.people import DAY, HOUR, MINUTE, Scenario, behaviour


@dataclass(slots=True)
class Trouble:
    """One report and what becomes of it. What stands below `random` changes as the story goes on."""

    index: int
    at: float  # seconds from the start of the run
    leaf: Leaf
    building: Building
    channel: Channel
    marked_urgent: bool  # by the reporter
    unsure: bool  # the place is known as far as the street only
    named: bool
    same_as: "Trouble | None"
    random: Random  # its own, so that a change of policy leaves chance as it is
    urgent: bool = False
    state: State | None = None
    lead: str = ""  # code of the unit that leads
    called: set[str] = field(default_factory=set)  # codes of units called so far
    open_calls: int = 0
    lead_answered: bool = False
    rounds: int = 1


def troubles(scenario: Scenario, ground: Ground, first: date) -> Iterator[Trouble]:
    """Yield the reports of the run in the order they come."""
    random = Random(f"troubles {scenario.seed}")
    recent: list[Trouble] = []
    for index, at in enumerate(merge(_moments(scenario, first, random), scenario.rush)):
        trouble = _trouble(index, at, ground, scenario.seed, random)
        _repeat(trouble, recent, random)
        recent.append(trouble)
        yield trouble


def _moments(scenario: Scenario, first: date, random: Random) -> Iterator[float]:
    """Yield arrival times: a Poisson process whose rate changes by hour and weekday."""
    said = behaviour()["arrivals"]
    a_day = sum(said["hours"])
    for day in range(scenario.days):
        weekday = said["weekdays"][(first.weekday() + day) % 7]
        for hour, share in enumerate(said["hours"]):
            rate = scenario.reports_per_day * weekday * share / a_day / HOUR
            at = random.expovariate(rate)
            while at < HOUR:
                yield day * DAY + hour * HOUR + at
                at += random.expovariate(rate)


def _trouble(index: int, at: float, ground: Ground, seed: int, random: Random) -> Trouble:
    said = behaviour()
    leaf, building = _chosen_leaf(random), random.choice(ground.buildings)
    channel = Channel(_chosen(said["channels"], random))
    return Trouble(
        index=index,
        at=at,
        leaf=leaf,
        building=building,
        channel=channel,
        marked_urgent=random.random() < said["arrivals"]["urgent"],
        unsure=random.random() < said["arrivals"]["unsure"] and channel is not Channel.GRID,
        named=random.random() < said["resident"]["named"],
        same_as=None,
        random=Random(f"{seed} {index}"),
    )


_CUMULATED = list(accumulate(leaf.weight for leaf in leaves()))


def _chosen_leaf(random: Random) -> Leaf:
    return leaves()[bisect_left(_CUMULATED, random.random() * _CUMULATED[-1])]


def _chosen(table: dict[str, float], random: Random) -> str:
    return random.choices(list(table), list(table.values()))[0]


def _repeat(trouble: Trouble, recent: list[Trouble], random: Random) -> None:
    """Now and then let the report tell what a neighbour has told before."""
    said = behaviour()["arrivals"]
    while recent and recent[0].at < trouble.at - said["duplicate_within"] * MINUTE:
        recent.pop(0)
    if recent and random.random() < said["duplicate"]:
        first = random.choice(recent)
        trouble.same_as = first.same_as or first
        trouble.leaf, trouble.building = first.leaf, first.building
        trouble.channel, trouble.unsure = Channel.RESIDENT, first.unsure
