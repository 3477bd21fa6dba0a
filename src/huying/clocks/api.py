"""What clocks run by, for everybody; whether they are kept, for those signed in."""

from datetime import date, datetime

from django.http import HttpRequest
from django.utils.timezone import now
from ninja import Router, Schema

from huying.clocks import queries
from huying.shared.errors import NotFound

router = Router(tags=["clocks"])


class DayOut(Schema):
    day: date
    name: str
    is_working: bool


class CalendarOut(Schema):
    code: str
    source: str
    working_periods: list[str]
    days: list[DayOut]


class StageLimitOut(Schema):
    stage: str
    urgent: bool
    amount: int
    type: str


class SweeperOut(Schema):
    is_well: bool
    text: str
    beat_at: datetime | None
    halted_at: datetime | None
    overdue_unfired: int


@router.get("/calendars/{year}", response=CalendarOut, auth=None)
def calendar(request: HttpRequest, year: int) -> CalendarOut:
    """Return the holidays and make-up days in force for a year."""
    edition = queries.calendar(now()).editions.get(year)
    if edition is None:
        raise NotFound(what="日历", key=year)
    return CalendarOut(
        code=edition.code,
        source=edition.source,
        working_periods=[str(period) for period in edition.periods],
        days=[
            DayOut(day=day, name=rule.name, is_working=rule.is_working)
            for day, rule in sorted(edition.days.items())
        ],
    )


@router.get("/stage-limits", response=list[StageLimitOut], auth=None)
def stage_limits(request: HttpRequest) -> list[StageLimitOut]:
    """Return how long each stage of the loop may take."""
    return [
        StageLimitOut(stage=stage, urgent=urgent, amount=limit.amount, type=limit.type)
        for (stage, urgent), limit in sorted(queries.stage_limits().items())
    ]


@router.get("/sweeper", response=SweeperOut)
def sweeper(request: HttpRequest) -> queries.SweeperHealth:
    """Tell whether deadlines are being fired."""
    return queries.sweeper_health(now())
