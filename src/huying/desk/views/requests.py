"""What units ask for and the centre or a leader decides."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.cases import actions, queries
from huying.cases.policy.moves import check_decider
from huying.cases.states import RequestKind, Verb
from huying.org import queries as org
from huying.org.policy import Actor
from huying.org.requests import ActorRequest
from huying.shared.errors import NotFound, NotPermitted, Refused

DECISIONS = {"approve": actions.approve, "refuse": actions.refuse}


@require_safe
@login_required
def waiting(request: ActorRequest) -> HttpResponse:
    """Every request that waits for a decision on cases the viewer sees, the oldest first."""
    return _list(request)


@require_POST
@login_required
def decide(request: ActorRequest, request_id: int, decision: str) -> HttpResponse:
    """Grant it or turn it down, with words."""
    if decision not in DECISIONS:
        raise NotFound(what=_("操作"), key=decision)
    try:
        DECISIONS[decision](
            request_id, actor=request.actor, now=now(), decision=request.POST.get("decision", "")
        )
    except Refused as refused:
        return _list(request, refused, request_id)
    messages.info(request, _("已决定。"))
    return HttpResponseRedirect(reverse("desk-requests"))


def _list(request: ActorRequest, refused: Refused | None = None, tried: int = 0) -> HttpResponse:
    found = list(queries.pending_requests(request.actor)[:200])
    people = org.names({each.asked_by for each in found})
    rows = [
        {
            "asked": each,
            "kind": RequestKind(each.kind),
            "by": people.get(each.asked_by, each.asked_by),
            "mine": _may_decide(request.actor, each.kind, each.assignment.case.area_code),
        }
        for each in found
    ]
    facts = {"rows": rows, "refused": refused, "tried": tried}
    return render(request, "desk/requests.html", facts, status=refused.status if refused else 200)


def _may_decide(actor: Actor, kind: str, area_code: str) -> bool:
    try:
        check_decider(actor, Verb.APPROVE, RequestKind(kind), area_code)
    except NotPermitted:
        return False
    return True
