"""A case as a conversation with its reporter: what he said, and the steps he sees."""

from dataclasses import dataclass
from datetime import datetime

from huying.cases.models import Case
from huying.cases.queries.reading import evidence, get_for, timeline
from huying.cases.queries.whole import Whole, whole
from huying.cases.states import EvidenceKind, State, Verb
from huying.org.policy import RESIDENT, Actor
from huying.shared.errors import NotFound

PROOFS = frozenset({EvidenceKind.BEFORE, EvidenceKind.AFTER})


@dataclass(frozen=True, slots=True)
class Step:
    """One step the reporter sees. actor: the pseudonym; unit: which was called, "" for the centre."""

    at: datetime
    verb: Verb
    actor: str
    unit: str
    text: str

    @property
    def is_own(self) -> bool:
        return self.actor == RESIDENT.key


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo the reporter may see: his own, and of before and after once the case is closed."""

    at: datetime
    kind: EvidenceKind
    sha256: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Thread:
    whole: Whole
    steps: list[Step]
    photos: list[Photo]


def thread(actor: Actor, number: str) -> Thread:
    """Return the case for who holds its receipt. Raises NotFound for everybody else, staff too.

    A unit's answer is told once the check has passed. Source: docs/rules/residents.md §3.
    """
    if number not in actor.case_numbers:
        raise NotFound(what="事件", key=number)
    case = get_for(actor, number)
    moves = list(timeline(case))
    checked = max((each.seq for each in moves if each.verb == Verb.VERIFY), default=0)
    steps = [
        Step(
            at=each.at,
            verb=Verb(each.verb),
            actor=each.actor,
            unit=each.assignment.unit.name if each.assignment else "",
            text=case.text if each.seq == 1 else each.opinion,
        )
        for each in moves
        if each.public or (each.verb == Verb.ANSWER and each.seq < checked)
    ]
    return Thread(whole(actor, number), steps, _photos(case))


def _photos(case: Case) -> list[Photo]:
    found = [
        Photo(each.added_at, EvidenceKind(each.kind), each.sha256, each.added_by == RESIDENT.key)
        for each in evidence(case)
    ]
    return [each for each in found if each.is_own or (case.state == State.CLOSED and each.kind in PROOFS)]
