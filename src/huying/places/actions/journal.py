"""What every write to places shares: one writer at a time, an entry for each change, a new token."""

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction

from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.places import memory
from huying.places.models import Revision


def lock() -> None:
    """Wait for other writers. Lock: the Revision row, until the end of the transaction."""
    Revision.objects.get_or_create(pk=1, defaults={"token": uuid4()})
    Revision.objects.select_for_update().get(pk=1)


def publish(entries: Sequence[Entry]) -> None:
    """Record the changes and tell every process that its memory is old. Without changes nothing happens."""
    if not entries:
        return
    record_many(entries)
    Revision.objects.update(token=uuid4())
    memory.wrote()
    transaction.on_commit(memory.forget)
