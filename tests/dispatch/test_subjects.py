"""Categories proposed for a text over the API, learned from the cases there are."""

import json

import pytest
from django.test import Client

from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.dispatch import actions, queries
from huying.dispatch.api import A_MINUTE
from huying.org.policy import SYSTEM
from huying.shared.errors import TooMany
from huying.shared.pace import Pace

from .conftest import NOW, Street

LIKELY = "/api/v1/categories/likely"


@pytest.fixture(autouse=True)
def other_categories(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.ensure_category(
        scheme="demo", path=[Node("扰民"), Node("噪声")], kind=Kind.EVENT, actor=SYSTEM, now=NOW
    )
    monkeypatch.setattr("huying.dispatch.api._pace", Pace(A_MINUTE, seconds=60.0))


def asked(text: str) -> list[dict[str, object]]:
    answer = Client().post(LIKELY, json.dumps({"text": text}), "application/json")
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()
    return found


def test_a_resident_who_has_no_account_is_proposed_categories(street: Street) -> None:
    for _ in range(4):
        street.accepted()  # "楼道灯不亮", filed as a lamp
    queries.forget_subjects()
    first, *_ = asked("我家楼道灯又不亮了")
    assert first["category_id"] == street.lamp
    assert first["reasons"] == [
        "文中“楼道”：4件中4件属于“路灯”",
        "文中“不亮”：4件中4件属于“路灯”",
    ]
    assert asked("12345") == []


def test_the_worker_learns_once_and_every_process_uses_it(street: Street) -> None:
    for _ in range(4):
        street.accepted()
    assert queries.are_subjects_due(now=NOW)
    actions.keep_subjects(queries.learn_subjects_anew(now=NOW + queries.FRESH))
    assert not queries.are_subjects_due(now=NOW + queries.FRESH)
    assert queries.are_subjects_due(now=NOW + 3 * queries.FRESH)
    queries.forget_subjects()
    assert [each.category_id for each in queries.likely_categories("楼道灯不亮", limit=1)] == [street.lamp]


def test_who_asks_too_often_waits(street: Street) -> None:
    answers = [
        Client().post(LIKELY, '{"text": "灯"}', "application/json").status_code for _ in range(A_MINUTE + 1)
    ]
    assert answers == [200] * A_MINUTE + [429]


def test_one_callers_haste_does_not_slow_another() -> None:
    pace = Pace(1, seconds=60.0)
    pace.check("one")
    pace.check("other")
    with pytest.raises(TooMany):
        pace.check("one")
