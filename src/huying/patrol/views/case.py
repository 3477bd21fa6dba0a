"""One case as who walks the grid works on it."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from huying.cases import fieldwork
from huying.cases.states import Verb
from huying.org.requests import ActorRequest

VERBS = frozenset(
    {
        Verb.ACKNOWLEDGE,
        Verb.ARRIVE,
        Verb.ANSWER,
        Verb.REQUEST,
        Verb.SELF_HANDLE,
        Verb.ESCALATE,
        Verb.VERIFY,
        Verb.REWORK,
        Verb.NOTE,
    }
)


@require_safe
@login_required
def case(request: ActorRequest, number: str) -> HttpResponse:
    return show(request, number)


@require_POST
@login_required
def deed(request: ActorRequest, number: str, name: str) -> HttpResponse:
    """Do one thing to a case; what is refused comes back with the reason and everything that was typed."""
    tried = fieldwork.attempted(name, number, request.POST, request.FILES, actor=request.actor, now=now())
    if tried.deed is None:
        return show(request, number, sent={name: tried.form}, status=tried.status)
    messages.success(request, str(tried.deed.done))
    return HttpResponseRedirect(reverse("grid_case", args=[number]))


def show(
    request: ActorRequest, number: str, *, sent: Mapping[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    sheet = fieldwork.sheet(request.actor, number, at=now(), verbs=VERBS, sent=sent or {})
    facts = {"sheet": sheet, "base": reverse("grid_case", args=[number])}
    return render(request, "patrol/case.html", facts, status=status)
