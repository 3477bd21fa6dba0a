"""The first page: what is missing, what to do next."""

from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.administration.policy.reach import require_reach
from huying.administration.tables import TABLES
from huying.administration.views.frame import page
from huying.administration.views.records import may_change
from huying.clocks import queries as clocks
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.org.states import GRANTS, Verb


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    """Show how complete the data are, and where there is a gap."""
    reached = require_reach(request.actor, GRANTS[Verb.ENROL_VOLUNTEER], doing="查看管理页面")
    moment = now()
    facts = {
        "tables": [table for table in TABLES.values() if may_change(request.actor, table)],
        "coverage": [org.coverage(prefix, moment) for prefix in reached],
        "gaps": [org.gaps(moment, area_prefix=prefix) for prefix in reached],
        "calendar_warnings": clocks.calendar_warnings(moment),
    }
    return page(request, "overview", "overview", facts)
