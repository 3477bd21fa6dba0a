"""Reading the log."""

from collections.abc import Iterator

from huying.ledger.models import Entry, Opening
from huying.ledger.policy import commit


def history(subject: str) -> Iterator[Entry]:
    """Yield what was done to one thing, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("id").iterator()


def count(subject: str = "") -> int:
    """Return how many entries there are, for one subject or in all."""
    entries = Entry.objects.filter(subject=subject) if subject else Entry.objects
    return entries.count()


def violations() -> Iterator[str]:
    """Yield every opening that does not fit its commitment, as a sentence."""
    rows = Opening.objects.values_list("entry_id", "salt", "payload", "entry__commitment")
    for entry_id, salt, payload, commitment in rows.iterator(chunk_size=5_000):
        if commit(bytes(salt), payload) != bytes(commitment):
            yield f"存证条目{entry_id}的内容与其承诺值不符"
