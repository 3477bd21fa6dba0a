"""The few statements that run a thousand times a second: prepared on the server, rows handed over as JSON.

Django's ORM formats every value on the client and has the server parse and plan each statement anew.
Here one parameter carries any number of rows and the plan is kept. Runs in Django's connection, so also
inside its transactions. Measured: docs/performance.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from django.db import connection, transaction

Row = Mapping[str, object]


def insert(table: str, rows: Sequence[Row]) -> None:
    """Insert rows, all with the columns of the first; nothing for no rows. Raises IntegrityError."""
    if rows:
        run(_insert(table, tuple(rows[0])), [as_json(rows)])


def run(statement: str, parameters: Sequence[Any] = ()) -> None:
    """Run a prepared statement whose result nobody needs; inside `together` without waiting for it."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters, prepare=True)


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement and return its rows."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchall()


@contextmanager
def together() -> Iterator[None]:
    """Send the statements inside in one go and wait once, at the first `fetch` or at the end.

    Shortens the time a lock is held: one round trip instead of one for each statement.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


@contextmanager
def at_once() -> Iterator[None]:
    """A transaction whose statements, BEGIN and COMMIT included, go in one round trip: all or nothing.

    For statements whose results nobody needs. Inside another transaction it is a part of that one.
    """
    if connection.in_atomic_block:
        with transaction.atomic(), together():
            yield
        return
    try:
        with together():
            run("BEGIN")
            yield
            run("COMMIT")
    except BaseException:
        if connection.connection is not None and not connection.connection.closed:
            connection.connection.rollback()
        raise


@contextmanager
def _cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor


def as_json(rows: Sequence[Row]) -> str:
    """Return rows as PostgreSQL reads them: bytes as hex, moments in ISO 8601."""
    return orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


def _plain(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes | memoryview) else str(value)


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f"INSERT INTO {table} ({names}) "  # noqa: S608  # names are literals of the caller
        f"SELECT {names} FROM json_populate_recordset(NULL::{table}, %s::json)"
    )
