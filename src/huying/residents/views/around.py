"""What happens around: cases that staff released, on a map and as a list."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from huying.cases import queries as cases
from huying.cases.queries import Public
from huying.cases.states import OPEN, State
from huying.catalogue import queries as catalogue
from huying.places import queries as places
from huying.places.states import AreaLevel
from huying.residents import queries, receipts

SIZE = 20
ON_MAP = 500
GROUPS = {"open": tuple(sorted(OPEN)), "closed": (State.CLOSED,)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter in the address; what cannot be read is left out."""

    group: str = ""
    category: str = ""
    community: str = ""

    def query(self) -> dict[str, str]:
        """Return the parts that are set, as they stand in an address."""
        parts = {"state": self.group, "category": self.category, "community": self.community}
        return {name: value for name, value in parts.items() if value}

    def found(self, *, before: datetime | None = None, size: int = SIZE) -> list[Public]:
        return cases.released(
            states=GROUPS.get(self.group, ()),
            main_category=self.category,
            area_code=self.community,
            before=before,
            size=size,
        )


def _wanted(request: HttpRequest) -> Wanted:
    group = request.GET.get("state", "")
    return Wanted(
        group if group in GROUPS else "",
        request.GET.get("category", "")[:100],
        request.GET.get("community", "")[:24],
    )


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    wanted = _wanted(request)
    before = _before(request)
    found = wanted.found(before=before, size=SIZE + 1)
    following = request.GET.copy()
    if len(found) > SIZE:
        following["before"] = cases.released_at(found[SIZE - 1].number).isoformat()
    facts = {
        "cases": [(each, queries.community_name(each.area_code)) for each in found[:SIZE]],
        "wanted": wanted,
        "groups": [("open", _("办理中")), ("closed", _("已办结"))],
        "categories": [name for name, _leaves in catalogue.choices(localdate())],
        "communities": places.areas(level=AreaLevel.COMMUNITY, on=localdate()),
        "points": f"{reverse('around-points')}?{request.GET.urlencode()}",
        "next": f"?{following.urlencode()}" if len(found) > SIZE else "",
    }
    return render(request, "residents/around.html", facts)


def _before(request: HttpRequest) -> datetime | None:
    try:
        return parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None


@require_safe
@cache_control(public=True, max_age=30)
def points(request: HttpRequest) -> JsonResponse:
    """Return released cases as GeoJSON, each in the middle of a cell of 100 m."""
    found = _wanted(request).found(size=ON_MAP)
    features = [_feature(each) for each in found if each.lng is not None]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _feature(case: Public) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [case.lng, case.lat]},
        "properties": {
            "id": case.number,
            "tone": case.state.tone,
            "label": case.category or case.text[:20],
            "href": reverse("around-case", args=[case.number]),
        },
    }


@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show the released text, the steps and their dates; never who or what was said."""
    case = cases.released_case(number)
    held = receipts.read(request)
    facts = {
        "case": case,
        "community": queries.community_name(case.area_code),
        "steps": cases.public_steps(number),
        "is_mine": number in held.numbers,
        "is_joined": number in held.joined,
        "is_open": case.state in OPEN,
    }
    return render(request, "residents/around_case.html", facts)
