"""The list of devices: what there is, what answers, and the link to its video."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from huying.devices import queries
from huying.devices.states import Condition, Kind
from huying.org.requests import ActorRequest

PAGE = 50
NOTHING = dict.fromkeys(("text", "kind", "condition", "area", "clever"), "")


@require_safe
@login_required
def devices(request: ActorRequest) -> HttpResponse:
    """Show the devices somebody may see; what cannot be read in the address is left out."""
    asked = request.GET
    rows = queries.visible(request.actor) & queries.standing(asked.get("area", "").split(","))
    if text := asked.get("text", "").replace("\x00", "").strip()[:64]:
        rows = rows.filter(Q(code=text) | Q(name__contains=text) | Q(place__contains=text))
    if asked.get("kind") in set(Kind):
        rows = rows.filter(kind=asked["kind"])
    found = queries.seen(rows, now())
    if asked.get("condition") in set(Condition):
        found = [each for each in found if each.condition == asked["condition"]]
    if asked.get("clever") == "yes":
        found = [each for each in found if each.device.ai_classes]
    page = Paginator(found, PAGE).get_page(asked.get("page"))
    facts = {"page": page, "kinds": [*Kind], "conditions": [*Condition], "asked": {**NOTHING, **asked.dict()}}
    return render(request, "devices/list.html", facts | {"following": _following(request, page.number + 1)})


def _following(request: ActorRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
