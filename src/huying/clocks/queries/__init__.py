"""Reading deadlines, the rules they run by, and whether all is well."""

from huying.clocks.queries.deadlines import explain, of_case, running
from huying.clocks.queries.health import (
    SweeperHealth,
    calendar_warnings,
    sweeper_health,
    sweeper_state,
    violations,
)
from huying.clocks.queries.rules import calendar, calendar_of, forget, stage_limit, stage_limits

__all__ = [
    "SweeperHealth",
    "calendar",
    "calendar_of",
    "calendar_warnings",
    "explain",
    "forget",
    "of_case",
    "running",
    "stage_limit",
    "stage_limits",
    "sweeper_health",
    "sweeper_state",
    "violations",
]
