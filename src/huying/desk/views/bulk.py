"""Many cases at once, and what became of each."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huying.desk import actions
from huying.org.requests import ActorRequest
from huying.shared.errors import NotFound


@require_POST
@login_required
def together(request: ActorRequest) -> HttpResponse:
    """Do one thing with every chosen case; partly done is told case by case."""
    wanted = request.POST.get("do", "")
    if wanted not in actions.TOGETHER:
        raise NotFound(what=_("操作"), key=wanted)
    numbers = request.POST.getlist("number")
    outcomes = actions.together(numbers, actions.TOGETHER[wanted], actor=request.actor, now=now())
    refused = sum(each.refused is not None for each in outcomes)
    facts = {"outcomes": outcomes, "done": len(outcomes) - refused, "refused": refused}
    part = "X-Part" in request.headers
    return render(request, "desk/outcomes.html" if part else "desk/together.html", facts)
