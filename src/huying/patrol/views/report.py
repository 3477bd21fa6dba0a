"""Report what was found or told, or as solved on the spot: one form, counted once however often it comes."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huying.cases import actions
from huying.cases.fieldwork import REFUSALS, evidence_folder
from huying.catalogue import queries as catalogue
from huying.intake.reception import received
from huying.look.speech import said
from huying.org.requests import ActorRequest
from huying.patrol import queries
from huying.patrol.forms import FoundForm, SolvedForm
from huying.shared.errors import KeyReused, NotFound
from huying.shared.ids import uuid7


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request: ActorRequest) -> HttpResponse:
    """Report something, one's own find or on behalf of a resident."""
    moment = now()
    if request.method != "POST":
        return _show(request, FoundForm(initial=_started(moment), **_known(request, moment)))
    form = FoundForm(request.POST, request.FILES, **_known(request, moment))
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        sent = received(form.report, key=form.idempotency_key, actor=request.actor, on=localdate(moment))
        photos = form.cleaned_data["photos"]
        number = actions.report_shown(
            sent, photos, folder=evidence_folder(), actor=request.actor, now=moment
        ).number
    except (*REFUSALS, NotFound) as refused:
        return _refused(request, form, refused, moment)
    messages.success(request, _("已上报，编号 %(number)s。") % {"number": number})
    return HttpResponseRedirect(reverse("grid_case", args=[number]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def solve(request: ActorRequest) -> HttpResponse:
    """Report something as solved on the spot: filed, accepted and closed at the level of the grid (B07)."""
    moment = now()
    known = _known(request, moment) | {"categories": catalogue.solvable(localdate(moment))}
    if request.method != "POST":
        return _show(request, SolvedForm(initial=_started(moment), **known))
    form = SolvedForm(request.POST, request.FILES, **known)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        sent = received(form.report, key=form.idempotency_key, actor=request.actor, on=localdate(moment))
        opinion = form.cleaned_data["opinion"]
        folder = evidence_folder()
        number = actions.solve(
            sent, form.shown, opinion=opinion, folder=folder, actor=request.actor, now=moment
        ).number
    except (*REFUSALS, NotFound) as refused:
        return _refused(request, form, refused, moment)
    messages.success(request, _("已处置结案，编号 %(number)s。") % {"number": number})
    return HttpResponseRedirect(reverse("grid_case", args=[number]))


def _started(moment: datetime) -> dict[str, object]:
    return {"key": str(uuid7(moment))}


def _known(request: ActorRequest, moment: datetime) -> dict[str, list[tuple[str, object]]]:
    """Return what may be chosen: the reader's own buildings, the categories of today."""
    buildings = [(each.code, each.name) for each in queries.buildings_of(request.actor, at=moment)]
    return {"buildings": [*buildings], "categories": [*catalogue.choices(localdate(moment))]}


def _refused(request: ActorRequest, form: FoundForm, refused: Exception, moment: datetime) -> HttpResponse:
    """Show the form as it was typed with the reason; under a new key when the old one is used up."""
    if isinstance(refused, KeyReused):
        form.data = {**form.data.dict(), "key": str(uuid7(moment))}  # type: ignore[attr-defined]  # a QueryDict
        form.add_error(None, _("这张表刚才已经送出过，内容与现在不同。如果是另一件事，请再点一次“送出”。"))
    else:
        form.add_error(None, said(refused))
    return _show(request, form, status=422)


def _show(request: ActorRequest, form: FoundForm, *, status: int = 200) -> HttpResponse:
    facts = {"form": form, "is_solving": isinstance(form, SolvedForm)}
    return render(request, "patrol/report.html", facts, status=status)
