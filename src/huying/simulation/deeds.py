"""The steps of the stories done through the real actions: one function for each verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.policy.reports import Arrival, Call, Place, Report, Reporter, Verdict, fingerprint
from huying.cases.states import EvidenceKind, RequestKind, Satisfaction, Verb
from huying.catalogue import queries as catalogue
from huying.clocks import queries as clocks
from huying.clocks.states import Stage
from huying.org import queries as org
from huying.org.policy import RESIDENT as ANYBODY
from huying.org.policy import Actor
from huying.places import queries as places
from huying.shared.ids import CaseId, CategoryId, UnitId
from huying.simulation.blueprint import person, street_code
from huying.simulation.listing import SCHEME, leaves
from huying.simulation.photos import photo
from huying.simulation.town import RESIDENT, Step
from huying.simulation.troubles import Trouble

SOURCE = "simulation"  # of every simulated report: how they are told from real ones
EXTENSION = 2  # in the unit of the limit
FAR_M = 0.004  # degrees of latitude, about 440 m


@dataclass(frozen=True, slots=True)
class Told:
    """What everybody knows of a case once it has a number."""

    number: str
    grid: str
    category_id: CategoryId
    lng: float
    lat: float


class Hands:
    """Acts for every simulated person. One for each process."""

    def __init__(self, start: datetime, run: str, folder: Path) -> None:
        self.start = start
        self.run = run  # part of the idempotency keys: a run is filed once
        self.folder = folder
        self.actors = org.staff_actors(street_code(), at=start)
        units = org.units(area_prefix=street_code()).values_list("code", "pk")
        self.units: Mapping[str, UnitId] = {code: UnitId(pk) for code, pk in units}
        self.categories = _categories(start.date())
        self.cases: dict[int, Told] = {}
        self._requests: dict[tuple[int, str], int] = {}
        self._places: dict[str, Place] = {}

    def do(self, step: Step) -> None:
        """Do one step but a report, which needs the trouble itself."""
        DEEDS[step.verb](self, step, self.cases[step.case])

    def now(self, step: Step) -> datetime:
        return self.start + timedelta(seconds=step.at)

    def actor(self, step: Step) -> Actor:
        if step.who == RESIDENT:
            return ANYBODY.holding(self.cases[step.case].number)
        return self.actors[step.who]

    def report(self, step: Step, trouble: Trouble) -> Told:
        """File the report and return what everybody knows from now on."""
        actor = ANYBODY if step.who == RESIDENT else self.actors[step.who]
        building = trouble.building
        filed = actions.report(self._report(trouble), actor=actor, now=self.now(step))
        category = self.categories[trouble.leaf.code]
        told = Told(filed.number, building.grid, category, *building.point)
        self.cases[trouble.index] = told
        return told

    def _report(self, trouble: Trouble) -> Report:
        key = f"{self.run}-{trouble.index}"
        named = Reporter(person(Random(trouble.index)), f"138{trouble.index:08d}") if trouble.named else None
        known = trouble.channel != "resident" or trouble.index % 3 > 0
        return Report(
            source=SOURCE,
            key=key,
            text=f"{trouble.building.estate}{trouble.building.name}附近{trouble.leaf.name}，请尽快处理",
            place=self._place(trouble),
            channel=trouble.channel,
            fingerprint=fingerprint(key),
            category_id=self.categories[trouble.leaf.code] if known else None,
            urgent=trouble.marked_urgent,
            reporter=named,
        )

    def _place(self, trouble: Trouble) -> Place:
        building = trouble.building
        text = f"{building.estate}{building.name}"
        if trouble.unsure:
            return Place(street_code(), certain=False, text=text)
        if building.code not in self._places:
            row = places.building(building.code)
            self._places[building.code] = Place(
                building.grid,
                text=text,
                lng=building.point[0],
                lat=building.point[1],
                estate_id=row.estate_id,
                building_id=row.pk,
            )
        return self._places[building.code]

    # -- the duty room -----------------------------------------------------------------------------------

    def accept(self, step: Step, told: Told) -> None:
        actions.accept(
            told.number,
            actor=self.actor(step),
            now=self.now(step),
            category_id=told.category_id,
            area_code=told.grid,
        )

    def decline(self, step: Step, told: Told) -> None:
        actions.decline(
            told.number, actor=self.actor(step), now=self.now(step), reason="不属于街道职责，已告知诉求渠道"
        )

    def merge(self, step: Step, told: Told) -> None:
        into = self.cases[step.facts].number
        actions.merge(told.number, into=into, actor=self.actor(step), now=self.now(step), opinion="同一事件")

    def expedite(self, step: Step, told: Told) -> None:
        actions.expedite(told.number, actor=self.actor(step), now=self.now(step), opinion="情况紧急")

    def escalate(self, step: Step, told: Told) -> None:
        actions.escalate(
            told.number, actor=self.actor(step), now=self.now(step), reason="网格无力解决，请上级协调"
        )

    def reveal(self, step: Step, told: Told) -> None:
        actions.reveal(told.number, actor=self.actor(step), now=self.now(step), reason="电话核实现场情况")

    def assign(self, step: Step, told: Told) -> None:
        units, is_final = step.facts
        calls = [Call(self.units[unit], lead=index == 0, final=is_final) for index, unit in enumerate(units)]
        actions.assign(told.number, calls, actor=self.actor(step), now=self.now(step))

    def withdraw(self, step: Step, told: Told) -> None:
        actions.withdraw(
            told.number,
            unit_id=self.units[step.unit],
            actor=self.actor(step),
            now=self.now(step),
            reason="主办单位已能独立处置",
        )

    def approve(self, step: Step, told: Told) -> None:
        """Grant a request; more time is only granted while there is some left."""
        request_id = self._requests.pop((step.case, step.unit))
        actor, now = self.actor(step), self.now(step)
        if step.facts is RequestKind.EXTENSION and self._has_run_out(told, actor, now):
            actions.refuse(request_id, actor=actor, now=now, decision="时限已到期")
        else:
            actions.approve(request_id, actor=actor, now=now, decision="同意")

    def _has_run_out(self, told: Told, actor: Actor, now: datetime) -> bool:
        case = cases.get_for(actor, told.number)
        running = clocks.running(CaseId(case.pk))
        return any(
            clock.stage == Stage.DISPOSE and (clock.fired_at or (clock.due_at and clock.due_at <= now))
            for clock in running
        )

    def refuse(self, step: Step, _told: Told) -> None:
        request_id = self._requests.pop((step.case, step.unit))
        actions.refuse(
            request_id, actor=self.actor(step), now=self.now(step), decision="理由不充分，请继续办理"
        )

    def resume(self, step: Step, told: Told) -> None:
        actions.resume(told.number, actor=self.actor(step), now=self.now(step), opinion="条件具备")

    # -- a called unit -----------------------------------------------------------------------------------

    def acknowledge(self, step: Step, told: Told) -> None:
        actions.acknowledge(told.number, actor=self.actor(step), now=self.now(step))

    def arrive(self, step: Step, told: Told) -> None:
        """facts: whether the check-in is far from the place."""
        at = Arrival(told.lng, told.lat + (FAR_M if step.facts else 0), "定位漂移" if step.facts else "")
        actions.arrive(told.number, at, actor=self.actor(step), now=self.now(step))

    def request(self, step: Step, told: Told) -> None:
        kind, facts = step.facts
        asked = actions.request(
            told.number,
            kind,
            actor=self.actor(step),
            now=self.now(step),
            reason=f"现场情况需要{kind.label}",
            reason_code=facts if kind is RequestKind.RETURN else None,
            amount=EXTENSION if kind is RequestKind.EXTENSION else None,
            to_unit_id=self.units[facts] if kind is RequestKind.TRANSFER else None,
        )
        self._requests[step.case, step.unit] = asked.pk

    def attach(self, step: Step, told: Told) -> None:
        number = step.case * 2 + (step.facts is EvidenceKind.AFTER)
        actions.attach(
            told.number,
            photo(number),
            step.facts,
            folder=self.folder,
            actor=self.actor(step),
            now=self.now(step),
        )

    def answer(self, step: Step, told: Told) -> None:
        actions.answer(told.number, actor=self.actor(step), now=self.now(step), opinion="已到场处置完毕")

    def self_handle(self, step: Step, told: Told) -> None:
        actions.self_handle(told.number, actor=self.actor(step), now=self.now(step), opinion="当场处置完毕")

    # -- after the work ----------------------------------------------------------------------------------

    def verify(self, step: Step, told: Told) -> None:
        actions.verify(told.number, actor=self.actor(step), now=self.now(step), opinion="现场核查属实")

    def rework(self, step: Step, told: Told) -> None:
        actions.rework(told.number, actor=self.actor(step), now=self.now(step), reason="问题仍在，请重新处置")

    def evaluate(self, step: Step, told: Told) -> None:
        satisfaction, called_back = step.facts
        is_solved = satisfaction is not Satisfaction.DISSATISFIED
        text = "" if is_solved else "没有解决"
        verdict = Verdict(satisfaction, is_solved, text, called_back)
        actions.evaluate(told.number, verdict, actor=self.actor(step), now=self.now(step))

    def note(self, step: Step, told: Told) -> None:
        actions.note(told.number, "请问什么时候能处理好？", actor=self.actor(step), now=self.now(step))


DEEDS: Mapping[Verb, Callable[[Hands, Step, Told], None]] = {
    Verb.ACCEPT: Hands.accept,
    Verb.DECLINE: Hands.decline,
    Verb.MERGE: Hands.merge,
    Verb.EXPEDITE: Hands.expedite,
    Verb.ESCALATE: Hands.escalate,
    Verb.REVEAL: Hands.reveal,
    Verb.ASSIGN: Hands.assign,
    Verb.WITHDRAW: Hands.withdraw,
    Verb.APPROVE: Hands.approve,
    Verb.REFUSE: Hands.refuse,
    Verb.RESUME: Hands.resume,
    Verb.ACKNOWLEDGE: Hands.acknowledge,
    Verb.ARRIVE: Hands.arrive,
    Verb.REQUEST: Hands.request,
    Verb.ATTACH: Hands.attach,
    Verb.ANSWER: Hands.answer,
    Verb.SELF_HANDLE: Hands.self_handle,
    Verb.VERIFY: Hands.verify,
    Verb.REWORK: Hands.rework,
    Verb.EVALUATE: Hands.evaluate,
    Verb.NOTE: Hands.note,
}


def _categories(on: date) -> dict[str, CategoryId]:
    """Return the ids of the catalogue's categories by code."""
    return {
        leaf.code: CategoryId(catalogue.category(leaf.code, scheme=SCHEME, on=on).pk) for leaf in leaves()
    }
