"""Every step is in a table or refused; who may do it; what follows by itself."""

from itertools import product

import pytest

from huying.cases.policy import moves
from huying.cases.states import (
    ASSIGNMENT_MOVES,
    CREATES,
    DECIDERS,
    GRANTS,
    LIVE,
    MOVES,
    OPEN,
    REQUEST_MOVES,
    AssignmentState,
    Part,
    RequestKind,
    RequestState,
    State,
    Verb,
)
from huying.org.policy import Actor, Grant
from huying.org.states import Role
from huying.shared.errors import IllegalMove, Incomplete, NotPermitted
from huying.shared.ids import UnitId

AREA, ELSEWHERE = "330109001002003", "330109009"
NUMBER = "HY-330109001-20260401-00001"


def actor(role: Role, *, area: str = "330109001", unit: int | None = None, key: str = "staff:1") -> Actor:
    return Actor(key, grants=frozenset({Grant(role, area, UnitId(unit) if unit else None)}))


@pytest.mark.parametrize(("state", "verb"), list(product(State, Verb)))
def test_every_step_of_a_case_is_in_the_table_or_refused(state: State, verb: Verb) -> None:
    if (state, verb) in MOVES:
        assert moves.next_state(state, verb) is MOVES[state, verb]
    else:
        with pytest.raises(IllegalMove) as refused:
            moves.next_state(state, verb)
        assert str(refused.value) == f"{state.label}状态下不能执行“{verb.label}”。"


@pytest.mark.parametrize(("state", "verb"), list(product(AssignmentState, Verb)))
def test_every_step_of_an_assignment_is_in_the_table_or_refused(state: AssignmentState, verb: Verb) -> None:
    if (state, verb) in ASSIGNMENT_MOVES:
        assert moves.next_assignment_state(state, verb) is ASSIGNMENT_MOVES[state, verb]
    else:
        with pytest.raises(IllegalMove):
            moves.next_assignment_state(state, verb)


@pytest.mark.parametrize(("state", "verb"), list(product(RequestState, Verb)))
def test_every_step_of_a_request_is_in_the_table_or_refused(state: RequestState, verb: Verb) -> None:
    if (state, verb) in REQUEST_MOVES:
        assert moves.next_request_state(state, verb) is REQUEST_MOVES[state, verb]
    else:
        with pytest.raises(IllegalMove):
            moves.next_request_state(state, verb)


def test_every_state_can_be_reached_and_left_unless_it_is_final() -> None:
    reached = {State.REPORTED}
    while more := {after for (before, _), after in MOVES.items() if before in reached} - reached:
        reached |= more
    left = {before for (before, _), after in MOVES.items() if before is not after}

    assert reached == set(State)
    assert set(State) - left == {State.DECLINED, State.MERGED}
    assert {State.CLOSED, State.DECLINED, State.MERGED} == set(State) - OPEN


def test_every_verb_is_used_and_every_verb_of_a_person_is_granted() -> None:
    used = {verb for _, verb in [*MOVES, *ASSIGNMENT_MOVES, *REQUEST_MOVES]} | set(CREATES)
    by_itself = {Verb.FINISH, Verb.UNASSIGN, Verb.LAPSE, Verb.RETURN, Verb.TRANSFER, Verb.SUSPEND}
    decided = {Verb.APPROVE, Verb.REFUSE}

    assert used == set(Verb)
    assert set(Verb) - by_itself - decided == set(GRANTS)
    assert set(DECIDERS) == set(RequestKind)


@pytest.mark.parametrize(("verb", "role"), list(product(GRANTS, Role)))
def test_a_role_may_do_what_it_is_granted_in_its_own_area_only(verb: Verb, role: Role) -> None:
    somebody = actor(role)
    if role in GRANTS[verb] - {Role.RESIDENT}:
        moves.check_permitted(somebody, verb, AREA, NUMBER)
    else:
        with pytest.raises(NotPermitted):
            moves.check_permitted(somebody, verb, AREA, NUMBER)
    with pytest.raises(NotPermitted):
        moves.check_permitted(somebody, verb, ELSEWHERE, NUMBER)


@pytest.mark.parametrize("verb", GRANTS)
def test_a_resident_acts_only_with_the_receipt_of_this_case(verb: Verb) -> None:
    with_receipt = Actor("resident", case_numbers=frozenset({NUMBER}))
    if Role.RESIDENT in GRANTS[verb]:
        moves.check_permitted(with_receipt, verb, AREA, NUMBER)
    else:
        with pytest.raises(NotPermitted):
            moves.check_permitted(with_receipt, verb, AREA, NUMBER)
    with pytest.raises(NotPermitted):
        moves.check_permitted(with_receipt, verb, AREA, "HY-330109001-20260401-00002")


@pytest.mark.parametrize(
    ("kind", "role", "allowed"),
    [
        # the centre decides what changes who works and how long
        (RequestKind.RETURN, Role.COMMANDER, True),
        (RequestKind.EXTENSION, Role.COMMANDER, True),
        (RequestKind.TRANSFER, Role.COMMANDER, True),
        # a clock stands still only when a leader says so
        (RequestKind.SUSPENSION, Role.COMMANDER, False),
        (RequestKind.SUSPENSION, Role.LEADER, True),
        (RequestKind.EXTENSION, Role.LEADER, True),
        # nobody decides his own request, and supervisors only read
        (RequestKind.RETURN, Role.UNIT_WORKER, False),
        (RequestKind.EXTENSION, Role.SUPERVISOR, False),
    ],
)
def test_who_decides_a_request(kind: RequestKind, role: Role, allowed: bool) -> None:
    if allowed:
        moves.check_decider(actor(role), Verb.APPROVE, kind, AREA)
    else:
        with pytest.raises(NotPermitted):
            moves.check_decider(actor(role), Verb.APPROVE, kind, AREA)


def test_only_the_called_unit_acts_for_itself() -> None:
    zhao = actor(Role.UNIT_WORKER, unit=7)
    moves.check_unit(zhao, Verb.ANSWER, UnitId(7))
    with pytest.raises(NotPermitted):
        moves.check_unit(zhao, Verb.ANSWER, UnitId(8))
    with pytest.raises(NotPermitted):
        moves.check_unit(actor(Role.COMMANDER), Verb.ANSWER, UnitId(7))


@pytest.mark.parametrize(
    "verifier",
    [
        actor(Role.COMMANDER, key="staff:9"),  # the one who answered, under another role
        actor(Role.UNIT_WORKER, unit=7, key="staff:2"),  # a colleague from the same unit
    ],
)
def test_nobody_verifies_his_own_work_or_that_of_his_unit(verifier: Actor) -> None:
    with pytest.raises(NotPermitted, match="核查自己或本单位办理的事件"):
        moves.check_other_person(verifier, {"staff:9"}, {UnitId(7)})


def test_another_person_verifies() -> None:
    moves.check_other_person(actor(Role.COMMANDER, key="staff:3"), {"staff:9"}, {UnitId(7)})


@pytest.mark.parametrize("kind", [RequestKind.RETURN, RequestKind.TRANSFER])
def test_a_final_designation_cannot_be_returned_or_passed_on(kind: RequestKind) -> None:
    moves.check_may_request(kind, final=False)
    with pytest.raises(Incomplete, match="最终指定"):
        moves.check_may_request(kind, final=True)


def test_a_final_designation_may_still_ask_for_time() -> None:
    moves.check_may_request(RequestKind.EXTENSION, final=True)
    moves.check_may_request(RequestKind.SUSPENSION, final=True)


@pytest.mark.parametrize("state", [*LIVE])
def test_an_urgent_case_is_answered_only_by_who_has_arrived(state: AssignmentState) -> None:
    moves.check_may_answer(state, urgent=False)
    if state is AssignmentState.ARRIVED:
        moves.check_may_answer(state, urgent=True)
    else:
        with pytest.raises(IllegalMove, match="紧急事件须先到场"):
            moves.check_may_answer(state, urgent=True)


@pytest.mark.parametrize(
    ("assignments", "follows"),
    [
        # the only unit has answered: to be verified
        ([(Part.LEAD, AssignmentState.ANSWERED)], Verb.FINISH),
        # a supporting unit still works: wait
        ([(Part.LEAD, AssignmentState.ANSWERED), (Part.SUPPORT, AssignmentState.CALLED)], None),
        # the support was returned, the lead has answered: to be verified
        ([(Part.LEAD, AssignmentState.ANSWERED), (Part.SUPPORT, AssignmentState.RETURNED)], Verb.FINISH),
        # the lead was returned and only the support has answered: somebody must lead
        ([(Part.LEAD, AssignmentState.RETURNED), (Part.SUPPORT, AssignmentState.ANSWERED)], Verb.UNASSIGN),
        # passed on, and the new unit has the call
        ([(Part.LEAD, AssignmentState.TRANSFERRED), (Part.LEAD, AssignmentState.CALLED)], None),
        # everybody was called off
        ([(Part.LEAD, AssignmentState.WITHDRAWN)], Verb.UNASSIGN),
        # a new round in which nobody has been called
        ([], Verb.UNASSIGN),
    ],
)
def test_what_follows_for_the_case(
    assignments: list[tuple[Part, AssignmentState]], follows: Verb | None
) -> None:
    assert moves.settle(assignments) is follows
