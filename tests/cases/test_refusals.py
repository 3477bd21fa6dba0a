"""A refusal says why and changes nothing: every verb in every state, by every role, from another area."""

import hashlib
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from huying.cases import actions
from huying.cases.policy.reports import Arrival, Call, Verdict
from huying.cases.states import GRANTS, MOVES, RequestKind, ReturnReason, Satisfaction, State, Verb
from huying.org.policy import Actor, Grant
from huying.org.states import Role
from huying.shared.errors import IllegalMove, NotFound, NotPermitted

from .conftest import NOW, Cast, staff

Do = Callable[[str, Actor], object]


def digest() -> str:
    """Return a hash over every row of every table that a move could touch."""
    content = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE tablename ~ '^(cases|clocks|ledger)_' ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")  # noqa: S608
            content.update(f"{table}={cursor.fetchone()[0]};".encode())
    return content.hexdigest()


def verbs(cast: Cast) -> dict[Verb, Do]:
    """One attempt for each verb that somebody may try, with arguments that would do in the right state."""
    act: dict[Verb, Callable[..., object]] = {
        Verb.ACCEPT: actions.accept,
        Verb.DECLINE: partial(actions.decline, reason="不属街道"),
        Verb.MERGE: partial(actions.merge, into=cast.reported()),
        Verb.EXPEDITE: actions.expedite,
        Verb.ESCALATE: partial(actions.escalate, reason="解决不了"),
        Verb.SELF_HANDLE: partial(actions.self_handle, opinion="已处理"),
        Verb.ACKNOWLEDGE: actions.acknowledge,
        Verb.ANSWER: partial(actions.answer, opinion="已处理"),
        Verb.WITHDRAW: partial(actions.withdraw, unit_id=cast.roads, reason="另行安排"),
        Verb.RESUME: actions.resume,
        Verb.VERIFY: actions.verify,
        Verb.REWORK: partial(actions.rework, reason="未解决"),
        Verb.REOPEN: partial(actions.reopen, reason="又坏了"),
        Verb.REVEAL: partial(actions.reveal, reason="回访"),
    }
    simple: dict[Verb, Do] = {
        verb: lambda number, actor, do=do: do(number, actor=actor, now=NOW) for verb, do in act.items()
    }
    verdict = Verdict(Satisfaction.SATISFIED, solved=True)
    return simple | {
        Verb.ASSIGN: lambda number, actor: actions.assign(number, [Call(cast.roads)], actor=actor, now=NOW),
        Verb.ARRIVE: lambda number, actor: actions.arrive(
            number, Arrival(120.27, 30.16), actor=actor, now=NOW
        ),
        Verb.REQUEST: lambda number, actor: actions.request(
            number,
            RequestKind.RETURN,
            actor=actor,
            now=NOW,
            reason="非本单位",
            reason_code=ReturnReason.NOT_OUR_DUTY,
        ),
        Verb.EVALUATE: lambda number, actor: actions.evaluate(number, verdict, actor=actor, now=NOW),
        Verb.NOTE: lambda number, actor: actions.note(number, "请尽快", actor=actor, now=NOW),
    }


def suspended(cast: Cast) -> str:
    number = cast.in_hand()
    asked = actions.request(number, RequestKind.SUSPENSION, actor=cast.zhao, now=NOW, reason="待拆迁")
    actions.approve(asked.pk, actor=cast.sun, now=NOW)
    return number


def declined(cast: Cast) -> str:
    number = cast.reported()
    actions.decline(number, actor=cast.chen, now=NOW, reason="不属街道")
    return number


def merged(cast: Cast) -> str:
    number = cast.reported()
    actions.merge(number, into=cast.reported(), actor=cast.chen, now=NOW)
    return number


IN: dict[State, Callable[[Cast], str]] = {
    State.REPORTED: Cast.reported,
    State.ACCEPTED: Cast.accepted,
    State.IN_HAND: Cast.in_hand,
    State.HANDLED: Cast.handled,
    State.CLOSED: Cast.closed,
    State.SUSPENDED: suspended,
    State.DECLINED: declined,
    State.MERGED: merged,
}


def somebody_who_may(cast: Cast, verb: Verb) -> Actor:
    if Role.UNIT_WORKER in GRANTS[verb] and Role.COMMANDER not in GRANTS[verb]:
        return cast.zhao
    return cast.wang if verb is Verb.SELF_HANDLE else cast.chen


@pytest.mark.parametrize("state", State)
def test_every_verb_out_of_its_state_is_refused_and_changes_nothing(cast: Cast, state: State) -> None:
    number = IN[state](cast)
    attempts = verbs(cast)
    assert cast.case(number).state == state
    before = digest()
    for verb, attempt in attempts.items():
        if (state, verb) in MOVES:
            continue
        actor = somebody_who_may(cast, verb)
        never_called = actor is cast.zhao and state in (
            State.REPORTED,
            State.ACCEPTED,
            State.DECLINED,
            State.MERGED,
        )
        with pytest.raises(NotFound if never_called else IllegalMove):
            attempt(number, actor)
        assert digest() == before, verb


@pytest.mark.parametrize("state", State)
def test_another_areas_commander_finds_nothing_and_changes_nothing(cast: Cast, state: State) -> None:
    number = IN[state](cast)
    attempts = verbs(cast)
    before = digest()
    for attempt in attempts.values():
        for actor in (cast.stranger, cast.lin, cast.qian):
            with pytest.raises(NotFound):
                attempt(number, actor)
    assert digest() == before


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.RESIDENT, Role.CONNECTOR)])
def test_a_role_without_the_grant_is_refused_and_changes_nothing(cast: Cast, role: Role) -> None:
    numbers = {verb: IN[next(state for state, each in MOVES if each is verb)](cast) for verb in verbs(cast)}
    attempts = verbs(cast)
    unit = cast.roads if role is Role.UNIT_WORKER else None
    actor = staff(99, Grant(role, "" if unit else "330109001", unit))
    before = digest()
    for verb, attempt in attempts.items():
        if role in GRANTS[verb]:
            continue
        with pytest.raises((NotPermitted, NotFound)):
            attempt(numbers[verb], actor)
        assert digest() == before, verb
