"""A step is two trips to the database: one that locks and reads, one that writes, reads and commits."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from tests.database.trips import Trips, noted

from huying.cases import actions, queries
from huying.cases.actions import door
from huying.cases.actions.finding import Found
from huying.cases.models import Move
from huying.cases.policy.reports import Arrival, Call
from huying.cases.states import State, Verb
from huying.clocks.models import Deadline
from huying.clocks.states import DeadlineState, Stage
from huying.database import waking
from huying.database.backend.prepared import COMMIT
from huying.ledger.models import Entry

from .conftest import NOW, Cast

LATE = NOW + timedelta(days=1)


@pytest.fixture
def trips(racing: Cast, monkeypatch: pytest.MonkeyPatch) -> Trips:
    """What is asked from now on, by trip. Everything in memory has been read before."""
    racing.closed()
    monkeypatch.setattr(waking, "EVERY_SECONDS", 1e9)  # woken is who listens on another occasion
    return noted(monkeypatch)


def commits(trips: Trips) -> list[bool]:
    """Tell of each trip whether it ends the transaction."""
    return [COMMIT in trip for trip in trips]


def test_a_step_and_the_case_it_shows_are_two_trips(racing: Cast, trips: Trips) -> None:
    number = racing.reported()
    trips.clear()
    shown = queries.whole_after(
        racing.chen, number, lambda: actions.accept(number, actor=racing.chen, now=NOW)
    )
    assert (commits(trips), [len(trip) for trip in trips]) == ([False, True], [1, 3])
    assert shown.case["state"] == State.ACCEPTED
    assert [clock.stage for clock in shown.clocks] == [Stage.ASSIGN]


def test_every_plain_step_is_two_trips(racing: Cast, trips: Trips) -> None:
    number = racing.accepted()
    for step, actor in (
        (partial(actions.assign, number, [Call(racing.roads)]), racing.chen),
        (partial(actions.acknowledge, number), racing.zhao),
        (partial(actions.arrive, number, Arrival(120.27, 30.16)), racing.zhao),
        (partial(actions.answer, number, opinion="已更换灯泡"), racing.zhao),
        (partial(actions.verify, number), racing.chen),
    ):
        trips.clear()
        step(actor=actor, now=NOW)
        assert commits(trips) == [False, True], step
    assert racing.case(number).state == State.CLOSED


def test_a_clock_that_ran_out_unnoticed_is_fired_in_the_same_transaction(racing: Cast, trips: Trips) -> None:
    number = racing.reported()
    trips.clear()
    shown = queries.whole_after(
        racing.chen, number, lambda: actions.accept(number, actor=racing.chen, now=LATE)
    )
    assert True not in commits(trips)
    assert shown.case["state"] == State.ACCEPTED
    assert fired(number) == (DeadlineState.LATE, 1)


def test_a_clock_that_ran_out_after_the_look_is_fired_nevertheless(
    racing: Cast, trips: Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A calendar is published between the two trips, and by it the time was over before."""
    find = door.find

    def calm(number: str, **asked: object) -> Found:
        return replace(find(number, **asked), is_calm=True)  # type: ignore[arg-type]

    monkeypatch.setattr(door, "find", calm)
    number = racing.reported()
    trips.clear()
    actions.accept(number, actor=racing.chen, now=LATE)
    assert True in commits(trips)
    assert fired(number) == (DeadlineState.LATE, 1)


def fired(number: str) -> tuple[str, int]:
    """Return how the clock for accepting ended, and how many entries say that it ran out."""
    state = Deadline.objects.get(case_number=number, stage=Stage.ACCEPT).state
    return state, Entry.objects.filter(subject=f"case:{number}", verb="deadline_due").count()


def test_within_another_transaction_nothing_is_committed(racing: Cast, trips: Trips) -> None:
    number = racing.reported()
    trips.clear()
    with transaction.atomic():
        actions.accept(number, actor=racing.chen, now=NOW)
        transaction.set_rollback(True)
    assert True not in commits(trips)
    assert list(Move.objects.filter(case__number=number).values_list("verb", flat=True)) == ["report"]


def test_what_is_to_be_rolled_back_is_not_committed(racing: Cast, trips: Trips) -> None:
    number = racing.reported()
    with door.opened(number, Verb.ACCEPT, actor=racing.chen, now=NOW) as held:
        held.move(Verb.NOTE)
        trips.clear()
        transaction.set_rollback(True)
    assert True not in commits(trips)
    assert list(Move.objects.filter(case__number=number).values_list("verb", flat=True)) == ["report"]


def test_two_cases_under_lock_are_written_together(racing: Cast, trips: Trips) -> None:
    first, second = racing.accepted(), racing.accepted()
    trips.clear()
    actions.merge(second, into=first, actor=racing.chen, now=NOW)
    assert True not in commits(trips)
    assert racing.case(second).merged_into == racing.case(first)
