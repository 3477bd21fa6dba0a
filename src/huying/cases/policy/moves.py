"""What may happen next, and who may do it. Source: docs/rules/cases.md §1–3."""

from collections.abc import Collection, Iterable

from huying.cases.states import (
    ASSIGNMENT_MOVES,
    DECIDERS,
    GRANTS,
    LIVE,
    MOVES,
    REQUEST_MOVES,
    AssignmentState,
    Part,
    RequestKind,
    RequestState,
    State,
    Verb,
)
from huying.org.policy import RESIDENT, Actor
from huying.org.states import Role
from huying.shared.errors import IllegalMove, Incomplete, NotPermitted
from huying.shared.ids import UnitId
from huying.shared.sentences import Sentence


def next_state(state: State, verb: Verb) -> State:
    """Return the state of a case after `verb`. Raises IllegalMove when MOVES has no such step."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise IllegalMove(state=state.label, verb=verb.label) from None


def next_assignment_state(state: AssignmentState, verb: Verb) -> AssignmentState:
    """Return the state of an assignment after `verb`. Raises IllegalMove."""
    try:
        return ASSIGNMENT_MOVES[state, verb]
    except KeyError:
        raise IllegalMove(state=state.label, verb=verb.label) from None


def next_request_state(state: RequestState, verb: Verb) -> RequestState:
    """Return the state of a request after `verb`. Raises IllegalMove."""
    try:
        return REQUEST_MOVES[state, verb]
    except KeyError:
        raise IllegalMove(state=state.label, verb=verb.label) from None


def check_permitted(
    actor: Actor, verb: Verb, area_code: str, number: str, units: Iterable[UnitId] = ()
) -> None:
    """Raise NotPermitted unless the actor may do `verb` with this case.

    A resident acts only on a case whose receipt he has shown; everybody else by role over the area, or for
    one of `units`, those that were called to it.
    """
    roles = GRANTS[verb]
    if Role.RESIDENT in roles and number in actor.case_numbers:
        return
    if any(actor.may_act_for(roles, unit) for unit in units):
        return
    if not actor.may_act_in(roles - {Role.RESIDENT}, area_code):
        raise NotPermitted(verb=verb.label)


def check_may_report(actor: Actor) -> None:
    """Raise NotPermitted unless the actor holds any role that may report."""
    if actor != RESIDENT and not actor.roles & GRANTS[Verb.REPORT]:
        raise NotPermitted(verb=Verb.REPORT.label)


def check_unit(actor: Actor, verb: Verb, unit_id: UnitId) -> None:
    """Raise NotPermitted unless the actor works for the called unit itself."""
    if not actor.may_act_for(GRANTS[verb], unit_id):
        raise NotPermitted(verb=verb.label)


def check_decider(actor: Actor, verb: Verb, kind: RequestKind, area_code: str) -> None:
    """Raise NotPermitted unless the actor may decide a request of this kind here."""
    if not actor.may_act_in(DECIDERS[kind], area_code):
        raise NotPermitted(verb=f"{verb.label}{kind.label}")


def check_other_person(actor: Actor, handlers: Collection[str], units: Collection[UnitId]) -> None:
    """Raise NotPermitted when the one who handled it, or a colleague of the unit, would verify it."""
    if actor.key in handlers or actor.unit_ids & set(units):
        raise NotPermitted(verb="核查自己或本单位办理的事件")


def check_may_request(kind: RequestKind, *, final: bool) -> None:
    """Raise Incomplete when a final designation would be returned or passed on (首接负责, D03)."""
    if final and kind in (RequestKind.RETURN, RequestKind.TRANSFER):
        raise Incomplete(reason="最终指定的承办单位不得退回或转办")


def check_may_answer(state: AssignmentState, *, urgent: bool) -> None:
    """Raise IllegalMove when an urgent case is answered before anybody arrived."""
    if urgent and state is not AssignmentState.ARRIVED:
        raise IllegalMove(
            state=Sentence("{state}（紧急事件须先到场）", state=state.label), verb=Verb.ANSWER.label
        )


def settle(assignments: Iterable[tuple[Part, AssignmentState]]) -> Verb | None:
    """Return what follows for the case from the assignments of its present round.

    Somebody still works on it → nothing; all answered, the lead among them → FINISH;
    nobody left who answers for it → UNASSIGN, the centre calls again.
    """
    rows = list(assignments)
    if any(state in LIVE for _, state in rows):
        return None
    if (Part.LEAD, AssignmentState.ANSWERED) in rows:
        return Verb.FINISH
    return Verb.UNASSIGN


def possible(
    actor: Actor, state: State, area_code: str, number: str, calls: Iterable[tuple[UnitId, AssignmentState]]
) -> frozenset[Verb]:
    """Return what the actor may do with a case as it stands: what a page offers as buttons.

    calls: the assignments of every round; a unit that has answered may still say something. An action may
    still refuse for what is in the form, or for who handled it. Decisions on requests are not among them:
    they belong to the request.
    """
    known = list(calls)
    live = {unit: each for unit, each in known if each in LIVE}
    called = frozenset(unit for unit, _ in known)
    return frozenset(
        verb
        for verb, roles in GRANTS.items()
        if (state, verb) in MOVES and _may(actor, roles, verb, area_code, number, live, called)
    )


def _may(
    actor: Actor,
    roles: frozenset[Role],
    verb: Verb,
    area_code: str,
    number: str,
    live: dict[UnitId, AssignmentState],
    called: frozenset[UnitId],
) -> bool:
    if roles == GRANTS[Verb.ACKNOWLEDGE]:  # of the called unit alone
        own = [each for unit, each in live.items() if actor.may_act_for(roles, unit)]
        return any(verb is Verb.REQUEST or (each, verb) in ASSIGNMENT_MOVES for each in own)
    if verb is Verb.WITHDRAW and not live:
        return False
    try:
        check_permitted(actor, verb, area_code, number, called)
    except NotPermitted:
        return False
    return True
