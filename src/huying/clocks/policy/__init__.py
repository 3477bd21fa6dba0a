"""When is it late? Pure rules; calendar, start and pauses are arguments. Source: docs/rules/clocks.md."""

from huying.clocks.policy.calendar import SHANGHAI, Calendar, Day, Edition, Period
from huying.clocks.policy.counting import Reckoning, due_at, reckon, warn_at
from huying.clocks.policy.explaining import explain, remaining
from huying.clocks.policy.guard import Guard, Reading, judge
from huying.clocks.policy.limits import Limit, Pause
from huying.clocks.policy.notices import Notice, parse_csv, parse_toml

__all__ = [
    "SHANGHAI",
    "Calendar",
    "Day",
    "Edition",
    "Guard",
    "Limit",
    "Notice",
    "Pause",
    "Period",
    "Reading",
    "Reckoning",
    "due_at",
    "explain",
    "judge",
    "parse_csv",
    "parse_toml",
    "reckon",
    "remaining",
    "warn_at",
]
