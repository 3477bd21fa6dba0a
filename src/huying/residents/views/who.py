"""Who is my grid worker, and the stickers that lead there."""

import segno
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_safe

from huying.look.speech import said
from huying.org.policy import Actor
from huying.org.policy.access import require_role
from huying.org.requests import ActorRequest
from huying.org.states import Role
from huying.places import queries as places
from huying.places.queries import Known
from huying.residents import queries
from huying.residents.forms import PlaceForm
from huying.shared.errors import Incomplete, NotFound

STICKERS = frozenset({Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.COMMANDER, Role.BUILDING_HEAD})


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: ActorRequest) -> HttpResponse:
    """Find the grid worker by address, point, or the code of a building; words come by POST only."""
    code = request.GET.get("b", "")[:32]
    place = PlaceForm(request.POST if request.method == "POST" else {"building_code": code})
    asked = request.method == "POST" or bool(code)
    facts = _found(place, request.actor) if asked else {}
    empty = dict.fromkeys(("contact", "building", "error", "meant", "may_print"), "")
    status = 422 if facts.get("error") else 200
    given = {"address": place.told("address")}
    return render(request, "residents/who.html", {**empty, **facts, "said": given}, status=status)


def _found(place: PlaceForm, actor: Actor) -> dict[str, object]:
    address = place.told("address")
    try:
        spot = queries.spot(place.told("building_code"), address, place.point(), localdate())
    except (Incomplete, NotFound) as refused:
        return {"error": said(refused)}
    if spot.area_code:
        found = queries.contact(spot.area_code, spot.building, at=now())
        may_print = actor.may_act_in(STICKERS, spot.area_code)
        return {"contact": found, "building": spot.building, "may_print": may_print}
    meant = places.named(address, on=localdate())
    return {"meant": meant, "error": "" if meant else "unclear"}


@require_safe
def sticker(request: HttpRequest, code: str) -> HttpResponse:
    """Show the QR code of one building, to print."""
    building = places.known(code)
    facts = {"stickers": [_sticker(request, building)], "title": building.name}
    return render(request, "residents/stickers.html", facts)


@require_safe
@login_required
def sheet(request: ActorRequest, code: str) -> HttpResponse:
    """Show the QR codes of every building of a grid, to print. Only for who works there."""
    area = places.area(code)
    require_role(request.actor, STICKERS, area_code=area.code, doing="打印楼栋二维码")
    found = places.buildings(area.code, on=localdate())
    facts = {"stickers": [_sticker(request, each) for each in found], "title": area.name}
    return render(request, "residents/stickers.html", facts)


def _sticker(request: HttpRequest, building: Known) -> dict[str, str]:
    address = request.build_absolute_uri(f"{reverse('home')}?b={building.code}")
    return {
        "name": building.name,
        "code": building.code,
        "qr": segno.make(address, error="q").svg_data_uri(scale=4, border=2),
    }
