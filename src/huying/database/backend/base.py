"""Two things every request is spared: a question to the server, and a cursor made anew for each statement.

Whether a kept connection still lives is asked of its socket. A server that stops, restarts or ends a
connection closes it, and then it can be read; only then the server itself is asked. Django's own check,
`SELECT 1` at the first query of every request, costs a tenth of a step of the loop.
"""

import select

import psycopg
from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader

MOST_PREPARED = 1_000  # statements of one connection; beyond, the server would forget and plan anew


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection.

    prepared: the cursor of `database/hot.py`; it reads moments in C, as PostgreSQL sends them: in UTC.
    """

    prepared: psycopg.Cursor[tuple[object, ...]]

    def get_new_connection(self, conn_params: dict[str, object]) -> psycopg.Connection[tuple[object, ...]]:
        """Connect."""
        made: psycopg.Connection[tuple[object, ...]] = super().get_new_connection(conn_params)
        made.prepared_max = MOST_PREPARED
        self.prepared = psycopg.Cursor(made)
        self.prepared.adapters.register_loader("timestamptz", TimestamptzLoader)
        return made

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
