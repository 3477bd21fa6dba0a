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
    for opening in Opening.objects.select_related("entry").iterator(chunk_size=5_000):
        if commit(bytes(opening.salt), opening.payload) != bytes(opening.entry.commitment):
            yield f"存证条目{opening.entry_id}的内容与其承诺值不符"
