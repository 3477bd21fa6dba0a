"""What came to the door and what became of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum

from huying.cases import queries as cases
from huying.clocks.policy import SHANGHAI
from huying.intake.models import Rejected, Tally
from huying.intake.states import Outcome

WINDOW_DAYS = 7  # today included


@dataclass(frozen=True, slots=True)
class Account:
    """What one source sent within the window.

    received: counted at the door before anything is stored; None: this source does not come by the door.
    accepted: cases of the source, counted in the database.
    acknowledged: how often the door told a sender that his report is filed, for the first time.
    rejected: by code of the refusal.
    failed: answered 5xx or 503, nothing stored.
    broken_off: received by a process that ended before it answered; may or may not be stored.
    """

    source: str
    received: int | None
    accepted: int
    duplicate: int
    rejected: Mapping[str, int]
    failed: int = 0
    acknowledged: int = 0
    broken_off: int = 0

    @property
    def difference(self) -> int:
        """Return received − (accepted + duplicate + rejected + failed). 0 when everything has its outcome."""
        if self.received is None:
            return 0
        return self.received - (self.accepted + self.duplicate + sum(self.rejected.values()) + self.failed)

    @property
    def lost(self) -> int:
        """Return how many reports were acknowledged and are not stored."""
        return 0 if self.received is None else max(self.acknowledged - self.accepted, 0)

    @property
    def is_balanced(self) -> bool:
        """Tell whether the account is right: what has no outcome was broken off, and nothing is lost."""
        return 0 <= self.difference <= max(self.broken_off, 0) and not self.lost


def accounts(now: datetime, days: int = WINDOW_DAYS) -> list[Account]:
    """Return the account of each source over the last `days` days of China, today included, by source.

    Lags behind by what the worker has not folded yet: a second or two.
    """
    first = now.astimezone(SHANGHAI).date() - timedelta(days=days - 1)
    counts = _counts(first)
    stored = cases.reported_by_source(datetime(first.year, first.month, first.day, tzinfo=SHANGHAI))
    return [_account(source, counts[source], stored) for source in sorted(counts.keys() | stored.keys())]


def rejected(source: str = "") -> QuerySet[Rejected]:
    """Return what was turned away, newest first; of one source or of all."""
    rows = Rejected.objects.order_by("-at", "-id")
    return rows.filter(source=source) if source else rows


def _counts(first: date) -> defaultdict[str, dict[tuple[str, str], int]]:
    """Return source → (outcome, reason) → count."""
    counts: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    rows = Tally.objects.filter(day__gte=first).values_list("source", "outcome", "reason")
    for source, outcome, reason, number in rows.annotate(total=Sum("count")).order_by():
        counts[source][outcome, reason] = number
    return counts


def _account(source: str, counts: Mapping[tuple[str, str], int], stored: Mapping[str, int]) -> Account:
    def of(outcome: Outcome) -> int:
        return counts.get((outcome, ""), 0)

    imported = of(Outcome.IMPORTED)
    return Account(
        source=source,
        received=counts.get((Outcome.RECEIVED, "")),
        accepted=stored.get(source, 0) + imported,
        duplicate=of(Outcome.DUPLICATE),
        rejected={reason: n for (kind, reason), n in sorted(counts.items()) if kind == Outcome.REJECTED},
        failed=of(Outcome.FAILED),
        acknowledged=of(Outcome.ACCEPTED) + imported,
        broken_off=of(Outcome.BROKEN_OFF),
    )
