"""A past day played to its end is what the day was."""

from datetime import datetime, timedelta

from tests.cases.conftest import NOW, STREET, Cast

from huying.cases import actions
from huying.cases.policy.reports import Call
from huying.cockpit import board, drawing, queries
from huying.cockpit.policy import Scope

BEFORE, DAY, AFTER = NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)
STREET_ONLY = Scope((STREET,))


def reported(cast: Cast, at: datetime) -> str:
    return actions.report(cast.report(), actor=cast.lin, now=at).number


def closed(cast: Cast, number: str, at: datetime) -> str:
    actions.accept(number, actor=cast.chen, now=at)
    actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=at)
    actions.acknowledge(number, actor=cast.zhao, now=at)
    actions.answer(number, actor=cast.zhao, now=at, opinion="已更换灯泡")
    actions.verify(number, actor=cast.chen, now=at)
    return number


def played(day: queries.Day, *, until: int) -> tuple[int, int, int]:
    """Return how many were reported, closed and are open at a second of the day, as the page reckons it."""
    states = [each.state for each in day.cases]
    came, rest = 0, set()
    for step in day.steps:
        if step.second > until:
            break
        came += states[step.case] is None
        states[step.case] = step.state
        (rest.add if step.state == "closed" else rest.discard)(step.case)
    return came, len(rest), sum(state not in (None, "closed", "declined", "merged") for state in states)


def test_the_end_of_the_day_is_what_sql_says_of_it(cast: Cast) -> None:
    closed(cast, reported(cast, BEFORE), BEFORE)  # over before the day: not in it
    old = closed(cast, reported(cast, BEFORE), DAY)
    open_since = reported(cast, BEFORE)
    quick = closed(cast, reported(cast, DAY), DAY + timedelta(hours=1))
    new = reported(cast, DAY + timedelta(hours=2))
    again = closed(cast, reported(cast, DAY), DAY)
    actions.reopen(again, actor=cast.with_receipt(again), now=AFTER, reason="又坏了")  # no part of the day
    reported(cast, AFTER)
    day = queries.day(STREET_ONLY, *board.bounds(DAY.date()))
    assert {each.number for each in day.cases} == {old, open_since, quick, new, again}
    assert (day.reported, day.closed, day.open) == (3, 3, 2)
    assert played(day, until=86_400) == (3, 3, 2)
    assert played(day, until=0) == (0, 0, 2)  # midnight: two from yesterday


def test_what_is_sent_is_small_and_names_nobody(cast: Cast) -> None:
    number = closed(cast, reported(cast, DAY), DAY)
    sent = drawing.played(queries.day(STREET_ONLY, *board.bounds(DAY.date())))
    assert sent["totals"] == {"reported": 1, "closed": 1, "open": 0}
    assert [step[2] for step in sent["steps"]] == ["reported", "accepted", "in_hand", "handled", "closed"]
    assert sent["cases"] == [[number, 120.27, 30.16, "", False, f"/cases/{number}/"]]
