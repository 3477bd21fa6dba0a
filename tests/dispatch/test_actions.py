"""Assigning with advice, on the database."""

from datetime import timedelta

import pytest

from huying.cases import actions as cases
from huying.cases.models import Case
from huying.cases.policy.reports import Call
from huying.cases.states import State
from huying.dispatch import actions, queries
from huying.dispatch.models import RoutingDecision
from huying.ledger import queries as ledger
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import UnitId

from .conftest import NOW, STREET, Street

LATER = NOW + timedelta(hours=1)


def handled(street: Street, unit: UnitId, count: int) -> None:
    for _ in range(count):
        cases.assign(street.accepted(), [Call(unit)], actor=street.chen, now=NOW)


def test_advice_says_who_and_why(street: Street) -> None:
    handled(street, street.roads, 3)
    handled(street, street.water, 1)

    advice = queries.advice(street.chen, street.accepted(), now=LATER)

    first = advice.proposals[0]
    assert (first.unit, first.name) == (str(street.roads), "市政科")
    assert first.reasons[0].text == "类别“路灯”在城厢街道：4件中3件由市政科办理"


def test_advice_is_for_those_who_may_see_the_case(street: Street) -> None:
    with pytest.raises(NotFound):
        queries.advice(street.stranger, street.accepted(), now=LATER)


def test_following_the_advice_is_kept_with_the_decision(street: Street) -> None:
    handled(street, street.roads, 2)
    number = street.accepted()
    calls = [Call(street.roads), Call(street.squad, lead=False)]

    decision = actions.assign(number, calls, actor=street.chen, now=LATER)

    assert decision is not None
    assert (decision.proposed_unit_id, decision.chosen_unit_id) == (street.roads, street.roads)
    assert (decision.overridden, decision.co_unit_ids, decision.actor) == (False, [street.squad], "staff:4")
    assert Case.objects.get(number=number).state == State.IN_HAND
    assert "route" in [entry.verb for entry in ledger.history(f"case:{number}")]


def test_another_choice_counts_as_overruled(street: Street) -> None:
    handled(street, street.roads, 2)
    actions.assign(street.accepted(), [Call(street.roads)], actor=street.chen, now=LATER)
    actions.assign(street.accepted(), [Call(street.water)], actor=street.chen, now=LATER)

    rate = queries.override_rate(LATER, LATER + timedelta(days=1), area_prefix=STREET)

    assert (rate.decided, rate.overridden, rate.rate) == (2, 1, 0.5)
    elsewhere = queries.override_rate(LATER, LATER + timedelta(days=1), area_prefix="330109002")
    assert (elsewhere.decided, elsewhere.rate) == (0, None)


def test_without_a_proposal_nothing_is_overruled(street: Street) -> None:
    decision = actions.assign(street.accepted(), [Call(street.water)], actor=street.chen, now=LATER)

    assert decision is not None
    assert (decision.proposed_unit_id, decision.proposed, decision.overridden) == (None, [], False)


def test_a_refused_assignment_keeps_no_decision(street: Street) -> None:
    number = street.accepted()
    before = ledger.count(f"case:{number}")

    with pytest.raises(Incomplete):
        actions.assign(number, [], actor=street.chen, now=LATER)

    assert RoutingDecision.objects.count() == 0
    assert ledger.count(f"case:{number}") == before
    assert Case.objects.get(number=number).state == State.ACCEPTED


def test_a_model_serves_half_an_hour(street: Street) -> None:
    handled(street, street.roads, 2)
    first = queries.model(now=LATER)
    handled(street, street.water, 9)

    assert queries.model(now=LATER + timedelta(minutes=29)) is first
    assert queries.model(now=LATER + timedelta(minutes=30)).cases == 11


def test_a_model_that_a_worker_keeps_is_not_learned_in_a_request(street: Street) -> None:
    handled(street, street.roads, 2)
    actions.keep_model(queries.learn_anew(now=LATER))
    handled(street, street.water, 9)
    queries.forget()

    kept = queries.model(now=LATER + timedelta(hours=5))
    assert kept.cases == 2  # stale, but at once
    assert queries.model(now=LATER + timedelta(hours=6)) is kept
    assert queries.is_due(now=LATER + timedelta(hours=6))
    actions.keep_model(queries.learn_anew(now=LATER + timedelta(hours=6)))
    assert queries.model(now=LATER + timedelta(hours=7)).cases == 11
    assert not queries.is_due(now=LATER + timedelta(hours=6, minutes=29))


def test_a_simulated_moment_does_not_know_what_was_learned_later(street: Street) -> None:
    handled(street, street.roads, 2)
    actions.keep_model(queries.learn_anew(now=LATER + timedelta(days=1)))
    queries.forget()

    assert queries.model(now=LATER).learned_at == LATER
