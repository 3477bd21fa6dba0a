"""Statistics over HTTP."""

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema

from huying.assessment import queries
from huying.org.policy import Actor
from huying.org.policy.access import require_signed_in

router = Router(tags=["statistics"])


class CountsOut(Schema):
    reported: int
    closed: int
    in_time: int
    overdue: int
    unknown: int


class NamedOut(CountsOut):
    name: str


class StatisticsOut(Schema):
    total: CountsOut
    streets: list[NamedOut]
    types: list[NamedOut]


class StatisticsIn(Schema):
    source: str = ""
    first: date | None = None  # days of the report, both included
    last: date | None = None


@router.get("/statistics", response=StatisticsOut)
def read_statistics(request: HttpRequest, chosen: Query[StatisticsIn]) -> dict[str, object]:
    """Count the cases you may see: reported, closed, in time, overdue, unknown; by street and by type."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require_signed_in(actor)
    return queries.statistics(actor, source=chosen.source, first=chosen.first, last=chosen.last).as_dict()
