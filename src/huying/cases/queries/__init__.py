"""Reading cases: one by one, in numbers, and whether every promise is kept."""

from huying.cases.queries.audit import latest_moment, violations
from huying.cases.queries.pace import Pace, Tally, has_other_than, is_known, paces, tally
from huying.cases.queries.reading import (
    Filter,
    Page,
    assignments,
    evidence,
    get_for,
    handled_history,
    live_units,
    masked_reporter,
    open_count,
    owner,
    page,
    pending_requests,
    public_timeline,
    request_for,
    timeline,
    visible,
)

__all__ = [
    "Filter",
    "Pace",
    "Page",
    "Tally",
    "assignments",
    "evidence",
    "get_for",
    "handled_history",
    "has_other_than",
    "is_known",
    "latest_moment",
    "live_units",
    "masked_reporter",
    "open_count",
    "owner",
    "paces",
    "page",
    "pending_requests",
    "public_timeline",
    "request_for",
    "tally",
    "timeline",
    "violations",
    "visible",
]
