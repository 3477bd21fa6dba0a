"""The day of a unit: who goes where, to look at, to print, to change."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.cases import queries as cases
from huying.cases.fieldwork import REFUSALS
from huying.departments import actions, queries
from huying.departments.forms import DayForm, PlanForm
from huying.departments.views.room import show
from huying.look.speech import said
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.shared.ids import UnitId


@require_safe
@login_required
def day(request: ActorRequest) -> HttpResponse:
    """Show who goes where on a day, ready to be printed."""
    form = DayForm(request.GET)
    form.is_valid()
    on = form.cleaned_data.get("day") or localdate()
    names = org.unit_names()
    facts = {
        "day": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "goings": queries.day(request.actor, on),
        "units": sorted(names[each] for each in request.actor.unit_ids if each in names),
    }
    return render(request, "departments/day.html", facts)


@require_POST
@login_required
def plan(request: ActorRequest, number: str) -> HttpResponse:
    """Put a case on the plan of a day."""
    actor, moment = request.actor, now()
    cases.get_for(actor, number)
    unit_id = next(iter(_unit(request)), UnitId(0))
    form = PlanForm(request.POST, colleagues=org.colleagues(unit_id, at=moment))
    if not form.is_valid():
        return show(request, number, planned=form, status=422)
    try:
        actions.plan(number, unit_id, form.going, actor=actor, now=moment)
    except REFUSALS as refused:
        form.add_error(None, said(refused))
        return show(request, number, planned=form, status=refused.status)
    messages.success(request, _("已排入计划。"))
    return HttpResponseRedirect(reverse("unit-case", args=[number]))


@require_POST
@login_required
def unplan(request: ActorRequest, number: str) -> HttpResponse:
    """Take a case off the plan of a day."""
    form = DayForm(request.POST)
    form.is_valid()
    on = form.cleaned_data.get("day") or localdate()
    unit_id = next(iter(_unit(request)), UnitId(0))
    actions.unplan(number, unit_id, on, actor=request.actor, now=now())
    messages.success(request, _("已移出计划。"))
    return HttpResponseRedirect(reverse("unit-case", args=[number]))


def _unit(request: ActorRequest) -> list[UnitId]:
    """Return the unit named in the form, if it is one of the reader's."""
    named = request.POST.get("unit_id", "")
    return [each for each in request.actor.unit_ids if str(each) == named]
