"""Life in the demonstration: reports arrive and are worked, one small thing at a time, in real time.

It looks at the cases as they stand and lets somebody simulated do the next thing; so it has no memory and may
be stopped at any time. It leaves room for people: it works its own reports alone unless asked for all, it
never acts as somebody who has a login, and whoever of these took a case in hand keeps his part of it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from huying.cases import actions
from huying.cases.states import AssignmentState, Channel, EvidenceKind, RequestKind, Satisfaction, State, Verb
from huying.clocks.policy import SHANGHAI
from huying.org.policy import Actor
from huying.org.states import Role
from huying.shared.errors import Refused
from huying.simulation import organisation
from huying.simulation.blueprint import Ground, facts
from huying.simulation.deeds import Hands
from huying.simulation.listing import COMMUNITY
from huying.simulation.organisation import OFFICE, community_unit, grid_worker, on_shift, unit_code
from huying.simulation.people import Scenario
from huying.simulation.standing import Call, Glance, Standing
from huying.simulation.town import RESIDENT, Step
from huying.simulation.troubles import Trouble, troubles

REST = timedelta(seconds=45)  # a case is left alone so long after each step: people may come first
REPORTS = 1 / 7  # of all that happens: a case takes about six more steps
FEW, MANY = 12, 90  # with fewer open cases somebody reports, with more nobody
TRIES = 6  # cases looked at for something to do
NEWER = (1, 2)  # exponents of chance: half of the time the newer cases are looked at rather
ARRIVES, FAILS, EVALUATES, DISSATISFIED = 0.6, 0.06, 0.5, 0.1  # shares
DENSE = 86_400.0  # reports a day of the scenario one is drawn from: the first comes at once
DESK = frozenset({Role.COMMANDER, Role.LEADER})
CHECKERS = DESK | {Role.GRID_WORKER, Role.COMMUNITY_WORKER}


@dataclass(frozen=True, slots=True)
class Happened:
    """What somebody did, for whoever watches the terminal."""

    verb: Verb
    number: str


class Living(Hands):
    """Hands that act at the moment they are given."""

    at: datetime

    def now(self, step: Step) -> datetime:  # noqa: ARG002  # a step of the present has no moment of its own
        return self.at


class Life:
    """logins: numbers of the staff who have one: they act for themselves."""

    def __init__(
        self,
        ground: Ground,
        logins: Collection[str],
        *,
        folder: Path,
        now: datetime,
        random: Random,
        everything: bool = False,
    ) -> None:
        self.hands = Living(now, "life", folder)
        self.people: Mapping[str, Actor] = {
            actor.key: actor for number in logins if (actor := self.hands.actors.get(number))
        }
        self.logins = frozenset(logins)
        self.ground = ground
        self.random = random
        self.glance = Glance(self.hands, ground.buildings, everything=everything)

    def happen(self, now: datetime) -> Happened | None:
        """Let one thing happen; None when there is nothing to do."""
        self.hands.at = now
        officer = self.hands.actors[self._officer()]
        numbers = self.glance.open_numbers(officer)
        if len(numbers) < FEW or (len(numbers) < MANY and self.random.random() < REPORTS):
            return self._report()
        for _ in range(TRIES):
            number = numbers[int(len(numbers) * self.random.random() ** self.random.choice(NEWER))]
            if done := self._go_on(self.glance.at(officer, number)):
                return done
        return None

    def _go_on(self, case: Standing | None) -> Happened | None:
        """Let the next thing be done with a case, unless it rests or waits for somebody who has a login."""
        if case is None or self.hands.at - case.last_at < REST:
            return None
        self.hands.cases[case.index] = case.told
        verb = None
        try:
            for step in NEXT[case.state](self, case):
                self.hands.do(step)
                verb = step.verb
        except Refused:  # somebody was quicker, or it is not for the simulated
            return None
        return Happened(verb, case.told.number) if verb else None

    # -- reports -----------------------------------------------------------------------------------------

    def _report(self) -> Happened:
        trouble = self._trouble()
        step = Step(0.0, trouble.index, Verb.REPORT, self._reporter(trouble))
        return Happened(Verb.REPORT, self.hands.report(step, trouble).number)

    def _trouble(self) -> Trouble:
        """Draw what is reported, by the shares of behaviour.toml."""
        scenario = Scenario(1, DENSE, seed=self.random.randrange(10**9))
        drawn = next(troubles(scenario, self.ground, self.hands.at.astimezone(SHANGHAI).date()))
        return replace(drawn, index=int(self.hands.at.timestamp() * 10) % 10**8)

    def _reporter(self, trouble: Trouble) -> str:
        by_channel: Mapping[Channel, Callable[[], str]] = {
            Channel.RESIDENT: lambda: RESIDENT,
            Channel.GRID: lambda: self._grid_worker(trouble.building.grid),
            Channel.PATROL: lambda: self._member(self._unit(trouble.leaf.lead, trouble.building.grid)),
        }
        return by_channel.get(trouble.channel, self._officer)()

    # -- who ---------------------------------------------------------------------------------------------

    def _officer(self) -> str:
        """Return somebody who is on shift in the duty room and has no login."""
        here = self.hands.at.astimezone(SHANGHAI)
        shift = here.hour * organisation.SHIFTS // 24
        seats = [on_shift(here.date(), shift, seat) for seat in range(organisation.SEATS)]
        return self.random.choice([number for number in seats if number not in self.logins])

    def _member(self, unit: str) -> str:
        sizes = {unit_code(key): size for key, size in organisation.called_units().items()}
        size = sizes.get(unit) or int(facts()["people"]["community"])
        everybody = [organisation.member(unit, place) for place in range(1, size + 1)]
        return self.random.choice([number for number in everybody if number not in self.logins])

    def _grid_worker(self, grid: str) -> str:
        """Return the worker of a grid; who has a login is stood in for by the duty room."""
        worker = grid_worker(grid)
        return self._officer() if worker in self.logins or worker not in self.hands.actors else worker

    def _unit(self, key: str, grid: str) -> str:
        return community_unit(grid) if key == COMMUNITY else unit_code(key)

    def _is_taken(self, case: Standing, roles: frozenset[Role]) -> bool:
        """Tell whether somebody with a login has this part of the case in hand."""
        return any(self.people[key].roles & roles for key in case.touched_by & self.people.keys())

    def _is_theirs(self, case: Standing, unit: str) -> bool:
        unit_id = self.hands.units.get(unit)
        return any(unit_id in self.people[key].unit_ids for key in case.touched_by & self.people.keys())

    # -- what is done next, by state ---------------------------------------------------------------------

    def accept(self, case: Standing) -> Iterator[Step]:
        if not self._is_taken(case, DESK):
            yield Step(0.0, case.index, Verb.ACCEPT, self._officer())

    def assign(self, case: Standing) -> Iterator[Step]:
        if self._is_taken(case, DESK):
            return
        lead = self._unit(case.leaf.lead if case.leaf else COMMUNITY, case.told.grid)
        joint = case.leaf.joint if case.leaf else ""
        units = [lead, *([self._unit(joint, case.told.grid)] if joint else [])]
        yield Step(0.0, case.index, Verb.ASSIGN, self._officer(), facts=(tuple(units), False))

    def work(self, case: Standing) -> Iterator[Step]:
        """Let one of the called units do its next step; a request is decided first."""
        if self._decides(case):
            return
        free = [call for call in case.calls if call.unit and not self._is_theirs(case, call.unit)]
        if free:
            yield from self._works(case, self.random.choice(free))

    def _works(self, case: Standing, call: Call) -> Iterator[Step]:
        who = self._member(call.unit)
        if call.state is AssignmentState.CALLED:
            yield Step(0.0, case.index, Verb.ACKNOWLEDGE, who, call.unit)
        elif call.state is AssignmentState.ACKNOWLEDGED and (case.urgent or self.random.random() < ARRIVES):
            yield Step(0.0, case.index, Verb.ARRIVE, who, call.unit, facts=False)
        else:
            yield Step(0.0, case.index, Verb.ATTACH, who, call.unit, facts=EvidenceKind.AFTER)
            yield Step(0.0, case.index, Verb.ANSWER, who, call.unit)

    def _decides(self, case: Standing) -> bool:
        """Grant a request that waits, unless it waits for somebody who has a login."""
        officer = self.hands.actors[self._officer()]
        asked = self.glance.asked(officer, case.told.number)
        if asked is None or self._is_taken(case, DESK):
            return asked is not None
        leads = asked.kind is RequestKind.SUSPENSION
        decider = self.hands.actors[self._leader()] if leads else officer
        actions.approve(asked.id, actor=decider, now=self.hands.at, decision="同意")
        return True

    def _leader(self) -> str:
        size = int(facts()["people"]["leaders"])
        everybody = [organisation.member(unit_code(OFFICE), place) for place in range(1, size + 1)]
        return self.random.choice([number for number in everybody if number not in self.logins])

    def check(self, case: Standing) -> Iterator[Step]:
        if self._is_taken(case, CHECKERS):
            return
        who = self._grid_worker(case.told.grid)
        if self.random.random() < FAILS:
            yield Step(0.0, case.index, Verb.REWORK, who)
            return
        yield Step(0.0, case.index, Verb.VERIFY, who)
        if self.random.random() < EVALUATES:
            bad = self.random.random() < DISSATISFIED
            verdict = Satisfaction.DISSATISFIED if bad else Satisfaction.SATISFIED
            yield Step(0.0, case.index, Verb.EVALUATE, RESIDENT, facts=(verdict, False))

    def resume(self, case: Standing) -> Iterator[Step]:
        """Rarely: a suspended case waits for weeks."""
        if not self._is_taken(case, DESK) and self.random.random() < FAILS:
            yield Step(0.0, case.index, Verb.RESUME, self._officer())


NEXT: Mapping[State, Callable[[Life, Standing], Iterator[Step]]] = {
    State.REPORTED: Life.accept,
    State.ACCEPTED: Life.assign,
    State.IN_HAND: Life.work,
    State.HANDLED: Life.check,
    State.SUSPENDED: Life.resume,
}
