"""A connection that the server has ended is noticed without asking, and only then replaced."""

import pytest
from django.db import connection
from django.db.backends.postgresql import base as postgresql

from huying.database import hot

pytestmark = pytest.mark.usefixtures("own_database")


def process() -> int:
    number: int = hot.fetch("SELECT pg_backend_pid()", [])[0][0]
    return number


def test_a_living_connection_is_usable_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    process()
    monkeypatch.setattr(postgresql.DatabaseWrapper, "is_usable", lambda _wrapper: pytest.fail("asked"))
    assert connection.is_usable()


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    before = process()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    other.close()

    assert not connection.is_usable()
    connection.close_if_unusable_or_obsolete()  # as at the beginning of each request
    assert process() != before
