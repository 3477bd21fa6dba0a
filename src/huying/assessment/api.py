"""Statistics over HTTP."""

from ninja import Query, Router, Schema

from huying.assessment import queries
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest
from huying.shared.shapes import Day, Name

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
    source: Name = ""
    first: Day | None = None  # days of the report, both included
    last: Day | None = None


@router.get("/statistics", response=StatisticsOut)
def read_statistics(request: ActorRequest, chosen: Query[StatisticsIn]) -> dict[str, object]:
    """Count the cases you may see: reported, closed, in time, overdue, unknown; by street and by type."""
    actor = request.actor
    require_signed_in(actor)
    return queries.statistics(actor, source=chosen.source, first=chosen.first, last=chosen.last).as_dict()
