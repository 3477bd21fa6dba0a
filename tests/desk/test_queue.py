"""The queue: narrowed by its address, renewed only when something changed."""

import re

import pytest
from django.test import Client
from tests.cases.conftest import GRID, NOW, Cast

from huying.cases import actions
from huying.cases.policy.reports import Place

from .conftest import SignIn

BRIDGE = Place(GRID, text="永兴桥东侧", lng=120.28, lat=30.17)


def numbers(client: Client, query: str) -> list[str]:
    page = client.get(f"/desk/rows/?{query}").content.decode()
    return re.findall(r'id="row-([^"]+)"', page)


def test_everything_narrows_the_queue(cast: Cast, sign_in: SignIn) -> None:
    plain, bridge = cast.reported(), cast.reported(text="栏杆断了", place=BRIDGE)
    urgent, handed = cast.reported(urgent=True), cast.in_hand()
    desk = sign_in(cast.chen)
    for query, found in {
        "": {plain, bridge, urgent, handed},
        "urgent=on": {urgent},
        "state=in_hand": {handed},
        f"unit={cast.roads}": {handed},
        "overdue=on": {plain, bridge, urgent, handed},  # the clocks of NOW ran out long ago
        "q=栏杆": {bridge},
        "q=永兴": {bridge},  # the place is searched too
        "q=永兴 断了": {bridge},  # every word
        "q=永兴 不亮": set(),
        f"q={plain}": {plain},
        f"q={plain.removeprefix('HY-330109001-')}": {plain},
        "area=330109002": set(),
    }.items():
        assert (query, set(numbers(desk, query))) == (query, found)


def test_a_page_that_asks_again_hears_only_of_changes(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    desk = sign_in(cast.chen)
    first = desk.get("/desk/rows/")
    again = desk.get("/desk/rows/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    actions.accept(number, actor=cast.chen, now=NOW)
    changed = desk.get("/desk/rows/", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_alarms_are_the_urgent_cases_nobody_was_called_to(cast: Cast, sign_in: SignIn) -> None:
    cast.reported()
    cast.in_hand(urgent=True)
    waiting = cast.reported(urgent=True)
    page = sign_in(cast.chen).get("/desk/").content.decode()
    assert re.findall(r'data-alarms="([^"]*)"', page) == [waiting]


@pytest.mark.parametrize("query", ["after=nonsense", "case=HY-1"])
def test_an_address_that_leads_nowhere_is_refused_in_words(cast: Cast, sign_in: SignIn, query: str) -> None:
    answer = sign_in(cast.chen).get(f"/desk/?{query}")
    assert answer.status_code in (404, 422)
    assert re.search("翻页标记无效|没有找到", answer.content.decode())


def test_what_cannot_be_read_in_a_filter_is_left_out(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    assert numbers(sign_in(cast.chen), "state=nonsense&category=x&unit=-1") == [number]


def test_another_streets_desk_is_empty(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    desk = sign_in(cast.stranger)
    assert numbers(desk, "") == []
    assert desk.get(f"/desk/case/{number}/").status_code == 404
    assert desk.get(f"/desk/?case={number}").status_code == 404
