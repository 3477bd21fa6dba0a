"""Who may look at what, and which colour a grid has."""

import pytest

from huying.cockpit.policy import Scope, alarm, scope
from huying.cockpit.states import Alarm
from huying.org.policy import Actor, Grant
from huying.org.states import Role
from huying.shared.errors import NotFound, NotPermitted


@pytest.mark.parametrize(
    ("open_cases", "overdue", "urgent_overdue", "colour"),
    [
        (0, 0, 0, Alarm.GREEN),
        (1, 0, 0, Alarm.BLUE),
        (4, 0, 0, Alarm.BLUE),
        (5, 0, 0, Alarm.YELLOW),  # many
        (1, 1, 0, Alarm.ORANGE),
        (9, 2, 0, Alarm.ORANGE),  # late weighs more than many
        (3, 3, 0, Alarm.RED),
        (1, 1, 1, Alarm.RED),  # one urgent case overdue is enough
    ],
)
def test_the_colour_of_a_grid(open_cases: int, overdue: int, urgent_overdue: int, colour: Alarm) -> None:
    assert alarm(open_cases, overdue, urgent_overdue) is colour


def actor(*grants: Grant) -> Actor:
    return Actor("staff:1", grants=frozenset(grants))


def test_who_has_no_cockpit_is_refused() -> None:
    with pytest.raises(NotPermitted):
        scope(actor(Grant(Role.GRID_WORKER, "330109001")), "")


def test_areas_inside_others_are_not_shown_twice() -> None:
    two = actor(
        Grant(Role.LEADER, "330109001"),
        Grant(Role.COMMANDER, "330109001002"),
        Grant(Role.LEADER, "330109003"),
    )
    assert scope(two, "") == Scope(("330109001", "330109003"))
    assert scope(two, "").within == "33010900"
    assert scope(two, "330109001002") == Scope(("330109001002",), "330109001002")


def test_an_area_that_is_not_his_is_not_there() -> None:
    with pytest.raises(NotFound):
        scope(actor(Grant(Role.LEADER, "330109001")), "330109002")
    with pytest.raises(NotFound):  # nor a wider one
        scope(actor(Grant(Role.LEADER, "330109001")), "330109")


def test_who_sees_all_sees_all() -> None:
    assert scope(actor(Grant(Role.SUPERVISOR, "")), "").prefixes == ["%"]
