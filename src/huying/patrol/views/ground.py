"""The reader's own grid on the map, and the same as a list."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_safe

from huying.cases.queries import Waiting
from huying.cases.states import State
from huying.org.requests import ActorRequest
from huying.patrol import queries
from huying.patrol.policy import home_of
from huying.patrol.views.tasks import row
from huying.places import queries as places


@require_safe
@login_required
def ground(request: ActorRequest) -> HttpResponse:
    """Show the grid and what is open in it."""
    moment = now()
    home = home_of(request.actor)
    found = queries.points(request.actor)
    chain = places.chain(home) if home else ()
    facts = {
        "home": home,
        "area": chain[-1].name if chain else "",
        "level": str(chain[-1].level) if chain else "",
        "centre": _centre(home),
        "cases": [row(each, moment) for each in found],
    }
    return render(request, "patrol/map.html", facts)


@require_safe
@login_required
def points(request: ActorRequest) -> HttpResponse:
    """Return the open cases of the reader's grid as GeoJSON."""
    features = [_point(each) for each in queries.points(request.actor)]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _point(waiting: Waiting) -> dict[str, object]:
    case = waiting.case
    properties = {
        "id": case.number,
        "tone": "red" if case.urgent else State(case.state).tone,
        "label": case.text[:24],
        "href": reverse("grid_case", args=[case.number]),
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [case.lng, case.lat]},
        "properties": properties,
    }


def _centre(home: str) -> str:
    """Return the middle of the buildings of an area as "lng,lat"; "" when none has a place."""
    spots = [(each.lng, each.lat) for each in places.drawn_buildings(home, on=localdate())] if home else []
    if not spots:
        return ""
    lng, lat = (sum(values) / len(spots) for values in zip(*spots, strict=True))
    return f"{lng:.6f},{lat:.6f}"
