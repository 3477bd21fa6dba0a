"""What comes to the door is counted in a file of this process, outside of every transaction.

A line costs one system call and no database, and outlives the process that is killed. The worker adds the
lines to the tallies (`actions.fold`). So the count of what was received depends on nothing that is stored,
and comparing both can fail. Rules: docs/rules/intake.md §7.
"""

import fcntl
import logging
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

import orjson
from django.conf import settings

from huying.clocks.policy import SHANGHAI
from huying.intake.states import Outcome

SUFFIX = ".counts"
FULL = 4_000_000  # bytes after which a process begins another file

logger = logging.getLogger(__name__)


def count(
    source: str, outcome: Outcome, number: int = 1, *, reasons: Mapping[str, int] | None = None, at: datetime
) -> None:
    """Count `number` things of an outcome, or rejections by `reasons` (code → number)."""
    if outcome is Outcome.REJECTED:
        entries = [(reason, many) for reason, many in (reasons or {}).items()]
    else:
        entries = [("", number)]
    day = at.astimezone(SHANGHAI).date().isoformat()
    text = b"".join(
        orjson.dumps([day, source, outcome, reason, many]) + b"\n" for reason, many in entries if many
    )
    try:
        _journal.write(text)
    except OSError:  # a full disk: the report matters more than its count, and the account shows the gap
        logger.exception("cannot count at the door: %s %s", source, outcome)


@contextmanager
def lines(request: object, source: str, number: int, *, at: datetime) -> Iterator[Callable[..., None]]:
    """Count the lines of one request: all as received at once, each outcome as it is told.

    Yields told(outcome, reason=""); what has not been told at the end has failed.
    """
    request.is_counted = True  # type: ignore[attr-defined]  # so config/accounting.py leaves it alone
    outcomes: Counter[tuple[Outcome, str]] = Counter()
    count(source, Outcome.RECEIVED, number, at=at)

    def told(outcome: Outcome, reason: str = "", many: int = 1) -> None:
        outcomes[outcome, reason] += many

    try:
        yield told
    finally:
        count(source, Outcome.FAILED, number - outcomes.total(), at=at)
        for (outcome, reason), many in outcomes.items():
            count(source, outcome, many, reasons={reason: many}, at=at)


class _Journal:
    """The file of this process, locked as long as the process lives: so others see when it is gone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._file, self._owner, self._room = -1, (0, ""), 0

    def write(self, lines: bytes) -> None:
        with self._lock:
            owner = (os.getpid(), str(settings.DOOR_FOLDER))
            if owner != self._owner or self._room < len(lines):
                self._open(owner)
            self._room -= len(lines)
            os.write(self._file, lines)

    def close(self) -> None:
        """Leave the file to whoever folds it."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file, self._owner = -1, (0, "")

    def _open(self, owner: tuple[int, str]) -> None:
        if self._file >= 0:
            os.close(self._file)  # in a forked child the parent's lock stays with the parent
        folder = Path(owner[1])
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid.uuid4()}{SUFFIX}"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._owner, self._room = owner, FULL


_journal = _Journal()
close = _journal.close
