"""Many threads, few connections: a thread takes one when it gets to work and gives it back afterwards.

Django gives every thread a connection of its own and keeps it. A web process has many threads, most of which
only wait; with seats it has as many connections as work at once, and the one used last, whose plans and pages
the server still has at hand, is used next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Seats:
    """So many connections, opened at first use. A thread that finds none free waits."""

    def __init__(self, number: int) -> None:
        self._free: LifoQueue[BaseDatabaseWrapper | None] = LifoQueue()
        for _ in range(number):
            self._free.put(None)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Give this thread a connection as Django's default one. Not to be taken twice by one thread."""
        seat = self._free.get()
        try:
            seat = seat or _made()
            connections[DEFAULT_DB_ALIAS] = seat
            try:
                yield
            finally:
                del connections[DEFAULT_DB_ALIAS]
        finally:
            self._free.put(seat)

    def close(self) -> None:
        """Close every connection that nobody uses now; the next to sit down opens his anew."""
        taken = [self._free.get() for _ in range(self._free.qsize())]
        for seat in taken:
            if seat is not None:
                seat.close()
            self._free.put(None)


def _made() -> BaseDatabaseWrapper:
    made = connections.create_connection(DEFAULT_DB_ALIAS)
    made.inc_thread_sharing()  # Django: whoever shares sees to it that no two use it at once
    return made
