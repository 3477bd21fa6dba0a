"""Reading deadlines, the rules they run by, and whether all is well."""

from huying.clocks.queries.deadlines import (
    STANDING,
    TOLD,
    Told,
    clocked_assignments,
    due_at,
    explain,
    of_case,
    open_clocks,
    running,
    told,
)
from huying.clocks.queries.health import (
    SweeperHealth,
    calendar_warnings,
    sweeper_health,
    sweeper_state,
    violations,
)
from huying.clocks.queries.outcomes import Outcome, next_event, outcomes
from huying.clocks.queries.preview import calendar_editions, would_move
from huying.clocks.queries.rules import calendar, calendar_of, forget, stage_limit, stage_limits
from huying.clocks.queries.upcoming import (
    ALONG_IDS,
    CallClock,
    Upcoming,
    cases_due,
    last_along,
    next_of,
    next_of_calls,
    without_clock,
)

__all__ = [
    "ALONG_IDS",
    "STANDING",
    "TOLD",
    "CallClock",
    "Outcome",
    "SweeperHealth",
    "Told",
    "Upcoming",
    "calendar",
    "calendar_editions",
    "calendar_of",
    "calendar_warnings",
    "cases_due",
    "clocked_assignments",
    "due_at",
    "explain",
    "forget",
    "last_along",
    "next_event",
    "next_of",
    "next_of_calls",
    "of_case",
    "open_clocks",
    "outcomes",
    "running",
    "stage_limit",
    "stage_limits",
    "sweeper_health",
    "sweeper_state",
    "told",
    "violations",
    "without_clock",
    "would_move",
]
