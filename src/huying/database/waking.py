"""Something happened: tell whoever listens on PostgreSQL, after the commit and without saying what.

NOTIFY inside a transaction makes all commits of the database wait for each other; so it goes out afterwards,
on its own, and at most so often. A listener looks again a moment after it was woken, and once a second
anyway: what is swallowed here is not lost, only a second late at the worst.
"""

import time

from django.db import transaction

from huying.database import hot

CHANNEL = "huying_steps"
EVERY_SECONDS = 0.1  # one process wakes the listeners at most so often

_woken_at = 0.0


def wake_after_commit() -> None:
    """Wake the listeners once what is being written is committed; at once outside of a transaction."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    global _woken_at  # of this process; two threads at once wake twice, which harms nobody
    now = time.monotonic()
    if now - _woken_at < EVERY_SECONDS:
        return
    _woken_at = now
    hot.notify(CHANNEL)
