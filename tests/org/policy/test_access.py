import pytest

from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.policy.access import (
    check_grant,
    check_grant_scope,
    check_password,
    require,
    require_role,
    require_signed_in,
)
from huying.org.states import GAP_READERS, GRANTS, INCOMPATIBLE, SCOPES, SELF_SERVICE, Role, Scope, Verb
from huying.shared.errors import Incomplete, NotPermitted, NotSignedIn
from huying.shared.ids import StaffId, UnitId

HERE, ELSEWHERE = "330109001", "330109002"


def actor(role: Role, prefix: str = HERE) -> Actor:
    grant = Grant(role, unit_id=UnitId(7)) if SCOPES[role] is Scope.UNIT else Grant(role, prefix)
    return Actor("staff:1", grants=frozenset({grant}), staff_id=StaffId(1))


def allowed(who: Actor, verb: Verb, area_code: str | None, concerns: StaffId | None = None) -> bool:
    try:
        require(who, verb, area_code=area_code, concerns=concerns)
    except NotPermitted:
        return False
    return True


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("role", Role)
def test_every_role_and_verb_at_home_and_elsewhere(role: Role, verb: Verb) -> None:
    may = role in GRANTS[verb]
    assert allowed(actor(role), verb, HERE) is may
    assert allowed(actor(role), verb, f"{HERE}001") is may
    assert not allowed(actor(role), verb, ELSEWHERE)
    assert not allowed(actor(role), verb, "")  # what has no area needs a role over all of them
    assert allowed(actor(role), verb, None) is may
    assert not allowed(RESIDENT, verb, HERE)
    assert allowed(SYSTEM, verb, HERE)


@pytest.mark.parametrize("verb", Verb)
def test_some_verbs_are_open_to_the_person_concerned(verb: Verb) -> None:
    wang = actor(Role.GRID_WORKER)
    assert allowed(wang, verb, ELSEWHERE, StaffId(1)) is (verb in SELF_SERVICE)
    assert not allowed(wang, verb, ELSEWHERE, StaffId(2))
    assert not allowed(RESIDENT, verb, ELSEWHERE, None)


def test_every_verb_and_role_has_its_row() -> None:
    assert set(GRANTS) == set(Verb)
    assert set(SCOPES) == set(Role)


def test_administrators_and_supervisors_are_kept_apart() -> None:
    for role, others in INCOMPATIBLE.items():
        for other in others:
            with pytest.raises(Incomplete):
                check_grant(role, frozenset({other}), to_oneself=False)
            with pytest.raises(Incomplete):
                check_grant(other, frozenset({role}), to_oneself=False)
    check_grant(Role.COMMANDER, frozenset({Role.GRID_WORKER, Role.RESIDENT}), to_oneself=False)


def test_nobody_grants_to_himself() -> None:
    with pytest.raises(NotPermitted):
        check_grant(Role.COMMANDER, frozenset(), to_oneself=True)


@pytest.mark.parametrize(
    ("role", "area_code", "unit_id"),
    [
        # a department's worker without department
        (Role.UNIT_WORKER, "", None),
        # both bounds at once
        (Role.UNIT_WORKER, HERE, UnitId(7)),
        # an area role for a unit
        (Role.COMMANDER, "", UnitId(7)),
    ],
)
def test_grants_that_do_not_fit_the_role(role: Role, area_code: str, unit_id: UnitId | None) -> None:
    with pytest.raises(Incomplete):
        check_grant_scope(role, area_code=area_code, unit_id=unit_id)


def test_grants_that_fit_the_role() -> None:
    check_grant_scope(Role.UNIT_WORKER, area_code="", unit_id=UnitId(7))
    check_grant_scope(Role.COMMANDER, area_code=HERE, unit_id=None)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Ab3456789", True),
        ("ab3456_89", True),
        ("呼应有呼必应ab1", True),  # letters without case count as neither
        ("abcdefgh1", False),
        ("Ab3456!", False),
        ("Xwang2026", False),
    ],
)
def test_passwords(password: str, good: bool) -> None:
    if good:
        check_password(password, "wang")
        return
    with pytest.raises(Incomplete):
        check_password(password, "Wang")


@pytest.mark.parametrize("role", Role)
def test_gap_readers(role: Role) -> None:
    if role in GAP_READERS:
        require_role(actor(role), GAP_READERS, area_code=HERE, doing="查看")
    else:
        with pytest.raises(NotPermitted):
            require_role(actor(role), GAP_READERS, area_code=HERE, doing="查看")
    with pytest.raises(NotPermitted):
        require_role(actor(role), GAP_READERS, area_code=ELSEWHERE, doing="查看")


def test_a_resident_is_asked_to_sign_in() -> None:
    for refuse in (
        lambda: require_signed_in(RESIDENT),
        lambda: require_role(RESIDENT, GAP_READERS, area_code=HERE, doing="查看"),
    ):
        with pytest.raises(NotSignedIn):
            refuse()


def test_what_an_actor_is() -> None:
    zhao = actor(Role.UNIT_WORKER)
    assert (zhao.roles, zhao.unit_ids) == ({Role.UNIT_WORKER}, {UnitId(7)})
    assert zhao.may_act_for(frozenset({Role.UNIT_WORKER}), UnitId(7))
    assert not zhao.may_act_for(frozenset({Role.UNIT_WORKER}), UnitId(8))
    assert not zhao.may_act_in(frozenset({Role.UNIT_WORKER}), HERE)
