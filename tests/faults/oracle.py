"""What must hold after every fault: asked of the database, against what the clients were told."""

from collections import defaultdict

from .clients import Log
from .street import Street
from .tally import Verdict

GRACE_SECONDS = 60.0  # within which a deadline must have fired
_CASES = "SELECT source_key, number FROM cases_case"
_DEADLINES = """
SELECT count(*) FILTER (WHERE due_at <= clock_timestamp() OR fired_at IS NOT NULL),
       count(*) FILTER (WHERE state = 'running' AND fired_at IS NULL
                          AND due_at < clock_timestamp() - make_interval(secs => %s)),
       count(*) FILTER (WHERE fired_at < due_at),
       count(*) FILTER (WHERE fired_at IS NOT NULL)
FROM clocks_deadline
"""
_HASTEN = """
UPDATE clocks_deadline
SET due_at = clock_timestamp() + make_interval(secs => %s + (%s::float8 - %s) * random()),
    warn_at = clock_timestamp(), warned_at = clock_timestamp()
WHERE state = 'running' AND fired_at IS NULL
"""
_EVENTS = "SELECT count(*) FROM ledger_entry WHERE verb = 'deadline_due'"


def judge(
    street: Street, log: Log | None = None, *, grace: float = GRACE_SECONDS, invariants: bool = True
) -> Verdict:
    """Return what was kept and what was broken. grace: seconds within which a deadline must have fired."""
    promised = log.numbers if log else {}
    stored = defaultdict(set)
    for key, number in street.fetch(_CASES):
        stored[key].add(number)
    cases_twice = sum(len(numbers) - 1 for numbers in stored.values())
    told_twice = sum(len(numbers) - 1 for numbers in promised.values())
    due, missed, early, fired = street.fetch(_DEADLINES, [grace])[0]
    events = int(str(street.one(_EVENTS)))
    return Verdict(
        acknowledged=len(promised),
        lost=sum(not numbers <= stored[key] for key, numbers in promised.items()),
        doubled=max(cases_twice, told_twice) + max(events - fired, 0),
        deadlines=due,
        missed=missed + max(fired - events, 0),
        early=early,
        broken=street.invariants() if invariants else (),
    )


def hasten(street: Street, first: float, last: float) -> None:
    """Let the running deadlines fall due between so many seconds from now (negative: in the past)."""
    street.fetch(_HASTEN, [first, last, first])


def fired(street: Street) -> int:
    return int(str(street.one("SELECT count(*) FROM clocks_deadline WHERE fired_at IS NOT NULL")))


def waiting(street: Street) -> int:
    """Return how many deadlines are due and not fired."""
    unfired = "state = 'running' AND fired_at IS NULL AND due_at <= clock_timestamp()"
    return int(str(street.one(f"SELECT count(*) FROM clocks_deadline WHERE {unfired}")))


def latest_by(street: Street) -> float:
    """Return by how many seconds the latest event came late, as the ledger says."""
    late = (
        "SELECT max((payload::json ->> 'late_by')::float8) FROM ledger_opening WHERE payload LIKE '%late_by%'"
    )
    return float(str(street.one(late)))
