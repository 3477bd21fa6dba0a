"""What a unit is called for: the list, one case, and what is done to it."""

from collections.abc import Mapping
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from huying.cases import fieldwork
from huying.cases.states import Verb
from huying.departments import queries
from huying.departments.forms import PlanForm
from huying.org import queries as org
from huying.org.policy import Actor
from huying.org.requests import ActorRequest
from huying.shared.ids import UnitId

VERBS = frozenset({Verb.ACKNOWLEDGE, Verb.ARRIVE, Verb.ANSWER, Verb.REQUEST, Verb.NOTE})


@require_safe
@login_required
def room(request: ActorRequest) -> HttpResponse:
    """Show the calls of the reader's units, the one whose clock runs out next first."""
    return render(request, "departments/room.html", {"room": queries.room(request.actor, now()), "here": ""})


@require_safe
@login_required
def case(request: ActorRequest, number: str) -> HttpResponse:
    """Show one case: beside the list on a desk, alone on a phone."""
    return show(request, number)


@require_POST
@login_required
def deed(request: ActorRequest, number: str, name: str) -> HttpResponse:
    """Do one thing to a case; what is refused comes back with the reason and everything that was typed."""
    tried = fieldwork.attempted(name, number, request.POST, request.FILES, actor=request.actor, now=now())
    if tried.deed is None:
        return show(request, number, sent={name: tried.form}, status=tried.status)
    messages.success(request, str(tried.deed.done))
    return HttpResponseRedirect(reverse("unit-case", args=[number]))


def show(
    request: ActorRequest,
    number: str,
    *,
    sent: Mapping[str, forms.Form] | None = None,
    planned: PlanForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a case with the list beside it; sent, planned: forms that were refused."""
    actor, at = request.actor, now()
    sheet = fieldwork.sheet(actor, number, at=at, verbs=VERBS, sent=sent or {})
    facts = {
        "room": queries.room(actor, at),
        "here": number,
        "sheet": sheet,
        "base": reverse("unit-case", args=[number]),
        "visit": queries.visit_of(actor, number, localdate(at)),
        "plan": planned or plan_form(actor, sheet, at),
    }
    return render(request, "departments/room.html", facts, status=status)


def plan_form(actor: Actor, sheet: fieldwork.Sheet, at: datetime) -> PlanForm | None:
    """Return the form to plan a visit; None when none of the reader's units has the case in hand."""
    if not sheet.calls:
        return None
    unit_id = UnitId(sheet.calls[0].assignment.unit_id)
    visit = queries.visit_of(actor, str(sheet.case["number"]), localdate(at))
    known = {"day": localdate(at), "goes": [actor.staff_id]}
    if visit is not None:
        known = {"day": visit.day, "at": visit.at, "goes": visit.goes, "note": visit.note}
    return PlanForm(initial={"unit_id": unit_id, **known}, colleagues=org.colleagues(unit_id, at=at))
