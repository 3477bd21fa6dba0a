"""The day of a unit: who goes where, planned by its own people alone."""

from datetime import date, time

import pytest
from django.utils.timezone import localdate, now
from tests.cases.conftest import NOW, Cast
from tests.field import signed_in

from huying.cases import actions as cases
from huying.departments import actions, queries
from huying.departments.actions import Going
from huying.departments.models import Visit
from huying.ledger.models import Entry
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import Employment, Role
from huying.shared.errors import Incomplete, NotFound, NotPermitted

TODAY = date(2026, 4, 1)


def colleague(name: str) -> int:
    hired = org.hire(name=name, employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    org.grant(hired.pk, Role.UNIT_WORKER, unit_code="roads", now=NOW, actor=SYSTEM)
    return int(hired.pk)


def plan(cast: Cast, number: str, **going: object) -> Visit:
    wanted = Going(**{"day": TODAY, **going})  # type: ignore[arg-type]
    return actions.plan(number, cast.roads, wanted, actor=cast.zhao, now=NOW)


def test_the_day_is_in_the_order_of_its_times_with_names(cast: Cast) -> None:
    he, she = colleague("周大山"), colleague("郑小水")
    late, early, some_time = cast.in_hand(), cast.in_hand(), cast.in_hand()
    plan(cast, late, at=time(15), goes=[he, she])
    plan(cast, some_time)
    plan(cast, early, at=time(9))
    found = queries.day(cast.zhao, TODAY)
    assert [each.visit.case_number for each in found] == [early, late, some_time]
    assert set(found[1].people) == {"周大山", "郑小水"}
    assert queries.day(cast.qian, TODAY) == []


def test_planned_again_it_is_moved(cast: Cast) -> None:
    number = cast.in_hand()
    plan(cast, number, at=time(9))
    plan(cast, number, at=time(10), note="带梯子")
    visit = Visit.objects.get()
    assert (visit.at, visit.note) == (time(10), "带梯子")
    assert Entry.objects.filter(verb="plan").count() == 2


def test_only_the_unit_plans_its_day(cast: Cast) -> None:
    number = cast.in_hand()
    with pytest.raises(NotPermitted):
        actions.plan(number, cast.roads, Going(TODAY), actor=cast.qian, now=NOW)
    with pytest.raises(NotPermitted):
        actions.plan(number, cast.roads, Going(TODAY), actor=cast.chen, now=NOW)
    with pytest.raises(NotFound):
        plan(cast, cast.handled())  # answered: nobody goes there any more


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 4, 16)])
def test_no_day_that_is_over_or_far(cast: Cast, day: date) -> None:
    with pytest.raises(Incomplete, match="两周"):
        plan(cast, cast.in_hand(), day=day)


def test_nobody_of_another_unit_is_sent(cast: Cast) -> None:
    with pytest.raises(Incomplete, match="本单位"):
        plan(cast, cast.in_hand(), goes=[4711])


def test_the_page_plans_shows_and_takes_off(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number, today = cast.in_hand(), f"{localdate():%Y-%m-%d}"
    going = colleague("周大山")
    zhao = signed_in(monkeypatch, cast.zhao)
    sent = {"unit_id": cast.roads, "day": today, "at": "09:30", "goes": [going], "note": "带梯子"}
    assert zhao.post(f"/unit/{number}/plan/", sent).status_code == 302
    page = zhao.get("/unit/day/").content.decode()
    for shown in ("09:30", "周大山", "带梯子", number):
        assert shown in page
    assert "09:30" in zhao.get("/unit/").content.decode()
    zhao.post(f"/unit/{number}/unplan/", {"unit_id": cast.roads, "day": today})
    assert number not in zhao.get("/unit/day/").content.decode()


def test_a_refused_plan_keeps_what_was_typed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = cast.in_hand()
    sent = {"unit_id": cast.roads, "day": "2020-01-01", "note": "带梯子"}
    answer = signed_in(monkeypatch, cast.zhao).post(f"/unit/{number}/plan/", sent)
    assert answer.status_code == 422
    assert "带梯子" in answer.content.decode()
    assert Visit.objects.count() == 0


def test_a_planned_case_that_was_answered_is_shown_as_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = cast.in_hand()
    actions.plan(number, cast.roads, Going(localdate()), actor=cast.zhao, now=now())
    cases.acknowledge(number, actor=cast.zhao, now=NOW)
    cases.answer(number, actor=cast.zhao, now=NOW, opinion="已换")
    assert "已办" in signed_in(monkeypatch, cast.zhao).get("/unit/day/").content.decode()
