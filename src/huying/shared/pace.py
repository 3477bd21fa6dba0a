"""How often somebody may ask."""

import time
from threading import Lock

from huying.shared.errors import TooMany

MOST_CALLERS = 10_000  # then all are forgotten: a flood of addresses shall not fill the memory


class Pace:
    """At most `most` questions of one caller in `seconds`, counted by each process for itself."""

    def __init__(self, most: int, *, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._asked: dict[str, tuple[float, int]] = {}
        self._lock = Lock()

    def check(self, caller: str) -> None:
        """Count a question. Raises TooMany when the caller has to wait. "" = not known who, never limited."""
        self.require_left(caller)
        self.count(caller)

    def require_left(self, caller: str) -> None:
        """Raise TooMany when the caller has to wait."""
        at = time.monotonic()
        since, count = self._asked.get(caller, (at, 0))
        if count >= self._most and at - since < self._seconds:
            raise TooMany(seconds=max(1, round(self._seconds - (at - since))))

    def count(self, caller: str) -> None:
        """Count a question of this caller."""
        if not caller:
            return
        at = time.monotonic()
        with self._lock:
            since, count = self._asked.get(caller, (at, 0))
            if at - since >= self._seconds:
                since, count = at, 0
            if len(self._asked) >= MOST_CALLERS:
                self._asked.clear()
            self._asked[caller] = since, count + 1

    def forget(self) -> None:
        """Let everybody ask anew."""
        with self._lock:
            self._asked.clear()
