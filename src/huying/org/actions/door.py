"""What every action does: lock, refuse twins in words, write the ledger.

Locks are FOR NO KEY UPDATE: rows that refer to a locked unit or person can still be written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from huying.ledger.actions import record
from huying.org.models import Staff
from huying.org.models.spans import Span
from huying.org.policy import Actor
from huying.org.states import Verb
from huying.shared.errors import Conflict, NotFound
from huying.shared.ids import StaffId

Row = TypeVar("Row", bound=Span)


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    """Turn a constraint of the database that is hurt inside into a Conflict; the transaction goes on."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(reason=reason) from None


def written(verb: Verb, subject: str, *, actor: Actor, now: datetime, **payload: object) -> None:
    """Append the ledger entry of an act; personal data only in the payload."""
    record(at=now, actor=actor.key, verb=verb, subject=subject, payload=payload)


def serving(staff_id: StaffId, now: datetime) -> Staff:
    """Return somebody who has not left, locked. Raises NotFound."""
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first()
    if staff is None or (staff.left_at and staff.left_at <= now):
        raise NotFound(what="人员", key=staff_id)
    return staff


def end(rows: QuerySet[Row], now: datetime) -> int:
    """End these spans now and return how many there were; those that would begin later never do."""
    later, _ = rows.filter(starts_at__gte=now).delete()
    return later + rows.filter(Q(ends_at=None) | Q(ends_at__gt=now)).update(ends_at=now)
