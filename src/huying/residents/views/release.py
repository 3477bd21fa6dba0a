"""Staff release a case: the text that everybody may read, prefilled without persons."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.models import Case
from huying.cases.policy.moves import check_permitted
from huying.cases.policy.release import masked_text
from huying.cases.states import Verb
from huying.org.requests import ActorRequest
from huying.residents.forms import ReleaseForm, WithdrawForm, typed
from huying.shared.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def publish(request: ActorRequest, number: str) -> HttpResponse:
    """Show what would be released, release it, or take it back (button "withdraw")."""
    case = cases.get_for(request.actor, number)
    check_permitted(request.actor, Verb.PUBLISH, case.area_code, number)
    if request.method != "POST":
        return _page(request, case)
    form = WithdrawForm(request.POST) if "withdraw" in request.POST else ReleaseForm(request.POST)
    try:
        if form.is_valid():
            _do(request, number, form)
            return HttpResponseRedirect(reverse("publish", args=[number]))
    except Refused as refused:
        form.add_error(None, str(refused))
    return _page(request, case, form, status=422)


def _do(request: ActorRequest, number: str, form: ReleaseForm | WithdrawForm) -> None:
    said, actor = form.cleaned_data, request.actor
    if isinstance(form, WithdrawForm):
        actions.unpublish(number, actor=actor, now=now(), reason=said["reason"])
    else:
        actions.publish(number, said["text"], actor=actor, now=now())


def _page(
    request: ActorRequest, case: Case, form: ReleaseForm | WithdrawForm | None = None, *, status: int = 200
) -> HttpResponse:
    released = cases.released_text(case)
    proposal = released or masked_text(case.text, cases.reporter_names(case))
    facts = {
        "case": case,
        "released": released,
        "text": typed(form, "text") if isinstance(form, ReleaseForm) else proposal,
        "errors": form.errors if form else {},
        "error": next(iter(form.non_field_errors()), "") if form else "",
    }
    return render(request, "residents/publish.html", facts, status=status)
