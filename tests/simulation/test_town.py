"""The stories before anything is done: legal, repeatable, and with every verb of the loop."""

from dataclasses import replace
from itertools import pairwise

from huying.cases.states import MOVES, Verb
from huying.simulation.blueprint import Ground
from huying.simulation.deeds import DEEDS
from huying.simulation.people import DAY, Scenario
from huying.simulation.town import Step, Town

from .conftest import START

MONTH = Scenario(days=30, reports_per_day=60, seed=3)
BY_READERS = {Verb.JOIN, Verb.PUBLISH, Verb.UNPUBLISH}  # of the public pages, which nobody simulates
FOLLOWING = {Verb.FINISH, Verb.UNASSIGN, Verb.RETURN, Verb.TRANSFER, Verb.SUSPEND, Verb.REOPEN}


def told(scenario: Scenario, ground: Ground) -> list[Step]:
    return list(Town(scenario, ground, START.date(), scenario.days * DAY).steps())


def test_the_same_seed_tells_the_same_story(ground: Ground) -> None:
    assert told(MONTH, ground) == told(MONTH, ground)
    assert told(MONTH, ground) != told(replace(MONTH, seed=4), ground)


def test_every_verb_of_the_loop_is_told(ground: Ground) -> None:
    by_themselves = FOLLOWING  # done by the actions when their time has come
    others = {verb for _, verb in MOVES} - by_themselves - BY_READERS
    assert {step.verb for step in told(MONTH, ground)} == others | {Verb.REPORT}
    assert set(DEEDS) | {Verb.REPORT} == {step.verb for step in told(MONTH, ground)}


def test_steps_come_in_the_order_of_time(ground: Ground) -> None:
    assert all(one.at <= other.at for one, other in pairwise(told(MONTH, ground)))


def test_a_policy_leaves_the_troubles_as_they_are(ground: Ground) -> None:
    plain, hurried = (
        Town(MONTH, ground, START.date(), DAY),
        Town(replace(MONTH, limits={"accept": 5.0}), ground, START.date(), DAY),
    )
    facts = [[(t.at, t.leaf, t.building, t.channel) for t in town.troubles] for town in (plain, hurried)]
    assert facts[0] == facts[1]


def test_fewer_officers_make_people_wait(ground: Ground) -> None:
    def waiting(officers: int) -> float:
        steps = told(replace(MONTH, reports_per_day=400, days=2, officers=officers), ground)
        reported = {step.case: step.at for step in steps if step.verb is Verb.REPORT}
        taken = [step.at - reported[step.case] for step in steps if step.verb is Verb.ACCEPT]
        return sum(taken) / len(taken)

    assert waiting(3) > 1.5 * waiting(9)
