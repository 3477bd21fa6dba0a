"""How an open case stands: what whoever would do the next thing has to know of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huying.cases import queries as cases
from huying.cases.states import LIVE, OPEN, AssignmentState, RequestKind, State
from huying.org.policy import Actor
from huying.shared.ids import CategoryId
from huying.simulation.blueprint import Building
from huying.simulation.deeds import SOURCE, Hands, Told
from huying.simulation.listing import Leaf, leaves


@dataclass(frozen=True, slots=True)
class Call:
    """A unit that has the case in hand; unit: its code."""

    unit: str
    state: AssignmentState


@dataclass(frozen=True, slots=True)
class Standing:
    """An open case. touched_by: keys of everybody who did a step; last_at: of the last one."""

    index: int
    told: Told
    state: State
    urgent: bool
    leaf: Leaf | None
    calls: tuple[Call, ...]
    touched_by: frozenset[str]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for a decision."""

    id: int
    kind: RequestKind


class Glance:
    """Looks at cases as somebody of the duty room sees them.

    everything: also those that nobody simulated has reported.
    """

    def __init__(self, hands: Hands, buildings: Iterable[Building], *, everything: bool) -> None:
        self.hands = hands
        self.codes: Mapping[int, str] = {pk: code for code, pk in hands.units.items()}
        known = tuple(buildings)
        self.named = {f"{each.estate}{each.name}": each for each in known}
        self.in_grid = {each.grid: each for each in known}
        self.everything = everything

    def open_numbers(self, officer: Actor) -> list[str]:
        """Return the open cases, the newest first."""
        seen = cases.visible(officer).filter(state__in=[state.value for state in OPEN])
        mine = seen if self.everything else seen.filter(source=SOURCE)
        return list(mine.order_by("-id").values_list("number", flat=True))

    def at(self, officer: Actor, number: str) -> Standing | None:
        """Return how a case stands; None when its place or category is not known to the simulated."""
        row = cases.whole(officer, number)
        case = row.case
        told, leaf = self._told(case), _leaf(case["text"])
        if told is None:
            return None
        steps = list(cases.timeline(cases.get_for(officer, number)).values_list("actor", "at"))
        calls = ((each["unit_code"], each["state"]) for each in map(_plain, row.assignments))
        return Standing(
            index=case["id"],
            told=told,
            state=State(case["state"]),
            urgent=case["urgent"],
            leaf=leaf,
            calls=tuple(Call(unit, AssignmentState(state)) for unit, state in calls if state in LIVE),
            touched_by=frozenset(actor for actor, _ in steps),
            last_at=max(at for _, at in steps),
        )

    def asked(self, decider: Actor, number: str) -> Asked | None:
        """Return a request on a case that waits for somebody's decision."""
        waiting = cases.pending_requests(decider).filter(assignment__case__number=number).first()
        return Asked(waiting.pk, RequestKind(waiting.kind)) if waiting else None

    def _told(self, case: Mapping[str, Any]) -> Told | None:
        """Return what the simulated know of a case: where it is, and what it is about."""
        leaf = _leaf(case["text"])
        category = case["category_id"] or (self.hands.categories[leaf.code] if leaf else None)
        grid = case["area_code"] if case["place_certain"] else ""
        building = self.named.get(case["place_text"]) or self.in_grid.get(grid)
        if building is None or category is None:
            return None
        point = building.point if case["lng"] is None else (case["lng"], case["lat"])
        return Told(case["number"], grid or building.grid, CategoryId(category), *point)


def _leaf(text: str) -> Leaf | None:
    """Return what a simulated report is about: its words name it."""
    return next((leaf for leaf in leaves() if leaf.name in text), None)


def _plain(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"unit_code": call["unit__code"], "state": call["state"]}
