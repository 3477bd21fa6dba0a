"""Group commit: threads that want the same kind of write at the same moment share one transaction.

One of the waiting threads leads: it takes what has gathered, writes it in one go and wakes the others. While
it waits for the disk the next group gathers; so groups grow by themselves when there is much to do, and a
lone write waits for nobody. Measured: docs/performance.md.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Result = TypeVar("Result")

Write = Callable[
    [Sequence[Wish]], Sequence[Result]
]  # results in the order of the wishes; all or none written


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Wish, Result]):
    """One thread's wish and what came of it."""

    wish: Wish
    sleep: threading.Lock = field(default_factory=_held)  # released once; an Event costs ten times as much
    result: Result | None = None
    error: BaseException | None = None
    is_done: bool = False


class GroupCommit(Generic[Wish, Result]):
    """A write that many threads call with one wish each.

    most: how many wishes one transaction takes at most.
    """

    def __init__(self, write: Write[Wish, Result], *, most: int) -> None:
        self._write = write
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[Wish, Result]] = []
        self._is_led = False

    def do(self, wish: Wish) -> Result:
        """Return the result of the write with this wish in it. Raises what writing it alone raises."""
        ticket: _Ticket[Wish, Result] = _Ticket(wish)
        with self._lock:
            self._waiting.append(ticket)
            leads, self._is_led = not self._is_led, True
        if not leads:
            ticket.sleep.acquire()  # not `with`: whoever writes our wish, or hands over to us, releases it
        if not ticket.is_done:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # set whenever there is no error

    def _lead(self) -> None:
        """Write one group, this thread's wish the first in it; then let another thread lead."""
        with self._lock:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._settle(group)
        finally:
            self._hand_over(group)

    def _settle(self, group: Sequence[_Ticket[Wish, Result]]) -> None:
        """Write the group; when that fails each wish alone, so that nobody pays for another's mistake."""
        try:
            results = self._write([ticket.wish for ticket in group])
        except Exception as error:
            if len(group) == 1:
                group[0].error, group[0].is_done = error, True
                return
            for ticket in group:
                self._settle([ticket])
            return
        for ticket, result in zip(group, results, strict=True):
            ticket.result, ticket.is_done = result, True

    def _hand_over(self, group: Sequence[_Ticket[Wish, Result]]) -> None:
        """Let the next lead first: its group has waited; then wake those whose wish was written."""
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._is_led = heir is not None
        if heir is not None:
            heir.sleep.release()
        for ticket in group:
            if not ticket.is_done:  # the leader itself was ended: KeyboardInterrupt, SystemExit
                ticket.error, ticket.is_done = RuntimeError("the group's leader was ended"), True
            ticket.sleep.release()
