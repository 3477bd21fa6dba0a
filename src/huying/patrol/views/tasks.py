"""What waits for who walks the grid."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.cases.presentation import queue_row
from huying.cases.queries import Place, Waiting
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
        "to_check": [row(each, moment) for each in found.to_check],
        "around": [row(each, moment) for each in found.around],
        "walk": queries.current(request.actor),
        "next_after": str(found.next_after or ""),
        "moment": moment,
    }
    return render(request, "patrol/tasks.html", shown)


def row(waiting: Waiting, at: datetime) -> dict[str, object]:
    """Return an open case for its card; the stage as a word, so that it is said in the reader's language."""
    stage = waiting.clock.stage if waiting.clock else ""
    return {**queue_row(waiting, at=at), "stage": stage}
