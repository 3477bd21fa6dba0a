"""What may be a moment old is asked for once in that moment."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Brief(Generic[Key, Value]):
    """A memory of this process that lasts `seconds`; at `most` keys it begins anew. Threads may share it."""

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._known: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key, ask: Callable[[], Value]) -> Value:
        """Return what is remembered under the key, else what `ask` says now."""
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        value = ask()
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[key] = (time.monotonic() + self._seconds, value)
        return value

    def forget(self) -> None:
        self._known.clear()
