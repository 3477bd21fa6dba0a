"""Who is on duty, and how the watch goes from one to the next."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.cases import queries as cases
from huying.cases.queries import Waiting, Wanted
from huying.clocks.policy import SHANGHAI
from huying.org import actions as org
from huying.org import queries as staff
from huying.org.policy import Actor
from huying.org.queries import Watch
from huying.org.requests import ActorRequest
from huying.shared.errors import NotPermitted, Refused
from huying.shared.ids import StaffId

SOON = timedelta(hours=2)  # what runs out within it is told to the next one
MOST = 30  # open matters listed by themselves


@require_safe
@login_required
def duty(request: ActorRequest) -> HttpResponse:
    """The watch now and next; for who has it, the note to hand over."""
    return _page(request, now())


@require_POST
@login_required
def hand_over(request: ActorRequest, shift_id: int) -> HttpResponse:
    """The leaving officer hands over to who comes."""
    at = now()
    try:
        org.hand_over(
            shift_id,
            StaffId(int(request.POST.get("coming") or 0)),
            request.POST.get("note", ""),
            now=at,
            actor=request.actor,
        )
    except Refused as refused:
        return _page(request, at, refused, request.POST.get("note", ""))
    messages.info(request, _("已交班，等待接班人确认。"))
    return HttpResponseRedirect(reverse("desk-duty"))


@require_POST
@login_required
def confirm(request: ActorRequest, shift_id: int) -> HttpResponse:
    """The coming officer signs that he has read the note and has the watch."""
    at = now()
    try:
        org.confirm(shift_id, now=at, actor=request.actor)
    except Refused as refused:
        return _page(request, at, refused)
    messages.info(request, _("已接班。"))
    return HttpResponseRedirect(reverse("desk-duty"))


def _page(
    request: ActorRequest, at: datetime, refused: Refused | None = None, written: str = ""
) -> HttpResponse:
    actor = request.actor
    prefixes = tuple(sorted({each.area_prefix for each in actor.grants if each.unit_id is None}))
    if not prefixes:
        raise NotPermitted(verb=_("查看值班"))
    found = staff.watches(at, area_prefixes=prefixes)
    own = _to_hand_over(found, actor, at)
    matters = open_matters(actor, at)
    facts = {
        "running": [each for each in found if each.is_running(at)],
        "following": [each for each in found if each.starts_at > at],
        "past": [each for each in found if each.ends_at <= at and each.note][::-1],
        "own": own,
        "comers": [each for each in found if own and each.is_next_after(own)],
        "to_confirm": [each for each in found if _waits_for(each, actor)],
        "matters": matters,
        "note": written or "\n".join(map(_line, matters)),
        "refused": refused,
    }
    return render(request, "desk/duty.html", facts, status=refused.status if refused else 200)


def _to_hand_over(found: list[Watch], actor: Actor, at: datetime) -> Watch | None:
    """Return the actor's own watch not handed over yet: the one that runs, else the last that ended."""
    own = [
        each for each in found if each.staff_id == actor.staff_id and each.starts_at <= at and not each.note
    ]
    return own[-1] if own else None


def _waits_for(watch: Watch, actor: Actor) -> bool:
    return watch.coming_id == actor.staff_id and watch.confirmed_at is None and actor.staff_id is not None


def open_matters(actor: Actor, at: datetime) -> list[Waiting]:
    """Return what the next one must know: urgent cases still open, then what runs out within two hours."""
    urgent = cases.queue(actor, Wanted(urgent=True), size=MOST).rows
    soon = cases.queue(actor, Wanted(due_before=at + SOON), size=MOST).rows
    known = {each.case.pk for each in urgent}
    return [*urgent, *(each for each in soon if each.case.pk not in known)][:MOST]


def _line(waiting: Waiting) -> str:
    case = waiting.case
    mark = _("[急]") if case.urgent else ""
    due = f"{waiting.clock.due_at.astimezone(SHANGHAI):%m-%d %H:%M}" if waiting.clock else ""
    return f"{mark}{case.number} {case.text[:40]} {due}".strip()
