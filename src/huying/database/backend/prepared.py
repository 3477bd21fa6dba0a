"""Prepared statements of one connection, sent through libpq: those that belong together in one trip.

A cursor of psycopg finds out at each execution what it knew at the last one, and its pipeline costs as much
again as the trip it saves. Here a statement is read once; after that it is values out, rows in. psycopg's own
parts do the work: `Transformer` turns values into text and back, its generators talk to the server.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg.abc import Buffer, PQGen
from psycopg.abc import Transformer as Values
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.datetime import TimestamptzLoader

MOST = 1_000  # statements kept from one trip to the next; beyond, the one not asked for longest is forgotten

Row = tuple[Any, ...]
Question = tuple[str, Sequence[Any]]  # a statement with %s for each parameter, and these

BEGIN: Question = ("BEGIN", ())
COMMIT: Question = ("COMMIT", ())
_OUT_OF_DATE = ("0A000", "26000")  # the tables have changed since; the server no longer knows the name
_PLACEHOLDER = re.compile("%(s|%)")


@dataclass(slots=True)
class _Statement:
    """A statement the server knows by name.

    reader: reads its rows; by which type each column is read is found out once.
    """

    name: bytes
    reader: Values
    is_read: bool = False

    def rows(self, result: PGresult) -> list[Row]:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        self.reader.set_pgresult(result, set_loaders=not self.is_read)
        self.is_read = True
        rows = self.reader.load_rows(0, result.ntuples, tuple)
        self.reader.set_pgresult(None, set_loaders=False)  # lets go of the memory
        return rows


@dataclass(frozen=True, slots=True)
class _Bound:
    """A statement with the values of one execution."""

    statement: _Statement
    values: Sequence[Buffer | None]
    formats: Sequence[int] | None

    def send(self, server: PGconn) -> None:
        server.send_query_prepared(self.statement.name, self.values, self.formats)


class Prepared:
    """The prepared statements of a connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._context = psycopg.Cursor(connection)
        self._context.adapters.register_loader("timestamptz", TimestamptzLoader)  # in C, as sent: in UTC
        self._writer = Transformer(self._context)
        self._known: dict[tuple[str, tuple[int, ...]], _Statement] = {}
        self._names = count()

    def ask(self, *questions: Question) -> list[list[Row]]:
        """Return the rows of each, asked in this order and in one trip. Raises psycopg.Error.

        Where a transaction is to begin its BEGIN goes along. After an error the rest of the trip is not done.
        """
        with self._connection.lock:
            self._forget_oldest()
            bound = [self._bound(*each) for each in questions]
            begins = not self._connection.autocommit and self._is_idle()
            if begins:
                bound.insert(0, self._bound(*BEGIN))
            results = self._connection.wait(_asked(self._server, bound))
        for result in results:
            self._check(result)
        rows = [each.statement.rows(result) for each, result in zip(bound, results, strict=True)]
        return rows[1:] if begins else rows

    def _is_idle(self) -> bool:
        return self._server.transaction_status == TransactionStatus.IDLE

    def _bound(self, text: str, parameters: Sequence[Any]) -> _Bound:
        sql, formats = _read(text)
        if len(formats) != len(parameters):
            raise psycopg.ProgrammingError(f"{len(formats)} placeholders, {len(parameters)} parameters")
        values = self._writer.dump_sequence(parameters, formats)
        types = self._writer.types or ()
        statement = self._known.pop((text, types), None) or self._prepared(types, sql)
        self._known[text, types] = statement  # the one asked last stands last
        return _Bound(statement, values, self._writer.formats)

    def _prepared(self, types: tuple[int, ...], sql: bytes) -> _Statement:
        made = _Statement(b"huying_%d" % next(self._names), Transformer(self._context))
        self._server.send_prepare(made.name, sql, types)
        self._done()
        return made

    def _forget_oldest(self) -> None:
        """Make room; never for a question of the same trip as one that stands already."""
        while len(self._known) > MOST:
            oldest = self._known.pop(next(iter(self._known)))
            self._server.send_query(b"DEALLOCATE " + oldest.name)
            self._done()

    def _done(self) -> None:
        for result in self._connection.wait(execute(self._server)):
            self._check(result)

    def _check(self, result: PGresult) -> None:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            error = error_from_result(result)
            if error.sqlstate in _OUT_OF_DATE:
                self._known.clear()  # prepared anew at the next question; names are never used again
            raise error


def _asked(server: PGconn, bound: Sequence[_Bound]) -> PQGen[list[PGresult]]:
    """Return one result for each."""
    if len(bound) == 1:
        bound[0].send(server)
        result: list[PGresult] = yield from execute(server)
        return result
    results = yield from _together(server, bound)
    return results


def _together(server: PGconn, bound: Sequence[_Bound]) -> PQGen[list[PGresult]]:
    """Return one result for each, sent in one trip; what fails is a result as well.

    When the talk itself is broken off the connection ends.
    """
    server.enter_pipeline_mode()
    try:
        for each in bound:
            each.send(server)
        server.pipeline_sync()
        yield from send(server)
        results = []
        for _ in bound:
            results += yield from fetch_many(server)
        yield from fetch_many(server)  # the sync
        server.exit_pipeline_mode()
    except BaseException:
        if server.status == ConnStatus.OK:
            server.finish()
        raise
    return results


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[bytes, list[PyFormat]]:
    """Return the statement as the server reads it, and a format for each of its parameters."""
    numbers = count(1)
    sql = _PLACEHOLDER.sub(lambda found: f"${next(numbers)}" if found[1] == "s" else "%", text)
    return sql.encode(), [PyFormat.AUTO] * (next(numbers) - 1)
