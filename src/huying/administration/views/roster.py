"""The duty roster: a week of each duty room, with its gaps."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from huying.administration.policy.reach import require_reach
from huying.administration.views.frame import page
from huying.org.requests import ActorRequest
from huying.org.states import GRANTS, Verb


@require_safe
def roster(request: ActorRequest) -> HttpResponse:
    require_reach(request.actor, GRANTS[Verb.SCHEDULE_SHIFT], doing="查看值班表")
    return page(request, "roster", "roster", {})
