"""What waits for who walks the grid."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.cases import queries
from huying.cases.presentation import queue_row
from huying.org.requests import ActorRequest

PAGE = 50  # cases of one page


@require_safe
@login_required
def tasks(request: ActorRequest) -> HttpResponse:
    """The open cases of the caller's grids and units, the one whose clock runs out next first."""
    after = queries.Place.read(request.GET.get("after", ""))
    page = queries.queue(request.actor, queries.Wanted(), after=after, size=PAGE)
    moment = now()
    rows = [queue_row(each, at=moment) for each in page.rows]
    shown = {"cases": rows, "next_after": str(page.next_after or ""), "moment": moment}
    return render(request, "patrol/tasks.html", shown)
