"""Calendars and stage limits, kept in memory: every report needs them and they change twice a year.

The cache looks at the revision token once a second, so an edit elsewhere is seen within a second;
an edit in this process calls `forget()`.
"""

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from huying.clocks.models import CalendarEdition, Revision, StageLimit
from huying.clocks.policy import Calendar, Day, Edition, Limit
from huying.clocks.policy.notices import parse_periods
from huying.clocks.states import LimitType, Stage

FRESH_SECONDS = 1.0


@dataclass(slots=True)
class Rules:
    """One reading of the tables."""

    token: UUID
    limits: Mapping[tuple[str, bool], Limit]
    effective_at: Sequence[datetime]  # of each edition, ascending
    editions: Sequence[Edition]
    calendars: dict[int, Calendar] = field(default_factory=dict)  # by number of editions in force


class _Memory:
    rules: Rules | None = None
    checked_at: float = 0.0  # monotonic seconds


def stage_limit(stage: Stage, urgent: bool) -> Limit | None:
    """Return how long a stage may take; None = it has no clock."""
    return _rules().limits.get((stage, urgent))


def stage_limits() -> Mapping[tuple[str, bool], Limit]:
    """Return all limits by (stage, urgent)."""
    return _rules().limits


def calendar(at: datetime) -> Calendar:
    """Return the calendar as it was in force at a moment: the newest edition of each year."""
    rules = _rules()
    known = bisect_right(rules.effective_at, at)
    if known not in rules.calendars:
        rules.calendars[known] = Calendar(rules.editions[:known])
    return rules.calendars[known]


def calendar_of(codes: str) -> Calendar:
    """Return the calendar of exactly these editions, as a deadline names them: "CN-2019.2 CN-2020.1"."""
    wanted = set(codes.split())
    return Calendar(edition for edition in _rules().editions if edition.code in wanted)


def rules_token() -> UUID:
    """Return what stands for the calendars and limits as this process knows them; it changes with them."""
    return _rules().token


def forget() -> None:
    """Read the tables anew at the next question."""
    _Memory.rules = None


def _rules() -> Rules:
    moment, rules = time.monotonic(), _Memory.rules  # one look: another thread may forget in between
    if rules is not None and moment - _Memory.checked_at < FRESH_SECONDS:
        return rules
    token = Revision.objects.values_list("token", flat=True).get(pk=1)
    if rules is None or rules.token != token:
        rules = _read(token)
    _Memory.rules, _Memory.checked_at = rules, moment
    return rules


def _read(token: UUID) -> Rules:
    rows = list(CalendarEdition.objects.order_by("effective_at", "number").prefetch_related("days"))
    return Rules(
        token=token,
        limits={
            (row.stage, row.urgent): Limit(row.amount, LimitType(row.type))
            for row in StageLimit.objects.all()
        },
        effective_at=[row.effective_at for row in rows],
        editions=[_edition(row) for row in rows],
    )


def _edition(row: CalendarEdition) -> Edition:
    return Edition(
        year=row.year,
        number=row.number,
        days={day.day: Day(day.name, day.is_working) for day in row.days.all()},
        source=row.source,
        periods=parse_periods(row.working_periods.split(",")),
    )
