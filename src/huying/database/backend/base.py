"""Whether a kept connection still lives is asked of its socket; the server is asked only when that has news.

A server that stops, restarts or ends a connection closes the socket, which then can be read. Django's own
check, `SELECT 1` at the first query of every request, costs a tenth of a step of the loop.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection; everything but the check of its health is Django's."""

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
