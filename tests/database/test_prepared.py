"""Prepared statements, several in one trip: as psycopg's own cursor answers, also when something breaks."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from psycopg.pq import TransactionStatus

from huying.database import hot, waking
from huying.database.backend import prepared as module
from huying.database.backend.base import DatabaseWrapper
from huying.database.backend.prepared import Prepared

pytestmark = pytest.mark.usefixtures("own_database")

LAID = "CREATE TABLE leaf (number int PRIMARY KEY, said text)"
INSERT = "INSERT INTO leaf SELECT number, said FROM json_populate_recordset(NULL::leaf, %s::json)"
ALL = "SELECT number FROM leaf ORDER BY number"


@pytest.fixture(autouse=True)
def _laid(own_database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LAID)


def prepared() -> Prepared:
    """Return the statements of this thread's connection."""
    wrapper = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
    wrapper.ensure_connection()
    return wrapper.prepared


def leaf(number: int, said: str = "") -> hot.Rows:
    return hot.Rows("leaf", [{"number": number, "said": said}])


def numbers() -> list[int]:
    return [number for (number,) in hot.fetch(ALL, [])]


def state() -> TransactionStatus:
    return TransactionStatus(connection.connection.info.transaction_status)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "bigint"), (-(2**40), "bigint"), (2.5, "float8"), ("字", "text"), ("100%", "text"), ("", "text"),
        (True, "bool"), (None, "int"), (b"\x00\xff", "bytea"), ([1, 2], "bigint[]"), ([], "text[]"),
        (["a", None], "text[]"),
        (datetime(2026, 4, 1, 10, tzinfo=UTC), "timestamptz"), ('{"a": [1]}', "json"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_comes_back_as_from_a_cursor(value: object, kind: str) -> None:
    statement = f"SELECT %s::{kind}, 'all %%'"
    connection.ensure_connection()
    told = connection.connection.execute(statement, [value]).fetchall()
    assert hot.fetch(statement, [value]) == told
    assert hot.fetch(statement, [value]) == told


def test_several_are_answered_in_their_order() -> None:
    asked = prepared().ask((INSERT, ['[{"number": 1}]']), (ALL, []), ("SELECT %s::int", [7]), (ALL, []))
    assert asked == [[], [(1,)], [(7,)], [(1,)]]


def test_a_begin_goes_along_only_where_a_transaction_is_to_begin() -> None:
    hot.fetch(ALL, [])
    assert state() == TransactionStatus.IDLE
    with transaction.atomic():
        hot.fetch(ALL, [])
        assert state() == TransactionStatus.INTRANS
        hot.write(leaf(1))
        transaction.set_rollback(True)
    assert (state(), numbers()) == (TransactionStatus.IDLE, [])


@pytest.mark.parametrize("before", [(), (("SELECT 1", ()),)], ids=["alone", "second"])
def test_after_an_error_nothing_is_done(before: Any) -> None:
    hot.write(leaf(1))
    twice = (INSERT, ['[{"number": 1}]'])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.wrap_database_errors:
        prepared().ask(*before, (INSERT, ['[{"number": 2}]']), twice, (INSERT, ['[{"number": 3}]']))
    assert (state(), numbers()) == (TransactionStatus.IDLE, [1])


def test_an_error_on_its_own_leaves_the_connection_usable() -> None:
    before = connection.connection
    for _ in range(2):
        with pytest.raises(DatabaseError):
            hot.fetch("SELECT 1 / %s::int", [0])
        with pytest.raises(DatabaseError):
            hot.fetch("SELECT nothing FROM nowhere", [])
    assert (numbers(), connection.connection) == ([], before)


def test_as_many_values_as_places() -> None:
    with pytest.raises(DatabaseError, match="1 placeholders, 2 parameters"):
        hot.fetch("SELECT %s::int", [1, 2])


def test_more_than_the_socket_holds_goes_both_ways() -> None:
    """Whoever only sends, while the other side only sends, waits for ever."""
    long = "长" * 2_000_000
    asked = prepared().ask(*[("SELECT %s::text", [long])] * 4)
    assert asked == [[(long,)]] * 4


@pytest.mark.parametrize("together", [1, 2, 6])
def test_statements_beyond_the_most_are_forgotten_and_known_again(
    monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Also when there are as many in one trip: none is forgotten between its preparing and its sending."""
    monkeypatch.setattr(module, "MOST", 3)
    kept = prepared()
    for start in (*range(0, 6, together), *range(0, 6, together)):
        numbers = range(start, start + together)
        assert kept.ask(*((f"SELECT {number}", []) for number in numbers)) == [[(each,)] for each in numbers]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'huying%'")
        assert cursor.fetchone()[0] <= 3 + together


@pytest.mark.parametrize("together", [False, True])
def test_a_connection_that_breaks_is_replaced(together: bool) -> None:
    before = hot.fetch("SELECT pg_backend_pid()", [])
    end = ("SELECT pg_terminate_backend(pg_backend_pid())", [])
    with pytest.raises(OperationalError), connection.wrap_database_errors:
        prepared().ask(*([("SELECT 1", []), end, (ALL, [])] if together else [end]))
    connection.close_if_unusable_or_obsolete()  # as at the beginning of each request
    assert hot.fetch("SELECT pg_backend_pid()", []) != before


def committed(*rows: hot.Rows) -> None:
    """Write in a transaction that ends in the same trip."""
    with transaction.atomic():
        hot.write(*rows, commits=True)


def test_what_is_read_beside_a_write_is_as_of_the_last_commit() -> None:
    with hot.read_beside(ALL, []) as reading:
        assert reading.rows is None
        committed(leaf(1))
        assert reading.rows == [(1,)]
        committed(leaf(2), leaf(3))
        assert reading.rows == [(1,), (2,), (3,)]
    committed(leaf(4))
    assert len(reading.rows) == 3  # no longer read


@pytest.mark.parametrize("encloses", [False, True])
def test_nothing_is_read_beside_a_write_that_does_not_commit(encloses: bool) -> None:
    with transaction.atomic(), hot.read_beside(ALL, []) as reading:
        if encloses:
            committed(leaf(1))
        else:
            hot.write(leaf(1))
        assert (reading.rows, state()) == (None, TransactionStatus.INTRANS)


@pytest.mark.parametrize("asks", ["hot", "write", "orm", "transaction", "rollback"])
def test_whatever_is_asked_after_the_last_commit_may_have_changed_it(asks: str) -> None:
    with hot.read_beside(ALL, []) as reading:
        committed(leaf(1))
        if asks == "hot":
            hot.run("DELETE FROM leaf")
        elif asks == "write":
            hot.write(leaf(2))
        elif asks == "orm":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM leaf")
        elif asks == "transaction":
            with transaction.atomic():
                hot.write(leaf(2))
        else:
            with transaction.atomic():
                transaction.set_rollback(True)
        assert reading.rows is None


def test_who_is_woken_after_the_commit_spoils_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_woken_at", -1e9)
    with hot.read_beside(ALL, []) as reading:
        with transaction.atomic():
            hot.write(leaf(1), commits=True)
            waking.wake_after_commit()
        assert waking._woken_at > 0
        assert reading.rows == [(1,)]


def test_a_statement_the_tables_have_outgrown_is_prepared_anew() -> None:
    asks = partial(hot.fetch, "SELECT * FROM leaf", [])
    hot.write(leaf(1, "a"))
    assert asks() == [(1, "a")]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE leaf ALTER said TYPE varchar(9)")
    with pytest.raises(DatabaseError):
        asks()
    assert asks() == [(1, "a")]


def test_the_statement_asked_for_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    kept = prepared()
    for number in range(5):
        kept.ask(("SELECT 'often'", []))
        kept.ask((f"SELECT {number}", []))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%often%'")
        assert cursor.fetchall() == [("huying_0",)]  # still as it was prepared at first


def test_one_reading_at_a_time() -> None:
    with hot.read_beside(ALL, []), pytest.raises(RuntimeError), hot.read_beside(ALL, []):
        pass
    with hot.read_beside(ALL, []):
        pass
