"""The stories people live: how a trouble is told, taken up, worked on, checked and judged. Pure.

Each step of a story is a verb of the loop with its moment and actor. They are made here in simulated time;
`deeds.py` then does them through the real actions, which refuse whatever the loop does not allow.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from huying.cases.states import (
    OPEN,
    Channel,
    EvidenceKind,
    RequestKind,
    ReturnReason,
    Satisfaction,
    State,
    Verb,
)
from huying.simulation import organisation
from huying.simulation.blueprint import Ground, facts
from huying.simulation.listing import COMMUNITY
from huying.simulation.organisation import (
    CENTRE,
    OFFICE,
    SHIFTS,
    community_unit,
    grid_unit,
    grid_worker,
    member,
    on_shift,
    unit_code,
)
from huying.simulation.people import DAY, HOUR, MINUTE, Scenario, behaviour, crews, seconds
from huying.simulation.timeline import Crew, Story, Timeline, Wait, Work
from huying.simulation.troubles import Trouble, troubles

RESIDENT = "resident"  # whoever reports without an account, later with the receipt
JUDGED_WITHIN = 6 * DAY  # a resident judges while his seven days run
DEFAULT_LIMITS = {"accept": 10.0, "assign": 5.0, "verify": 120.0}  # minutes
DECISION_MINUTES = 30.0  # how soon the duty room means to decide a request


@dataclass(frozen=True, slots=True)
class Step:
    """One verb at one moment. who: number of staff, or RESIDENT."""

    at: float  # seconds from the start of the run
    case: int  # index of the trouble
    verb: Verb
    who: str
    unit: str = ""  # code of the unit whose assignment it is about
    facts: Any = None  # what the verb needs beside; see deeds.py


class Town:
    """A street and its people through one scenario."""

    def __init__(self, scenario: Scenario, ground: Ground, first: date, end: float) -> None:
        self.first = first
        self.limits = DEFAULT_LIMITS | dict(scenario.limits)
        self.crews = crews(scenario, ground)
        self.centre: Crew = self.crews[unit_code(CENTRE)]
        self.sizes = {unit_code(key): size for key, size in organisation.called_units().items()}
        self.timeline = Timeline(end)
        self.troubles = list(troubles(scenario, ground, first))
        self._steps: list[Step] = []
        for trouble in self.troubles:
            self.timeline.begin(self._report(trouble), trouble.at)

    def steps(self) -> Iterator[Step]:
        """Yield every step in the order of time."""
        for _ in self.timeline.run():
            yield from self._steps
            self._steps.clear()

    def _step(self, trouble: Trouble, verb: Verb, who: str, *, unit: str = "", facts: object = None) -> None:
        self._steps.append(Step(self.timeline.now, trouble.index, verb, who, unit, facts))

    def _happens(self, trouble: Trouble, share: float) -> bool:
        return trouble.random.random() < share

    def _officer(self, trouble: Trouble) -> str:
        day, moment = divmod(self.timeline.now, DAY)
        shift = int(moment // (DAY / SHIFTS))
        seat = trouble.random.randrange(organisation.SEATS)
        return on_shift(self.first + timedelta(days=int(day)), shift, seat)

    def _worker(self, trouble: Trouble, unit: str) -> str:
        if unit == grid_unit(trouble.building.grid):
            return grid_worker(trouble.building.grid)
        size: int = self.sizes.get(unit) or facts()["people"]["community"]
        return member(unit, trouble.random.randrange(size) + 1)

    def _crew(self, unit: str) -> Crew:
        """Return who does the work of a unit; the one worker of a grid counts with his community."""
        return self.crews.get(unit) or self.crews[community_unit(unit)]

    def _leader(self, trouble: Trouble) -> str:
        size = facts()["people"]["leaders"]
        return member(unit_code(OFFICE), trouble.random.randrange(size) + 1)

    def _desk(self, trouble: Trouble, task: str, minutes: float) -> Work:
        """Return a task for the duty room, to be done within `minutes`."""
        taken = seconds(trouble.random, behaviour()["centre"][task])
        return Work(self.centre, taken, self.timeline.now + minutes * MINUTE)

    # -- telling ---------------------------------------------------------------------------------------------

    def _report(self, trouble: Trouble) -> Story:
        said = behaviour()
        on_the_spot = (
            trouble.channel is Channel.GRID and trouble.leaf.self_handling and not trouble.marked_urgent
        )
        trouble.state = State.REPORTED
        self._step(trouble, Verb.REPORT, self._reporter(trouble))
        if trouble.channel is Channel.RESIDENT and self._happens(trouble, said["resident"]["note"]):
            self.timeline.begin(self._note(trouble), self.timeline.now + HOUR * trouble.random.random() * 4)
        if on_the_spot and self._happens(trouble, said["grid"]["self_handle"]):
            yield from self._settle_on_the_spot(trouble)
        else:
            yield from self._accept(trouble)

    def _reporter(self, trouble: Trouble) -> str:
        by_channel = {
            Channel.RESIDENT: lambda: RESIDENT,
            Channel.GRID: lambda: grid_worker(trouble.building.grid),
            Channel.PATROL: lambda: self._worker(trouble, self._unit(trouble, trouble.leaf.lead)),
        }
        return by_channel.get(trouble.channel, lambda: self._officer(trouble))()

    def _note(self, trouble: Trouble) -> Story:
        self._step(trouble, Verb.NOTE, RESIDENT)
        yield Wait(0)

    def _settle_on_the_spot(self, trouble: Trouble) -> Story:
        """The work was done before; the worker sends two photos with the report."""
        worker = grid_worker(trouble.building.grid)
        for kind in (EvidenceKind.BEFORE, EvidenceKind.AFTER):
            yield Wait(8 + 20 * trouble.random.random())
            self._step(trouble, Verb.ATTACH, worker, facts=kind)
        yield Wait(5 + 60 * trouble.random.random())
        self._step(trouble, Verb.SELF_HANDLE, worker)
        trouble.lead = grid_unit(trouble.building.grid)  # called again if it was not solved
        yield from self._judge(trouble)

    # -- the duty room ---------------------------------------------------------------------------------------

    def _accept(self, trouble: Trouble) -> Story:
        said = behaviour()
        yield self._desk(trouble, "accept", self.limits["accept"])
        officer = self._officer(trouble)
        if self._happens(trouble, said["centre"]["reveal"]) and trouble.named:
            self._step(trouble, Verb.REVEAL, officer)
        if self._happens(trouble, said["centre"]["decline"]):
            trouble.state = State.DECLINED
            self._step(trouble, Verb.DECLINE, officer)
        elif trouble.same_as and trouble.same_as.state in OPEN - {State.REPORTED}:
            trouble.state = State.MERGED
            self._step(trouble, Verb.MERGE, officer, facts=trouble.same_as.index)
        else:
            self._file(trouble, officer)
            yield from self._assign(trouble)

    def _file(self, trouble: Trouble, officer: str) -> None:
        said = behaviour()
        trouble.state = State.ACCEPTED
        self._step(trouble, Verb.ACCEPT, officer)
        trouble.urgent = trouble.marked_urgent or trouble.leaf.urgent
        if not trouble.urgent and self._happens(trouble, said["centre"]["expedite"]):
            trouble.urgent = True
            self._step(trouble, Verb.EXPEDITE, officer)
        if self._happens(trouble, said["grid"]["escalate"]):
            self._step(trouble, Verb.ESCALATE, grid_worker(trouble.building.grid))

    def _assign(self, trouble: Trouble) -> Story:
        """Call the unit of the list and those that must help; after a return somebody else, finally."""
        yield self._desk(trouble, "assign", self.limits["assign"])
        again = bool(trouble.called)
        trouble.lead = self._other_unit(trouble) if again else self._unit(trouble, trouble.leaf.lead)
        units = [trouble.lead]
        if trouble.leaf.joint and not again:
            units.append(self._unit(trouble, trouble.leaf.joint))
        trouble.state, trouble.lead_answered = State.IN_HAND, False
        trouble.called |= set(units)
        self._step(trouble, Verb.ASSIGN, self._officer(trouble), facts=(tuple(units), again))
        for unit in units:
            self._call(trouble, unit, is_final=again)

    def _unit(self, trouble: Trouble, key: str) -> str:
        return community_unit(trouble.building.grid) if key == COMMUNITY else unit_code(key)

    def _other_unit(self, trouble: Trouble) -> str:
        free = [code for code in self.sizes if code not in trouble.called]
        return trouble.random.choice(free or sorted(self.sizes))

    def _decided(
        self, trouble: Trouble, unit: str, kind: RequestKind, facts: object = None
    ) -> Generator[Wait | Work, None, bool]:
        """Ask, wait for the decision, return it."""
        said = behaviour()
        self._step(trouble, Verb.REQUEST, self._worker(trouble, unit), unit=unit, facts=(kind, facts))
        if kind is RequestKind.SUSPENSION:
            yield Wait(seconds(trouble.random, said["requests"]["leader"]))
            decider = self._leader(trouble)
        else:
            yield self._desk(trouble, "decide", DECISION_MINUTES)
            decider = self._officer(trouble)
        granted = self._happens(trouble, said["requests"][f"{kind}_granted"])
        self._step(trouble, Verb.APPROVE if granted else Verb.REFUSE, decider, unit=unit, facts=kind)
        return granted

    # -- a called unit ---------------------------------------------------------------------------------------

    def _call(self, trouble: Trouble, unit: str, *, is_final: bool) -> None:
        trouble.open_calls += 1
        self.timeline.begin(self._answered(trouble, unit, is_final=is_final))

    def _answered(self, trouble: Trouble, unit: str, *, is_final: bool) -> Story:
        yield self._slowed(trouble, "acknowledge")
        self._step(trouble, Verb.ACKNOWLEDGE, self._worker(trouble, unit), unit=unit)
        left = not is_final and (yield from self._gets_rid(trouble, unit))
        if not left:
            yield from self._works(trouble, unit)

    def _slowed(self, trouble: Trouble, what: str) -> Wait:
        said = behaviour()["unit"]
        pressed = "urgent" if trouble.urgent else "soon" if trouble.leaf.is_due_soon else "plain"
        return Wait(seconds(trouble.random, said.get(f"{what}_{pressed}") or said[what]))

    def _gets_rid(self, trouble: Trouble, unit: str) -> Generator[Wait | Work, None, bool]:
        """Perhaps the unit returns the call or passes it on; tell whether it is rid of it."""
        said = behaviour()["requests"]
        if self._happens(trouble, said["return"]):
            reason = trouble.random.choice(list(ReturnReason))
            if (yield from self._decided(trouble, unit, RequestKind.RETURN, reason)):
                yield from self._settled(trouble)
                return True
        if self._happens(trouble, said["transfer"]):
            successor = self._other_unit(trouble)
            trouble.called.add(successor)
            if (yield from self._decided(trouble, unit, RequestKind.TRANSFER, successor)):
                trouble.lead = successor if trouble.lead == unit else trouble.lead
                yield from self._answered(trouble, successor, is_final=True)
                return True
        return False

    def _works(self, trouble: Trouble, unit: str) -> Story:
        said = behaviour()
        if trouble.urgent or self._happens(trouble, said["unit"]["arrives"]):
            yield from self._arrives(trouble, unit)
        if trouble.lead != unit and self._happens(trouble, said["requests"]["withdrawn"]):
            yield self._desk(trouble, "decide", DECISION_MINUTES)
            self._step(trouble, Verb.WITHDRAW, self._officer(trouble), unit=unit)
            yield from self._settled(trouble)
            return
        yield from self._asks_for_time(trouble, unit)
        yield self._slowed(trouble, "wait")
        if not trouble.urgent:
            yield Wait(self._until_day())
        due = self.timeline.now - (DAY if trouble.urgent else 0)  # what is urgent goes first
        yield Work(self._crew(unit), self._slowed(trouble, "work").seconds, due)
        yield from self._answers(trouble, unit)

    def _arrives(self, trouble: Trouble, unit: str) -> Story:
        yield self._slowed(trouble, "travel")
        far = self._happens(trouble, behaviour()["unit"]["far_off"])
        self._step(trouble, Verb.ARRIVE, self._worker(trouble, unit), unit=unit, facts=far)

    def _asks_for_time(self, trouble: Trouble, unit: str) -> Story:
        said = behaviour()["requests"]
        if self._happens(trouble, said["extension"]):
            yield from self._decided(trouble, unit, RequestKind.EXTENSION)
        alone = trouble.open_calls == 1  # while a case is suspended nobody else could work on it
        if alone and not trouble.urgent and self._happens(trouble, said["suspension"]):
            yield from self._stands_still(trouble, unit)

    def _stands_still(self, trouble: Trouble, unit: str) -> Story:
        granted = yield from self._decided(trouble, unit, RequestKind.SUSPENSION)
        if granted:
            trouble.state = State.SUSPENDED
            yield Wait(seconds(trouble.random, behaviour()["requests"]["suspended"]))
            trouble.state = State.IN_HAND
            self._step(trouble, Verb.RESUME, self._officer(trouble))

    def _until_day(self) -> float:
        """Return how many seconds it is until units take up work that is not urgent."""
        opens, closes = (hour * HOUR for hour in behaviour()["unit"]["day"])
        moment = self.timeline.now % DAY
        return 0.0 if opens <= moment < closes else (opens - moment) % DAY

    def _answers(self, trouble: Trouble, unit: str) -> Story:
        if self._happens(trouble, behaviour()["unit"]["photo"]):
            worker = self._worker(trouble, unit)
            self._step(trouble, Verb.ATTACH, worker, unit=unit, facts=EvidenceKind.AFTER)
        self._step(trouble, Verb.ANSWER, self._worker(trouble, unit), unit=unit)
        trouble.lead_answered = trouble.lead_answered or trouble.lead == unit
        yield from self._settled(trouble)

    # -- after the work --------------------------------------------------------------------------------------

    def _settled(self, trouble: Trouble) -> Story:
        """One call has ended. After the last the case is checked, or assigned anew when nobody led it."""
        trouble.open_calls -= 1
        if trouble.open_calls == 0 and trouble.lead_answered:
            trouble.state = State.HANDLED
            yield from self._check(trouble)
        elif trouble.open_calls == 0:
            trouble.state = State.ACCEPTED
            yield from self._assign(trouble)

    def _check(self, trouble: Trouble) -> Story:
        said = behaviour()
        is_grids_own = trouble.lead == grid_unit(trouble.building.grid)  # nobody verifies his own work
        if self._happens(trouble, said["grid"]["verifies"]) and not is_grids_own:
            yield Wait(seconds(trouble.random, said["grid"]["verify"]))
            checker = grid_worker(trouble.building.grid)
        else:
            yield self._desk(trouble, "verify", self.limits["verify"])
            checker = self._officer(trouble)
        if self._happens(trouble, said["check"]["failed"]):
            self._step(trouble, Verb.REWORK, checker)
            self._another_round(trouble)
        else:
            self._step(trouble, Verb.VERIFY, checker)
            yield from self._judge(trouble)

    def _another_round(self, trouble: Trouble) -> None:
        trouble.rounds += 1
        trouble.state, trouble.lead_answered = State.IN_HAND, False
        self._call(trouble, trouble.lead, is_final=False)

    def _judge(self, trouble: Trouble) -> Story:
        said = behaviour()["resident"]
        trouble.state = State.CLOSED
        if not self._happens(trouble, said["evaluates"]):
            return
        yield Wait(min(seconds(trouble.random, said["after"]), JUDGED_WITHIN))
        called_back = self._happens(trouble, said["called_back"])
        luck = trouble.random.random()
        bad = luck < said["dissatisfied"]
        fair = Satisfaction.FAIRLY if luck < said["dissatisfied"] + said["fairly"] else Satisfaction.SATISFIED
        verdict = Satisfaction.DISSATISFIED if bad else fair
        who = self._officer(trouble) if called_back else RESIDENT
        self._step(trouble, Verb.EVALUATE, who, facts=(verdict, called_back))
        if bad and trouble.lead:
            self._another_round(trouble)
        elif bad:  # it was settled on the spot: no unit was ever called
            trouble.state = State.ACCEPTED
            yield from self._assign(trouble)
