"""What is done to one area, building or unit: who answers for it, who helps, its end."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huying.administration.policy.reach import reach, require_reach, require_within
from huying.administration.tables import AREAS, BUILDINGS, UNITS, Table, table_named
from huying.administration.views.people import person_named
from huying.administration.views.records import readable, shown_record
from huying.org import actions
from huying.org.queries import people as queries
from huying.org.requests import ActorRequest
from huying.org.states import GRANTS, ChainLevel, Role, Verb
from huying.places import actions as places
from huying.shared.errors import NotFound, Refused


@require_POST
def make_responsible(request: ActorRequest, table: str, ref: str) -> HttpResponse:
    """Let somebody answer for a place."""
    of, reached = _place(request, table, ref, Verb.MAKE_RESPONSIBLE)
    try:
        levels = [level for level in ChainLevel if level.value == request.POST.get("level")]
        actions.make_responsible(
            person_named(request.POST.get("person", ""), reached),
            levels[0] if of is AREAS and levels else ChainLevel.BUILDING_HEAD,
            area_code=ref if of is AREAS else "",
            building_code=ref if of is BUILDINGS else "",
            now=now(),
            actor=request.actor,
        )
    except Refused as refused:
        return shown_record(request, of, ref, refused=refused)
    messages.success(request, _("责任人已落实。"))
    return _back(of, ref)


@require_POST
def release(request: ActorRequest, table: str, ref: str, held_id: int) -> HttpResponse:
    """End somebody's answering for a place."""
    of, reached = _place(request, table, ref, Verb.RELEASE)
    held = queries.responsibilities(now(), reached=reached)
    if not any(each.responsibility_id == held_id and each.place_code == ref for each in held):
        raise NotFound(what="责任", key=held_id)
    actions.release(held_id, now=now(), actor=request.actor)
    messages.success(request, _("已解除责任。"))
    return _back(of, ref)


@require_POST
def enrol_volunteer(request: ActorRequest, ref: str) -> HttpResponse:
    """Let a volunteer help in a building."""
    of, _reached = _place(request, BUILDINGS.name.value, ref, Verb.ENROL_VOLUNTEER)
    try:
        volunteer = person_named(
            request.POST.get("person", ""), reach(request.actor, GRANTS[Verb.ENROL_VOLUNTEER])
        )
        actions.enrol_volunteer(volunteer, ref, now=now(), actor=request.actor)
    except Refused as refused:
        return shown_record(request, of, ref, refused=refused)
    messages.success(request, _("义工已登记。"))
    return _back(of, ref)


@require_POST
def void(request: ActorRequest, table: str, ref: str) -> HttpResponse:
    """Take an area or a building out of the stock, or close a unit; nothing is deleted."""
    of = table_named(table)
    require_reach(request.actor, of.roles, doing=_("作废"))
    if ref not in {cells["ref"] for cells in readable(request.actor, of).values()}:
        raise NotFound(what=of.name.label, key=ref)
    moment, reason = now(), request.POST.get("reason", "")
    try:
        if of is UNITS:
            actions.close_unit(ref, now=moment, actor=request.actor)
        else:
            end = places.void_area if of is AREAS else places.void_building
            end(ref, reason=reason, on=localtime(moment).date(), actor=request.actor.key, now=moment)
    except Refused as refused:
        return shown_record(request, of, ref, refused=refused)
    messages.success(request, _("已作废，编码不再使用。"))
    return HttpResponseRedirect(reverse("administration:records", args=[table]))


def _place(request: ActorRequest, table: str, ref: str, verb: Verb) -> tuple[Table, tuple[str, ...]]:
    """Return the table and the reach of who may do this here. Raises NotFound for places elsewhere."""
    of = table_named(table)
    if of not in (AREAS, BUILDINGS):
        raise NotFound(what="表", key=table)
    roles: frozenset[Role] = GRANTS[verb]
    reached = require_reach(request.actor, roles, doing=verb.label)
    cells = next((each for each in readable(request.actor, of).values() if each["ref"] == ref), None)
    if cells is None:
        raise NotFound(what=of.name.label, key=ref)
    require_within(cells["code"] if of is AREAS else cells["area"], reached, what=of.name.label, key=ref)
    return of, reached


def _back(table: Table, ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("administration:record", args=[table.name.value, ref]))
