"""How many, and how fast: counts over the cases one sender reported in a time."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from huying.cases.models import Case

_TALLY = """
SELECT count(*),
       count(*) FILTER (WHERE handled_at IS NOT NULL),
       count(*) FILTER (WHERE state = 'closed'),
       count(*) FILTER (WHERE state = 'closed' AND in_time),
       count(*) FILTER (WHERE state = 'closed' AND closed_at - reported_at <= interval '24 hours'),
       count(*) FILTER (WHERE state IN ('declined', 'merged')),
       count(*) FILTER (WHERE state NOT IN ('closed', 'declined', 'merged')),
       count(*) FILTER (WHERE self_handled),
       count(*) FILTER (WHERE round > 1)
FROM cases_case
WHERE source = %s AND reported_at >= %s AND reported_at < %s
"""
_PACE = """
SELECT count(minutes), percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY minutes)
FROM (
    SELECT extract(epoch FROM {end} - {begin})::float8 / 60 AS minutes
    FROM cases_case AS reported {join}
    WHERE source = %s AND reported_at >= %s AND reported_at < %s AND {end} IS NOT NULL
) AS spans
"""
_CALLS = "JOIN cases_assignment AS called ON called.case_id = reported.id"
_SPANS = {
    "report_accept": ("reported_at", "accepted_at", ""),
    "accept_assign": ("accepted_at", "assigned_at", ""),
    "call_arrive": ("called.called_at", "called.arrived_at", _CALLS),
    "report_closed": ("reported_at", "closed_at", ""),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """dropped: declined or merged; within_24_h: closed within 24 hours of the report (B16)."""

    reported: int
    handled: int
    closed: int
    in_time: int
    within_24_h: int
    dropped: int
    open: int
    self_handled: int
    more_rounds: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes between two moments; None when there is no pair."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None


def tally(source: str, since: datetime, until: datetime) -> Tally:
    """Count what a sender reported in since <= t < until."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [source, since, until])
        return Tally(*cursor.fetchone())


def paces(source: str, since: datetime, until: datetime) -> dict[str, Pace]:
    """Return how long it took from report to acceptance, assignment and close, and from call to arrival."""
    found = {}
    with connection.cursor() as cursor:
        for name, (begin, end, join) in _SPANS.items():
            cursor.execute(_PACE.format(begin=begin, end=end, join=join), [source, since, until])
            count, points = cursor.fetchone()
            found[name] = Pace(count, *(points or (None, None, None)))
    return found


def has_other_than(source: str) -> bool:
    """Tell whether anybody else ever reported."""
    return Case.objects.exclude(source=source).exists()


def is_known(source: str, key: str) -> bool:
    """Tell whether this report came before."""
    return Case.objects.filter(source=source, source_key=key).exists()


def reported_by_source(since: datetime) -> dict[str, int]:
    """Return how many cases each source has reported since; history taken over does not count."""
    rows = Case.objects.filter(reported_at__gte=since, imported=False).order_by()
    return dict(rows.values_list("source").annotate(number=Count("id")))
