"""What waits for who walks the grid."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.cases.presentation import queue_row
from huying.cases.queries import Place
from huying.org.requests import ActorRequest
from huying.patrol import queries


@require_safe
@login_required
def tasks(request: ActorRequest) -> HttpResponse:
    """Show calls, what is to be checked, and what else is open in the reader's grids, by the clock."""
    moment = now()
    found = queries.tasks(request.actor, Place.read(request.GET.get("after", "")))
    shown = {
        "calls": found.calls,
        "to_check": [queue_row(each, at=moment) for each in found.to_check],
        "around": [queue_row(each, at=moment) for each in found.around],
        "walk": queries.current(request.actor),
        "next_after": str(found.next_after or ""),
        "moment": moment,
    }
    return render(request, "patrol/tasks.html", shown)
