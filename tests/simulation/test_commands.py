"""`huying simulate` as somebody types it: tiny runs in databases of their own, dropped afterwards."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from pytest_django import DjangoDbBlocker

from huying.cases.models import Case
from huying.shared.errors import Refused
from huying.simulation.commands import simulate

TINY = ("--small", "--days", "1", "--reports-per-day", "15", "--start", "2026-06-01")
OUTCOME = (
    "verbs",
    "reported",
    "handled",
    "closed",
    "in_time",
    "open",
    "minutes",
)  # not how long the run took


@pytest.fixture
def server(test_database: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The server without a transaction around the test: runs fork, and no session may be shared."""
    with django_db_blocker.unblock():
        yield
        connection.close()


def told(*arguments: str) -> Any:
    """Return what the command prints as JSON. Raises what it was refused with."""
    result = CliRunner().invoke(simulate, [*TINY, *arguments, "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


def databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'huying_scratch%'")
        return [name for (name,) in cursor.fetchall()]


def test_a_what_if_is_two_runs_apart_side_by_side(server: None) -> None:
    before = Case.objects.count(), databases()
    answer = told("--scratch", "--set", "accept=1", "--processes", "1")
    assert list(answer) == ["now", "what_if"]
    assert answer["now"]["reported"] == answer["what_if"]["reported"] > 0
    late = {name: run["stages"]["accept"]["late"] for name, run in answer.items()}
    assert late["what_if"] > late["now"]
    assert (Case.objects.count(), databases()) == before


def test_two_processes_give_the_same_outcome_as_one(server: None) -> None:
    one, two = (told("--processes", number) for number in ("1", "2"))
    assert {key: one[key] for key in OUTCOME} == {key: two[key] for key in OUTCOME}
    assert {stage: (each["met"], each["late"]) for stage, each in one["stages"].items()} == {
        stage: (each["met"], each["late"]) for stage, each in two["stages"].items()
    }


def test_a_speed_that_is_none_is_refused(server: None) -> None:
    with pytest.raises(Refused, match="--speed"):
        told("--speed", "backwards")
