"""What the tests of the clocks share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from huying.clocks import queries
from huying.clocks.models import Deadline, SweeperState
from huying.clocks.policy import Calendar, Edition, parse_toml
from huying.ledger.models import Entry

CALENDARS = Path(parse_toml.__code__.co_filename).parent.parent / "calendars"


@pytest.fixture(autouse=True)
def _forget_rules() -> Iterator[None]:
    """A rolled-back test leaves the process cache ahead of the database."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture(scope="session")
def editions() -> list[Edition]:
    """Every shipped notice, without a database."""
    notices = [parse_toml(file.read_text("utf-8")) for file in sorted(CALENDARS.glob("*.toml"))]
    return [Edition(each.year, each.number or 0, each.days, each.source, each.periods) for each in notices]


@pytest.fixture(scope="session")
def calendar(editions: list[Edition]) -> Calendar:
    """The newest edition of each year."""
    return Calendar(editions)


@pytest.fixture
def committed(test_database: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Real commits, for tests with several connections; what they leave is taken away afterwards.

    A flush would also empty the shipped calendars, and the ledger refuses it.
    """
    with django_db_blocker.unblock():
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        yield
        _clean(newest)
        connection.close()


def _clean(newest: int) -> None:
    Deadline.objects.all().delete()
    SweeperState.objects.update(
        beat_at=None, worker="", halted_at=None, skew_seconds=0, anchor_wall=None, anchor_ticks=None
    )
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM ledger_opening WHERE entry_id > %s", [newest])
        cursor.execute("DELETE FROM ledger_entry WHERE id > %s", [newest])
        cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER USER")
