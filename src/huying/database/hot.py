"""The few statements that run a thousand times a second: prepared on the server, rows handed over as JSON.

Django's ORM formats every value on the client and has the server parse and plan each statement anew.
Here one parameter carries any number of rows and the plan is kept. Runs in Django's connection, so also
inside its transactions. Measured: docs/performance.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import orjson
from django.db import DEFAULT_DB_ALIAS, connections

from huying.database.backend.base import DatabaseWrapper, Reading
from huying.database.backend.prepared import COMMIT, Question

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rows:
    """New rows of one table, all with the columns of the first."""

    table: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Change:
    """One UPDATE or DELETE. returns: whether it has RETURNING, the same columns as the others beside it."""

    statement: str
    parameters: Sequence[Any]
    returns: bool = False


def write(*parts: Rows | Change, commits: bool = False) -> list[tuple[Any, ...]]:
    """Insert and change rows of several tables in one statement: all or nothing. Raises IntegrityError.

    commits: end the transaction in the same trip, if it is the outermost `atomic` that ends. Returns what the
    changes return. All parts see the tables as they were before, and no row may be changed by two of them.
    Foreign keys may point in any direction: they are looked at when the statement is done.
    """
    changes = [part for part in parts if isinstance(part, Change)]
    new = [part for part in parts if isinstance(part, Rows) and part.rows]
    if not changes and not new:
        return []
    inserts = tuple((each.table, tuple(each.rows[0])) for each in new)
    statement = _joined(tuple((each.statement, each.returns) for each in changes), inserts)
    values = [value for each in changes for value in each.parameters]
    values += [as_json(each.rows) for each in new]
    wrapper = _connected()
    wrapper.outdate()
    asked: list[Question] = [(statement, values)]
    beside = wrapper.beside if commits and wrapper.ends_with_commit else None
    if beside is not None:
        asked.append(beside.question)
    if commits and wrapper.ends_with_commit:
        asked.append(COMMIT)
    with wrapper.wrap_database_errors:
        rows = wrapper.prepared.ask(*asked)
    if beside is not None:
        beside.rows = rows[1]
    return rows[0]


def insert(table: str, rows: Sequence[Row]) -> None:
    """Insert rows into one table; nothing for no rows. Raises IntegrityError."""
    write(Rows(table, rows))


def run(statement: str, parameters: Sequence[Any] = ()) -> None:
    """Run a prepared statement whose result nobody needs."""
    fetch(statement, parameters)


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement and return its rows; where a transaction begins, its BEGIN goes along."""
    wrapper = _connected()
    wrapper.outdate()
    with wrapper.wrap_database_errors:
        return wrapper.prepared.ask((statement, parameters))[0]


def notify(channel: str) -> None:
    """Wake who listens. Changes nothing, so a reading made before stays as it is."""
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        wrapper.prepared.ask((f"NOTIFY {channel}", ()))


@contextmanager
def read_beside(statement: str, parameters: Sequence[Any]) -> Iterator[Reading]:
    """Read in the same trip as each write of the block that commits: the last shows what the block has done.

    Its rows are None when nothing was read so, or something was asked afterwards and may have changed it.
    """
    wrapper = _connected()
    if wrapper.beside is not None:
        raise RuntimeError("one reading at a time")
    wrapper.beside = Reading((statement, parameters))
    try:
        yield wrapper.beside
    finally:
        wrapper.beside = None


def _connected() -> DatabaseWrapper:
    wrapper = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    return wrapper


def array(values: Iterable[int | str]) -> str:
    """Return values without commas as PostgreSQL reads an array: the driver would look at each one's type."""
    return f"{{{','.join(map(str, values))}}}"


def as_json(rows: Sequence[Row]) -> str:
    """Return rows as PostgreSQL reads them: bytes as hex, moments in ISO 8601."""
    return orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


def _plain(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes | memoryview) else str(value)


@lru_cache(maxsize=1_024)
def _joined(changes: tuple[tuple[str, bool], ...], inserts: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Return one statement: each part within WITH, then what the returning ones return, or the last part."""
    parts = [statement for statement, _ in changes] + [_insert_into(*each) for each in inserts]
    told = [f"SELECT * FROM part{place}" for place, (_, returns) in enumerate(changes) if returns]  # noqa: S608
    last = " UNION ALL ".join(told) or parts.pop()
    within = ", ".join(f"part{place} AS ({part})" for place, part in enumerate(parts))
    return f"WITH {within} {last}" if within else last


def _insert_into(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f"INSERT INTO {table} ({names}) "  # noqa: S608  # names are literals of the caller
        f"SELECT {names} FROM json_populate_recordset(NULL::{table}, %s::json)"
    )
