"""Patrols: setting out, the line on and off, coming back, and the record of each."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.cases import queries as cases
from huying.look.speech import said
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.patrol import actions, queries
from huying.patrol.forms import BackForm, LookForm
from huying.shared.errors import Refused

SHOWN = timedelta(days=30)


@require_safe
@login_required
def walks(request: ActorRequest) -> HttpResponse:
    """Show the walk that is on, the reader's own walks, and those of the people he answers for."""
    return _list(request)


def _list(request: ActorRequest, refusal: str = "", *, status: int = 200) -> HttpResponse:
    actor, moment = request.actor, now()
    others = queries.walks_in(actor, moment - SHOWN)
    names = org.names({f"staff:{walk.staff_id}" for walk in others})
    facts = {
        "current": queries.current(actor),
        "own": queries.walks_of(actor),
        "others": [(walk, names.get(f"staff:{walk.staff_id}", "")) for walk in others],
        "refusal": refusal,
        "back": BackForm(),
    }
    return render(request, "patrol/walks.html", facts, status=status)


@require_POST
@login_required
def set_out(request: ActorRequest) -> HttpResponse:
    try:
        actions.set_out(actor=request.actor, now=now(), is_tracked="is_tracked" in request.POST)
    except Refused as refused:
        return _list(request, said(refused), status=refused.status)
    messages.success(request, _("巡查开始。"))
    return HttpResponseRedirect(reverse("grid_walks"))


@require_POST
@login_required
def track(request: ActorRequest, walk_id: int) -> HttpResponse:
    """Switch the line on or off."""
    actions.switch_track(walk_id, on="on" in request.POST, actor=request.actor, now=now())
    return HttpResponseRedirect(reverse("grid_walks"))


@require_POST
@login_required
def come_back(request: ActorRequest, walk_id: int) -> HttpResponse:
    form = BackForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        actions.come_back(walk_id, actor=request.actor, now=now(), note=note)
    except Refused as refused:
        return _list(request, said(refused), status=refused.status)
    messages.success(request, _("巡查结束。"))
    return HttpResponseRedirect(reverse("grid_walk", args=[walk_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def walk(request: ActorRequest, walk_id: int) -> HttpResponse:
    """Show the record of a walk; its line to the worker, and to who answers for him when he says why."""
    actor, moment = request.actor, now()
    found = queries.walk_for(actor, walk_id)
    is_own = found.staff_id == actor.staff_id
    form = LookForm(request.POST if request.method == "POST" else None)
    line = []
    if is_own or form.is_valid():
        reason = "" if is_own else form.cleaned_data["reason"]
        line = actions.look_at_track(walk_id, actor=actor, now=moment, reason=reason)
    key = f"staff:{found.staff_id}"
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [each.lng, each.lat]},
         "properties": {"id": number, "tone": "cyan", "label": f"{each.at.astimezone():%H:%M}"}}
        for number, each in enumerate(line)
    ]  # fmt: skip
    facts = {
        "walk": found,
        "name": org.names({key}).get(key, ""),
        "is_own": is_own,
        "found": cases.reported_between(key, found.started_at, found.ended_at or moment),
        "line": line,
        "points": {"type": "FeatureCollection", "features": features},
        "centre": f"{line[0].lng:.6f},{line[0].lat:.6f}" if line else "",
        "form": form,
    }
    return render(request, "patrol/walk.html", facts, status=422 if form.errors else 200)
