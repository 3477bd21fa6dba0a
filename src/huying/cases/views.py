"""The plain pages: what is to be done, what is going on, and one case with its whole story."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.cases import queries
from huying.cases.forms import FilterForm, QueueForm
from huying.cases.presentation import case_out, case_row, move_out, queue_row
from huying.org import queries as org
from huying.org.requests import ActorRequest


@require_safe
@login_required
def case_list(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    form = FilterForm(request.GET)
    page = queries.page(actor, form.filter(), before=form.before_id())
    rows = [case_row(case) for case in page.cases]
    following = _address(request, "before", page.next_before)
    return render(request, "cases/list.html", {"form": form, "cases": rows, "next": following})


@require_safe
@login_required
def desk(request: ActorRequest) -> HttpResponse:
    form = QueueForm(request.GET)
    after = queries.Place.read(request.GET.get("after", ""))
    page = queries.queue(request.actor, form.wanted(), after=after)
    rows = [queue_row(each, at=now()) for each in page.rows]
    following = _address(request, "after", page.next_after)
    return render(request, "cases/queue.html", {"form": form, "cases": rows, "next": following})


@require_safe
@login_required
def case_detail(request: ActorRequest, number: str) -> HttpResponse:
    case = queries.get_for(request.actor, number)
    shown = case_out(queries.whole(request.actor, number), at=now())
    steps = [move_out(step, masked=False) for step in queries.timeline(case)]
    people = org.names({step.actor for step in steps})
    told = [(step, people.get(step.actor, step.actor)) for step in steps]
    return render(request, "cases/detail.html", {"case": shown, "steps": told})


def _address(request: ActorRequest, name: str, place: object) -> str:
    """Return the address of the next page with the same filter; "" after the last."""
    if place is None:
        return ""
    query = request.GET.copy()
    query[name] = str(place)
    return f"?{query.urlencode()}"
