"""Who wants to be told, kept in memory: every report asks, and outlets change a few times a year.

The cache looks at the revision token once a second, so an edit elsewhere is seen within a second;
an edit in this process calls `forget()`.
"""

import time
from uuid import UUID

from huying.messages.models import Outlet, Revision
from huying.messages.policy.events import Subscription

FRESH_SECONDS = 1.0


class _Memory:
    known: tuple[UUID, tuple[Subscription, ...]] | None = None
    checked_at: float = 0.0  # monotonic seconds


def subscribers() -> tuple[Subscription, ...]:
    """Return what the active outlets want; empty when nobody subscribed."""
    moment, known = time.monotonic(), _Memory.known  # one look: another thread may forget in between
    if known is not None and moment - _Memory.checked_at < FRESH_SECONDS:
        return known[1]
    token = Revision.objects.values_list("token", flat=True).get(pk=1)
    if known is None or known[0] != token:
        known = (token, _read())
    _Memory.known, _Memory.checked_at = known, moment
    return known[1]


def forget() -> None:
    """Read the tables anew at the next question."""
    _Memory.known = None


def _read() -> tuple[Subscription, ...]:
    rows = Outlet.objects.filter(active=True).order_by("id")
    return tuple(
        Subscription(pk, frozenset(topics), area_code, unit_id)
        for pk, topics, area_code, unit_id in rows.values_list("id", "topics", "area_code", "unit_id")
    )
