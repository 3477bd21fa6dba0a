"""What a calendar edition touches, and how many deadlines it would move before anybody publishes it."""

from datetime import date, datetime

from django.db.models import Min, QuerySet

from huying.clocks.models import CalendarDay, CalendarEdition, Deadline
from huying.clocks.policy import Calendar, Edition, Notice, reckon
from huying.clocks.policy.calendar import midnight
from huying.clocks.policy.limits import URGENT
from huying.clocks.queries.deadlines import extensions_of, limit_of, pauses_of
from huying.clocks.queries.rules import calendar
from huying.clocks.states import DeadlineState

CHUNK = 1_000  # deadlines in memory at a time


def touched(edition: Edition) -> QuerySet[Deadline]:
    """Return the deadlines whose end may change with an edition: running, not fired, by calendar."""
    return Deadline.objects.filter(
        state=DeadlineState.RUNNING,
        fired_at=None,
        due_at__gte=midnight(_first_day(edition)),
        started_at__lt=midnight(date(edition.year + 1, 1, 1)),
    ).exclude(limit_type__in=URGENT)


def _first_day(edition: Edition) -> date:
    """Return the first day that may count otherwise now: named by the edition or by one before it."""
    named = CalendarDay.objects.filter(edition__year=edition.year).aggregate(first=Min("day"))["first"]
    return min(named, edition.first_day) if named else edition.first_day


def would_move(notice: Notice, *, now: datetime) -> tuple[int, int]:
    """Return how many running deadlines a notice touches, and how many of them would end at another moment.

    Nothing is written; the notice must have no problems.
    """
    newest = CalendarEdition.objects.filter(year=notice.year).order_by("-number").first()
    edition = Edition(
        notice.year, newest.number + 1 if newest else 1, notice.days, notice.source, notice.periods
    )
    after = Calendar([*calendar(now).editions.values(), edition])
    looked_at = moved = 0
    for deadline in touched(edition).prefetch_related("pauses", "extensions").iterator(chunk_size=CHUNK):
        looked_at += 1
        extension = sum(each.amount for each in extensions_of(deadline))
        then = reckon(deadline.started_at, limit_of(deadline), after, pauses_of(deadline), extension)
        moved += then.due_at != deadline.due_at
    return looked_at, moved


def calendar_editions() -> QuerySet[CalendarEdition]:
    """Return every edition of every year with its days, the newest first."""
    return CalendarEdition.objects.order_by("-year", "-number").prefetch_related("days")
