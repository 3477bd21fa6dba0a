"""The plain pages: what is going on, and one case with its whole story."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.cases import queries
from huying.cases.forms import FilterForm
from huying.cases.presentation import case_out, case_row, move_out
from huying.org import queries as org
from huying.org.requests import ActorRequest


@require_safe
@login_required
def case_list(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    form = FilterForm(request.GET)
    page = queries.page(actor, form.filter(), before=form.before_id())
    rows = [case_row(case) for case in page.cases]
    return render(request, "cases/list.html", {"form": form, "cases": rows, "next": _next(request, page)})


@require_safe
@login_required
def case_detail(request: ActorRequest, number: str) -> HttpResponse:
    case = queries.get_for(request.actor, number)
    shown = case_out(queries.whole(request.actor, number), at=now())
    steps = [move_out(step, masked=False) for step in queries.timeline(case)]
    people = org.names({step.actor for step in steps})
    told = [(step, people.get(step.actor, step.actor)) for step in steps]
    return render(request, "cases/detail.html", {"case": shown, "steps": told})


def _next(request: ActorRequest, page: queries.Page) -> str:
    """Return the address of the next page with the same filter; "" after the last."""
    if page.next_before is None:
        return ""
    query = request.GET.copy()
    query["before"] = str(page.next_before)
    return f"?{query.urlencode()}"
