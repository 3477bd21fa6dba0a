"""One case: its page, its pane on the desk, and everything that may be done with it."""

from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.cases import queries as cases
from huying.cases.states import State, Verb
from huying.desk import actions, presentation
from huying.desk.deeds import DEEDS
from huying.desk.forms import DeedForm
from huying.org.requests import ActorRequest
from huying.shared.errors import NotFound, Refused

PART = "X-Part"  # header of a request that wants the pane alone


@require_safe
@login_required
def page(request: ActorRequest, number: str) -> HttpResponse:
    """The page of a case, for everybody who may see it."""
    facts = context(request, number, now())
    return render(request, "desk/case.html", facts)


@require_safe
@login_required
def point(request: ActorRequest, number: str) -> HttpResponse:
    """The case as a point of its map (GeoJSON); none while its place is not known."""
    case = cases.whole(request.actor, number).case
    known = case["lng"] is not None and case["lat"] is not None
    return JsonResponse({"type": "FeatureCollection", "features": [_feature(case)] if known else []})


def _feature(case: cases.Columns) -> dict[str, object]:
    facts = {"id": case["number"], "tone": State(case["state"]).tone, "label": case["place_text"], "href": ""}
    where = {"type": "Point", "coordinates": [case["lng"], case["lat"]]}
    return {"type": "Feature", "geometry": where, "properties": facts}


@require_safe
@login_required
def pane(request: ActorRequest, number: str) -> HttpResponse:
    """The case as it stands beside the queue."""
    return _pane(request, number, now())


@require_POST
@login_required
def act(request: ActorRequest, number: str, verb: str) -> HttpResponse:
    """Do one thing. What is refused is said in place, and what was written stays in the form."""
    known = Verb(verb) if verb in set(DEEDS) else None
    if known is None:
        raise NotFound(what=_("操作"), key=verb)
    at = now()
    form = presentation.form_for(request.actor, number, known, at, request.POST, request.FILES)
    if not form.is_valid():
        return _pane(request, number, at, {known: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        made = DEEDS[known].do(number, form.cleaned_data, request.actor, at)
    except Refused as refused:
        return _pane(request, number, at, {known: form}, refused=refused, status=refused.status)
    if known is Verb.REVEAL:
        return _pane(request, number, at, opened=made)
    return _done(request, number, at)


@require_POST
@login_required
def take(request: ActorRequest, number: str) -> HttpResponse:
    """Take what is proposed: file the case and call the units, or call them; one transaction each."""
    at = now()
    try:
        actions.take(number, actor=request.actor, now=at)
    except Refused as refused:
        return _pane(request, number, at, refused=refused, status=refused.status)
    return _done(request, number, at)


def _done(request: ActorRequest, number: str, at: datetime) -> HttpResponse:
    if PART in request.headers:
        return _pane(request, number, at)
    messages.info(request, _("已完成：%(number)s") % {"number": number})
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(target if is_ours else reverse("case", args=[number]))


def _pane(
    request: ActorRequest,
    number: str,
    at: datetime,
    tried: dict[Verb, DeedForm] | None = None,
    *,
    refused: Refused | None = None,
    opened: object = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    is_part = PART in request.headers
    facts = context(request, number, at, tried) | {"refused": refused, "opened": opened, "split": is_part}
    template = "desk/pane.html" if is_part else "desk/case.html"
    return render(request, template, facts, status=status)


def context(
    request: ActorRequest, number: str, at: datetime, tried: dict[Verb, DeedForm] | None = None
) -> dict[str, object]:
    """Return what the pane shows. tried: forms that were not taken; they stay open. Raises NotFound."""
    shown = presentation.shown(request.actor, number, at, tried=tried)
    back = request.POST.get("next") or request.get_full_path()
    return {"shown": shown, "case": shown.case, "tried": set(tried or ()), "back": back}
