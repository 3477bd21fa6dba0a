"""What pages offer as buttons is exactly what the actions do not refuse for rights or state."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.db import transaction

from huying.cases import actions, queries
from huying.cases.models import Case
from huying.cases.policy import moves
from huying.cases.policy.photos import Photo
from huying.cases.policy.reports import Arrival, Call, Verdict
from huying.cases.states import (
    GRANTS,
    AssignmentState,
    EvidenceKind,
    RequestKind,
    Satisfaction,
    State,
    Verb,
)
from huying.org.policy import Actor, Grant
from huying.org.states import SCOPES, Role, Scope
from huying.shared.errors import IllegalMove, NotFound, NotPermitted, Refused
from huying.shared.ids import UnitId

from .conftest import NOW, STREET, Cast, staff

ELSEWHERE = "330109002"
APART = {Verb.REPORT, Verb.IMPORT, Verb.JOIN}  # begin a case; JOIN is for who has nothing to do with it
FOR_RIGHT_OR_STATE = (NotPermitted, IllegalMove, NotFound)

Act = Callable[[str, Actor], object]


def deeds(cast: Cast, folder: Path) -> Mapping[Verb, Act]:
    """Return for each verb the action with something in its form; what is missing there does not matter."""
    other = cast.reported()
    said = {"now": NOW, "opinion": "说明"}
    why = {"now": NOW, "reason": "说明"}
    photo = Photo(b"jpeg", "a" * 64, "b" * 64, 1, 1, None, None, None)
    verdict = Verdict(Satisfaction.SATISFIED, True, "", False)
    return {
        Verb.ACCEPT: lambda nr, who: actions.accept(nr, actor=who, **said),
        Verb.DECLINE: lambda nr, who: actions.decline(nr, actor=who, **why),
        Verb.MERGE: lambda nr, who: actions.merge(nr, into=other, actor=who, **said),
        Verb.EXPEDITE: lambda nr, who: actions.expedite(nr, actor=who, **said),
        Verb.ESCALATE: lambda nr, who: actions.escalate(nr, actor=who, **why),
        Verb.SELF_HANDLE: lambda nr, who: actions.self_handle(nr, actor=who, **said),
        Verb.ASSIGN: lambda nr, who: actions.assign(nr, [Call(cast.water, lead=False)], actor=who, **said),
        Verb.ACKNOWLEDGE: lambda nr, who: actions.acknowledge(nr, actor=who, now=NOW),
        Verb.ARRIVE: lambda nr, who: actions.arrive(nr, Arrival(reason="说明"), actor=who, now=NOW),
        Verb.ANSWER: lambda nr, who: actions.answer(nr, actor=who, **said),
        Verb.REQUEST: lambda nr, who: actions.request(nr, RequestKind.SUSPENSION, actor=who, **why),
        Verb.WITHDRAW: lambda nr, who: actions.withdraw(nr, unit_id=cast.roads, actor=who, **why),
        Verb.RESUME: lambda nr, who: actions.resume(nr, actor=who, **said),
        Verb.VERIFY: lambda nr, who: actions.verify(nr, actor=who, **said),
        Verb.REWORK: lambda nr, who: actions.rework(nr, actor=who, **why),
        Verb.EVALUATE: lambda nr, who: actions.evaluate(nr, verdict, actor=who, now=NOW),
        Verb.REOPEN: lambda nr, who: actions.reopen(nr, actor=who, **why),
        Verb.NOTE: lambda nr, who: actions.note(nr, "说明", actor=who, now=NOW),
        Verb.ATTACH: lambda nr, who: actions.attach(
            nr, photo, EvidenceKind.OTHER, folder=folder, actor=who, now=NOW
        ),
        Verb.REVEAL: lambda nr, who: actions.reveal(nr, actor=who, **why),
        Verb.PUBLISH: lambda nr, who: actions.publish(nr, "路灯不亮", actor=who, now=NOW),
        Verb.UNPUBLISH: lambda nr, who: actions.unpublish(nr, actor=who, **why),
    }


def arrived(cast: Cast) -> str:
    number = cast.in_hand()
    actions.arrive(number, Arrival(120.27, 30.16), actor=cast.zhao, now=NOW)
    return number


def acknowledged(cast: Cast) -> str:
    number = cast.in_hand()
    actions.acknowledge(number, actor=cast.zhao, now=NOW)
    return number


def suspended(cast: Cast) -> str:
    number = cast.in_hand()
    asked = actions.request(number, RequestKind.SUSPENSION, actor=cast.zhao, now=NOW, reason="等材料")
    actions.approve(asked.pk, actor=cast.sun, now=NOW)
    return number


def declined(cast: Cast) -> str:
    number = cast.reported()
    actions.decline(number, actor=cast.chen, now=NOW, reason="不在辖区")
    return number


def merged(cast: Cast) -> str:
    number = cast.reported()
    actions.merge(number, into=cast.reported(), actor=cast.chen, now=NOW)
    return number


SITUATIONS: Mapping[str, tuple[State, Callable[[Cast], str]]] = {
    "reported": (State.REPORTED, Cast.reported),
    "accepted": (State.ACCEPTED, Cast.accepted),
    "called": (State.IN_HAND, Cast.in_hand),
    "acknowledged": (State.IN_HAND, acknowledged),
    "arrived": (State.IN_HAND, arrived),
    "handled": (State.HANDLED, Cast.handled),
    "closed": (State.CLOSED, Cast.closed),
    "suspended": (State.SUSPENDED, suspended),
    "declined": (State.DECLINED, declined),
    "merged": (State.MERGED, merged),
}


def people(cast: Cast, number: str) -> Mapping[str, Actor]:
    """Return somebody of every role over the street, of each unit, of elsewhere, and with a receipt."""
    roles = {
        role.value: staff(20 + nr, Grant(role, STREET))
        for nr, role in enumerate(Role)
        if SCOPES[role] is Scope.AREA
    }
    return roles | {
        "called unit": cast.zhao,
        "other unit": cast.qian,
        "elsewhere": staff(50, Grant(Role.COMMANDER, ELSEWHERE)),
        "receipt": cast.with_receipt(number),
        "nobody": cast.lin,
    }


def is_refused(act: Act, number: str, who: Actor) -> bool:
    """Try it and undo it; tell whether rights or state forbade it."""
    try:
        with transaction.atomic():
            act(number, who)
            raise _UndoneError
    except FOR_RIGHT_OR_STATE:
        return True
    except (Refused, _UndoneError):
        return False


class _UndoneError(Exception):
    """Rolls back what was tried."""


def offered(number: str, who: Actor) -> frozenset[Verb]:
    case = Case.objects.get(number=number)
    if not queries.visible(who).filter(pk=case.pk).exists():
        return frozenset()
    calls = [(UnitId(each.unit_id), AssignmentState(each.state)) for each in case.assignments.all()]
    return moves.possible(who, State(case.state), case.area_code, number, calls)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_offered_is_what_is_not_refused(cast: Cast, situation: str, tmp_path: Path) -> None:
    state, make = SITUATIONS[situation]
    number = make(cast)
    assert Case.objects.get(number=number).state == state
    acts = deeds(cast, tmp_path)
    assert set(acts) == set(GRANTS) - APART
    wrong = [
        (name, verb, "offered" if verb in offers else "not offered")
        for name, who in people(cast, number).items()
        for offers in [offered(number, who)]
        for verb, act in acts.items()
        if (verb in offers) == is_refused(act, number, who)
    ]
    assert wrong == []
