"""Life in the demonstration keeps the promises, and leaves to people what people took in hand."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from tests.simulation.conftest import SMALL, START, build

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.models import Case, Move
from huying.cases.policy.reports import Call, Place, Report, fingerprint
from huying.cases.states import Channel, State, Verb
from huying.org import queries as org
from huying.org.policy import RESIDENT, Actor
from huying.simulation import blueprint, street
from huying.simulation.deeds import SOURCE
from huying.simulation.life import MANY, REST, Happened, Life
from huying.simulation.organisation import CENTRE, member, unit_code

MORNING = START + timedelta(hours=9)
LOGIN = member(unit_code(CENTRE), 1)


@pytest.fixture
def life(db: None, folder: Path) -> Life:
    build()
    return living(folder)


def living(folder: Path, *, everything: bool = False) -> Life:
    ground = blueprint.ground(SMALL, street.SEED)
    return Life(ground, [LOGIN], folder=folder, now=MORNING, random=Random(7), everything=everything)


def run(life: Life, count: int, since: datetime = MORNING) -> list[Happened]:
    """Let so many things happen, a minute apart."""
    done = [life.happen(since + timedelta(minutes=nr)) for nr in range(count)]
    return [each for each in done if each]


def commander() -> Actor:
    return org.staff_actors(blueprint.street_code(), at=MORNING)[LOGIN]


def own_report(now: datetime) -> str:
    ground = blueprint.ground(SMALL, street.SEED)
    sent = Report(
        source="resident",
        key="mine",
        text="楼道灯不亮",
        place=Place(ground.buildings[0].grid, text="楼下"),
        channel=Channel.RESIDENT,
        fingerprint=fingerprint("mine"),
        category_id=Life(ground, [], folder=Path(), now=now, random=Random(1)).hands.categories["E0101"],
    )
    return actions.report(sent, actor=RESIDENT, now=now).number


def test_reports_arrive_and_are_worked_to_the_end(life: Life) -> None:
    done = run(life, 250)
    verbs = {each.verb for each in done}
    assert {Verb.REPORT, Verb.ACCEPT, Verb.ASSIGN, Verb.ACKNOWLEDGE, Verb.ARRIVE, Verb.ANSWER} <= verbs
    assert Case.objects.filter(state=State.CLOSED).count() > 5
    assert 8 < Case.objects.exclude(state__in=[State.CLOSED, State.DECLINED]).count() <= MANY
    assert set(Case.objects.values_list("source", flat=True)) == {SOURCE}
    assert list(cases.violations(MORNING + timedelta(minutes=251), life.hands.folder)) == []


def test_nobody_acts_in_the_name_of_who_has_a_login(life: Life) -> None:
    run(life, 100)
    assert not Move.objects.filter(actor=commander().key).exists()


def test_a_case_rests_before_the_next_step(life: Life) -> None:
    run(life, 80)
    for number in Case.objects.values_list("number", flat=True):
        ats = list(Move.objects.filter(case__number=number).order_by("seq").values_list("at", flat=True))
        assert all(after == before or after - before >= REST for before, after in pairwise(ats))


def test_the_reports_of_people_are_left_to_people(life: Life, folder: Path) -> None:
    number = own_report(MORNING)
    run(life, 150)
    assert Case.objects.get(number=number).moves_made == 1
    run(living(folder, everything=True), 150, MORNING + timedelta(hours=3))
    assert Case.objects.get(number=number).moves_made > 1


def test_who_took_a_case_in_hand_keeps_his_part_of_it(life: Life) -> None:
    """The desk's steps wait for him; those of the units go on once he has called them."""
    number = own_report(MORNING)
    Case.objects.filter(number=number).update(source=SOURCE)
    life.happen(MORNING)
    actions.accept(number, actor=commander(), now=MORNING)
    run(life, 150)
    assert Case.objects.get(number=number).state == State.ACCEPTED
    later = MORNING + timedelta(hours=3)
    squad = life.hands.units[unit_code("squad")]
    actions.assign(number, [Call(squad)], actor=commander(), now=later)
    run(life, 300, later)
    case = Case.objects.get(number=number)
    assert case.state == State.HANDLED  # the unit answered; to verify it is his again
