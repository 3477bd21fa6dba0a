"""The figures of the loop, all in one statement. Source of each: docs/rules/cockpit.md §2."""

from dataclasses import dataclass

from huying.cockpit.policy import Scope, Window
from huying.cockpit.queries.counted import DROPPED, asked, told

_CALLED = "reported_at >= %(first)s AND assigned_at IS NOT NULL"
_UNITS = "(SELECT count(DISTINCT unit_id) FROM cases_assignment WHERE case_id = seen.id)"
_CLOSED = "state = 'closed' AND closed_at >= %(first)s"
_DAY = "interval '24 hours'"

# name: which of the cases it counts
COUNTS = {
    "reported_today": "reported_at >= %(today)s AND reported_at < %(tomorrow)s",
    "closed_today": "state = 'closed' AND closed_at >= %(today)s AND closed_at < %(tomorrow)s",
    "open": "is_open",
    "overdue": "is_open AND next_due < %(now)s",
    "soon": "is_open AND next_due >= %(now)s AND next_due < %(soon)s",
    "urgent": "is_open AND urgent",
    "reported": "state = 'reported'",
    "accepted": "state = 'accepted'",
    "in_hand": "state = 'in_hand'",
    "handled": "state = 'handled'",
    "suspended": "state = 'suspended'",
    "closed_period": _CLOSED,
    "in_time": f"{_CLOSED} AND in_time",
    "late": f"{_CLOSED} AND NOT in_time",
    "fast": f"{_CLOSED} AND closed_at <= reported_at + {_DAY}",
    "slow": f"{_CLOSED} AND closed_at > reported_at + {_DAY}",
    "done": f"reported_at >= %(first)s AND state NOT IN ({DROPPED}) AND is_done",
    "undone": f"reported_at >= %(first)s AND state NOT IN ({DROPPED}) AND NOT is_done",
    "called": _CALLED,
    "shared": f"{_CALLED} AND {_UNITS} > 1",
}
# name: (share of the cases in order, minutes between, of which cases)
PACES = {
    "found_assigned": (0.5, "assigned_at - found_at", _CALLED),
    "assigned_done": (
        0.5,
        "coalesce(handled_at, closed_at) - assigned_at",
        f"{_CALLED} AND coalesce(handled_at, closed_at) IS NOT NULL",
    ),
    "service": (0.9, "closed_at - reported_at", _CLOSED),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of cases; rates follow from two of them. Times in minutes; None = nothing to measure.

    Without "today": of the last 30 days. done, undone: of what was reported then and not dropped (C06, B15).
    fast, slow: closed within 24 hours of the report or later; service: 90 % were closed within (B16).
    called, shared: a unit was called; more than one was (H12).
    """

    reported_today: int
    closed_today: int
    open: int
    overdue: int
    soon: int
    urgent: int
    reported: int
    accepted: int
    in_hand: int
    handled: int
    suspended: int
    closed_period: int
    in_time: int
    late: int
    fast: int
    slow: int
    done: int
    undone: int
    called: int
    shared: int
    found_assigned: float | None
    assigned_done: float | None
    service: float | None


def figures(scope: Scope, window: Window) -> Figures:
    """Count the cases of the scope."""
    (row,) = asked(_STATEMENT, told(scope, window))
    return Figures(*row)


def _pace(share: float, span: str, condition: str) -> str:
    minutes = f"extract(epoch FROM {span})::float8 / 60"
    return f"percentile_cont({share}) WITHIN GROUP (ORDER BY {minutes}) FILTER (WHERE {condition})"


_COLUMNS = [f"count(*) FILTER (WHERE {condition})" for condition in COUNTS.values()]
_COLUMNS += [_pace(*each) for each in PACES.values()]
_STATEMENT = f"SELECT {', '.join(_COLUMNS)} FROM seen"  # noqa: S608  # words of our own
