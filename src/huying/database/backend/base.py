"""Two things every request is spared: a question to the server, and statements read anew each time.

Whether a kept connection still lives is asked of its socket. A server that stops, restarts or ends a
connection closes it, and then it can be read; only then the server itself is asked. Django's own check,
`SELECT 1` at the first query of every request, costs a tenth of a step of the loop.
"""

import select
from dataclasses import dataclass

import psycopg
from django.db.backends.postgresql import base

from huying.database.backend.prepared import Prepared, Question, Row


@dataclass(slots=True)
class Reading:
    """A question, and its rows as of the last commit; None once anything else was asked or taken back."""

    question: Question
    rows: list[Row] | None = None


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection.

    prepared: the statements of `database/hot.py`. beside: a reading that goes with a write and its commit.
    """

    prepared: Prepared
    beside: Reading | None = None

    def get_new_connection(self, conn_params: dict[str, object]) -> psycopg.Connection[tuple[object, ...]]:
        """Connect."""
        made: psycopg.Connection[tuple[object, ...]] = super().get_new_connection(conn_params)
        self.prepared = Prepared(made)
        return made

    def create_cursor(self, name: str | None = None) -> object:
        """Return a cursor: what it does, a reading made before does not show."""
        self.outdate()
        return super().create_cursor(name)

    def _rollback(self) -> None:
        self.outdate()
        super()._rollback()  # type: ignore[misc]  # not in the stubs

    @property
    def ends_with_commit(self) -> bool:
        """Tell whether our block of `atomic` ends with the commit: none encloses it, nothing failed in it."""
        is_sound = self.commit_on_exit and not self.needs_rollback
        return self.in_atomic_block and is_sound and not self.savepoint_ids

    def outdate(self) -> None:
        """Let go of what was read beside a write."""
        if self.beside is not None:
            self.beside.rows = None

    def is_usable(self) -> bool:
        """Tell whether a query may be sent."""
        if self.connection is None or self.connection.closed:
            return False
        return not _has_news(self.connection.fileno()) or bool(super().is_usable())


def _has_news(socket: int) -> bool:
    """Tell whether something came in that nobody asked for: the end of the connection, or a notice."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
