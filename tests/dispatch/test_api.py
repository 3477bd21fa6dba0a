"""Proposals and the decision over HTTP."""

import json

import pytest
from django.test import Client

from huying.config import authentication
from huying.dispatch.models import RoutingDecision
from huying.org.policy import Actor

from .conftest import Street


def acting(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> Client:
    monkeypatch.setattr(authentication, "_of_person", lambda request: actor)
    return Client()


def test_the_centre_reads_proposals_decides_and_the_difference_is_counted(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = street.accepted()
    client = acting(monkeypatch, street.chen)
    calls = {"calls": [{"unit_id": street.water}]}
    assert client.post(f"/api/v1/cases/{first}/assign", calls, "application/json").status_code == 200

    second = street.accepted()
    assert client.get(f"/api/v1/cases/{second}/proposals").status_code == 200
    assert client.post(f"/api/v1/cases/{second}/assign", calls, "application/json").status_code == 200
    assert RoutingDecision.objects.filter(chosen_unit_id=street.water).count() == 2

    period = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&area_code=330109001"
    counted = json.loads(client.get(f"/api/v1/statistics/overrides?{period}").content)
    assert counted["overridden"] <= counted["decided"] <= 2


def test_another_streets_commander_sees_no_proposals_and_counts_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = street.accepted()
    client = acting(monkeypatch, street.stranger)
    period = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&area_code=330109001"

    assert client.get(f"/api/v1/cases/{number}/proposals").status_code == 404
    assert client.get(f"/api/v1/statistics/overrides?{period}").status_code == 403
