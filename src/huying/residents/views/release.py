"""Staff release a case: the text that everybody may read, prefilled without persons."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.policy.moves import possible
from huying.cases.policy.release import masked_text
from huying.cases.states import State, Verb
from huying.look.speech import said
from huying.org.requests import ActorRequest
from huying.residents.forms import ReleaseForm, WithdrawForm, typed
from huying.shared.errors import NotFound, Refused


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def publish(request: ActorRequest, number: str) -> HttpResponse:
    """Show what would be released, release it, or take it back (button "withdraw")."""
    case = cases.get_for(request.actor, number)
    if Verb.PUBLISH not in possible(request.actor, State(case.state), case.area_code, number, ()):
        raise NotFound(what="公开页", key=number)
    form = _form(request)
    if form is not None and form.is_valid():
        try:
            _do(request, number, form)
        except Refused as refused:
            form.add_error(None, said(refused))
        else:
            return HttpResponseRedirect(reverse("publish", args=[number]))
    released = cases.released_text(case)
    facts = {
        "case": case,
        "released": released,
        "text": released or masked_text(case.text, cases.reporter_names(case)),
        "errors": form.errors if form else {},
        "error": next(iter(form.non_field_errors()), "") if form else "",
    }
    if isinstance(form, ReleaseForm):
        facts["text"] = typed(form, "text")
    return render(request, "residents/publish.html", facts, status=422 if form else 200)


def _form(request: ActorRequest) -> ReleaseForm | WithdrawForm | None:
    """Return what was sent; None when the page is only looked at."""
    if request.method != "POST":
        return None
    return WithdrawForm(request.POST) if "withdraw" in request.POST else ReleaseForm(request.POST)


def _do(request: ActorRequest, number: str, form: ReleaseForm | WithdrawForm) -> None:
    given, actor = form.cleaned_data, request.actor
    if isinstance(form, WithdrawForm):
        actions.unpublish(number, actor=actor, now=now(), reason=given["reason"])
    else:
        actions.publish(number, given["text"], actor=actor, now=now())
