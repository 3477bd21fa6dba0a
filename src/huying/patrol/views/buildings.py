"""The buildings of who heads or walks them: what is known, what was, and what is personal."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.look.speech import said
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.patrol import actions, queries
from huying.patrol.forms import FactForm, LookForm
from huying.patrol.states import PERSONAL, FactKind
from huying.shared.errors import Incomplete


@require_safe
@login_required
def buildings(request: ActorRequest) -> HttpResponse:
    """Show the reader's own buildings."""
    found = queries.buildings_of(request.actor, at=now())
    return render(request, "patrol/buildings.html", {"buildings": found})


@require_safe
@login_required
def building(request: ActorRequest, code: str) -> HttpResponse:
    """Show what is known of one building of the reader's."""
    return _show(request, code)


@require_POST
@login_required
def state(request: ActorRequest, code: str) -> HttpResponse:
    """Say something of a building."""
    form = FactForm(request.POST)
    if not form.is_valid():
        return _show(request, code, stated=form, status=422)
    try:
        kind = FactKind(form.cleaned_data["kind"])
        actions.state_fact(code, kind, form.cleaned_data["text"], actor=request.actor, now=now())
    except Incomplete as refused:
        form.add_error("text", said(refused))
        return _show(request, code, stated=form, status=422)
    messages.success(request, _("已登记。"))
    return HttpResponseRedirect(reverse("grid_building", args=[code]))


@require_POST
@login_required
def end(request: ActorRequest, code: str, fact_id: int) -> HttpResponse:
    actions.end_fact(code, fact_id, actor=request.actor, now=now())
    messages.success(request, _("已注销。"))
    return HttpResponseRedirect(reverse("grid_building", args=[code]))


@require_POST
@login_required
def personal(request: ActorRequest, code: str) -> HttpResponse:
    """Open what concerns persons, once the reader has said why; it is not kept open."""
    form = LookForm(request.POST)
    if not form.is_valid():
        return _show(request, code, look=form, status=422)
    reason = form.cleaned_data["reason"]
    actions.open_personal(code, actor=request.actor, now=now(), reason=reason)
    return _show(request, code, look=form, is_open=True)


def _show(
    request: ActorRequest,
    code: str,
    *,
    stated: FactForm | None = None,
    look: LookForm | None = None,
    is_open: bool = False,
    status: int = 200,
) -> HttpResponse:
    found = queries.building_for(request.actor, code, at=now())
    facts = list(queries.facts_of(found))
    standing = [fact for fact in facts if fact.ended_at is None]
    plain = [fact for fact in standing if FactKind(fact.kind) not in PERSONAL]
    names = org.names({fact.stated_by for fact in facts})
    shown = {
        "building": found,
        "plain": [(FactKind(fact.kind), fact, names.get(fact.stated_by, "")) for fact in plain],
        "personal_count": len(standing) - len(plain),
        "personal": [
            (FactKind(fact.kind), fact, names.get(fact.stated_by, ""))
            for fact in standing
            if is_open and FactKind(fact.kind) in PERSONAL
        ],
        "earlier": [
            (FactKind(fact.kind), fact)
            for fact in facts
            if fact.ended_at is not None and FactKind(fact.kind) not in PERSONAL
        ],
        "is_open": is_open,
        "stated": stated or FactForm(),
        "opening": look or LookForm(),
    }
    return render(request, "patrol/building.html", shown, status=status)
