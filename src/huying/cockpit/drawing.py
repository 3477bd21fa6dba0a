"""What the map and the curve draw, as data for the scripts of the page."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huying.cases.states import State
from huying.cockpit import queries
from huying.cockpit.board import Board, place
from huying.cockpit.policy import SOON, Scope
from huying.cockpit.states import Alarm
from huying.org import queries as org
from huying.places.states import AreaLevel
from huying.shared.errors import Unavailable
from huying.shared.ids import UnitId


def drawn(seen: Board, scope: Scope) -> dict[str, Any]:
    """Return points, areas and curve."""
    return {
        "within": scope.within,
        "spots": {
            "type": "FeatureCollection",
            "features": [_point(each, seen.window.now) for each in seen.spots],
        },
        "areas": [_area(each) for each in seen.areas],
        "trend": [[str(each.day), each.reported, each.closed] for each in seen.trend],
    }


def played(day: queries.Day) -> dict[str, Any]:
    """Return a past day in as few words as it takes: cases, then (second, case, state) of every step."""
    return {
        "cases": [
            [
                each.number,
                each.lng,
                each.lat,
                each.state or "",
                each.urgent,
                reverse("case", args=[each.number]),
            ]
            for each in day.cases
        ],
        "steps": [[step.second, step.case, step.state] for step in day.steps],
        "totals": {"reported": day.reported, "closed": day.closed, "open": day.open},
    }


def owner(case: queries.Ageing, at: datetime) -> str:
    """Return who answers for an open case now, or what is missing in the chain (C09)."""
    led = case.state in (State.IN_HAND, State.SUSPENDED) and case.lead_unit_id is not None
    try:
        if led and case.lead_unit_id is not None:
            return org.on_duty(UnitId(case.lead_unit_id), at=at).name
        return org.owner(case.area_code, building_id=case.building_id, at=at).name
    except Unavailable as gap:
        return str(gap)


def _address(number: str) -> str:
    return reverse("case", args=[number])


def _point(spot: queries.Spot, now: datetime) -> dict[str, Any]:
    said = " · ".join(filter(None, (_(spot.state.label), spot.category, place(spot))))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(spot.lng, 6), round(spot.lat, 6)]},
        "properties": {
            "id": spot.number,
            "tone": _tone(spot, now),
            "label": said,
            "href": _address(spot.number),
        },
    }


def _tone(spot: queries.Spot, now: datetime) -> str:
    """Overdue is red, about to break orange; the rest has the colour of its state."""
    if spot.next_due is not None and spot.next_due < now + SOON:
        return "red" if spot.next_due < now else "orange"
    return {State.REPORTED: "yellow", State.ACCEPTED: "yellow"}.get(spot.state, spot.state.tone)


def _area(area: queries.Area) -> dict[str, Any]:
    alarm = area.alarm if area.level is AreaLevel.GRID else None
    words = _("%(open)d件未办结，%(overdue)d件超时") % {"open": area.open, "overdue": area.overdue}
    return {
        "code": area.code,
        "tone": "" if alarm in (None, Alarm.GREEN) else str(alarm),
        "count": str(area.open) if area.open else "",
        "title": f"{area.name} · {words}",
    }
