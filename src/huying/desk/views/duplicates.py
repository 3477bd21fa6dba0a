"""Two reports side by side: one trouble or two?"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huying.cases import actions as cases
from huying.cases import queries
from huying.cases.presentation import case_out
from huying.dispatch import actions as dispatch
from huying.dispatch import queries as advice
from huying.org.requests import ActorRequest
from huying.shared.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def alike(request: ActorRequest, number: str, other: str) -> HttpResponse:
    """Show both; POST merges the first into the second, or remembers that they are two."""
    refused = None
    if request.method == "POST":
        try:
            return _decided(request, number, other)
        except Refused as error:
            refused = error
    at, actor = now(), request.actor
    sides = [case_out(queries.whole(actor, each), at=at) for each in (number, other)]
    found = next((each for each in advice.twins(actor, number) if each.number == other), None)
    same = {name: sides[0][name] == sides[1][name] for name in ("category", "place_text", "area_code")}
    facts = {
        "sides": sides,
        "twin": found,
        "same": same,
        "refused": refused,
        "number": number,
        "other": other,
    }
    return render(request, "desk/alike.html", facts, status=refused.status if refused else 200)


def _decided(request: ActorRequest, number: str, other: str) -> HttpResponse:
    if "apart" in request.POST:
        dispatch.tell_apart(number, other, actor=request.actor, now=now())
        messages.info(request, _("已记为两件事，不再提示。"))
    else:
        opinion = request.POST.get("opinion", "")
        cases.merge(number, into=other, actor=request.actor, now=now(), opinion=opinion)
        messages.info(request, _("已将%(number)s并入%(other)s。") % {"number": number, "other": other})
    return HttpResponseRedirect(reverse("case", args=[other if "apart" not in request.POST else number]))
