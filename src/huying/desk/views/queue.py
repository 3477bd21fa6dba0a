"""The queue of the command centre: rows on the left, the chosen case on the right."""

import hashlib
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from huying.cases import queries as cases
from huying.cases.queries import QueuePage, Wanted
from huying.cases.states import State
from huying.clocks.policy import SHANGHAI
from huying.desk import presentation
from huying.desk.filters import EVERY_STATE, DeskForm
from huying.desk.views.case import context as case_context
from huying.org.policy import Actor
from huying.org.requests import ActorRequest

SIZE = 50
SAVED = (
    ("", gettext_lazy("全部")),
    ("urgent=on", gettext_lazy("紧急")),
    ("overdue=on", gettext_lazy("超时")),
    ("state=reported", gettext_lazy("待受理")),
    ("state=accepted", gettext_lazy("待指派")),
    ("state=handled", gettext_lazy("待核查")),
)  # filters one click away; every other is an address to keep
ALARMS = 9  # urgent cases counted for the title; more are "9+"
NOT_BEGUN = (State.REPORTED, State.ACCEPTED)


@require_safe
@login_required
def desk(request: ActorRequest) -> HttpResponse:
    """The whole page. case: the number of the one shown beside the queue."""
    at = now()
    facts = _facts(request, at)
    number = request.GET.get("case", "")
    chosen = case_context(request, number, at) if number else {}
    return render(request, "desk/desk.html", facts | chosen | _choices(request, at))


@require_safe
@login_required
def rows(request: ActorRequest) -> HttpResponse:
    """The rows alone, for a page that asks whether something changed: 304 as long as nothing did."""
    facts = _facts(request, now())
    tag = _tag(request, facts)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    answer = render(request, "desk/rows.html", facts)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _facts(request: ActorRequest, at: datetime) -> dict[str, object]:
    form = DeskForm(request.GET)
    after = cases.Place.read(request.GET.get("after", ""))
    found = cases.queue(request.actor, form.wanted(at), after=after, size=SIZE)
    return {
        "form": form,
        "rows": presentation.rows(found.rows, at),
        "next": _address(request, found),
        "alarms": alarms(request.actor),
        "asked": _without(request, "after", "case"),
        "chosen": request.GET.get("case", ""),
    }


def alarms(actor: Actor) -> list[str]:
    """Return the numbers of urgent cases nobody has been called to yet, at most ALARMS + 1."""
    found = cases.queue(actor, Wanted(states=NOT_BEGUN, urgent=True), size=ALARMS + 1)
    return [each.case.number for each in found.rows]


def _choices(request: ActorRequest, at: datetime) -> dict[str, object]:
    prefix = next((grant.area_prefix for grant in request.actor.grants if grant.area_prefix), "")
    return {
        "states": EVERY_STATE,
        "categories": presentation.categories(at.astimezone(SHANGHAI).date()),
        "areas": presentation.areas_of(prefix),
        "units": presentation.units_for(prefix),
        "saved": SAVED,
    }


def _address(request: ActorRequest, found: QueuePage) -> str:
    """Return the address of the next page with the same filter; "" after the last."""
    if found.next_after is None:
        return ""
    query = request.GET.copy()
    query["after"] = str(found.next_after)
    query.pop("case", None)
    return f"?{query.urlencode()}"


def _without(request: ActorRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return str(query.urlencode())


def _tag(request: ActorRequest, facts: dict[str, object]) -> str:
    """Return what stays the same as long as the rows do."""
    parts = [(each.number, each.mark, each.owner) for each in facts["rows"]]  # type: ignore[attr-defined]
    told = repr((parts, facts["next"], facts["alarms"], get_language(), request.actor.key))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
