"""Where each figure leads: the list of cases with the filter that counts the same."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from huying.cockpit.policy import Scope, Window
from huying.devices.states import Kind

Query = Mapping[str, object]


def links(scope: Scope, window: Window) -> dict[str, str]:
    """Return figure → address of its list."""
    today: Query = {"since": window.day, "until": window.day}
    period: Query = {"since": window.first_day}
    closed: Query = {"closed_since": window.first_day}
    states = ("reported", "accepted", "in_hand", "handled", "suspended")
    queries: dict[str, Query] = {
        "reported_today": today,
        "closed_today": {"closed_since": window.day, "closed_until": window.day},
        "open": {"state": "open"},
        "overdue": {"state": "open", "clock": "over"},
        "soon": {"state": "open", "clock": "soon"},
        "urgent": {"state": "open", "urgent": "on"},
        **{state: {"state": state} for state in states},
        "closed_period": closed,
        "in_time": {**closed, "in_time": "yes"},
        "late": {**closed, "in_time": "no"},
        "fast": {**closed, "fast": "yes"},
        "slow": {**closed, "fast": "no"},
        "done": {**period, "handled": "yes"},
        "undone": {**period, "handled": "no"},
        "called": {**period, "assigned": "yes"},
        "shared": {**period, "assigned": "yes", "shared": "yes"},
    }
    return {name: _address(scope, query) for name, query in queries.items()}


def of_area(code: str, *, overdue: bool = False) -> str:
    """Return the list of the open cases of an area."""
    clock = {"clock": "over"} if overdue else {}
    return f"{reverse('cases')}?{urlencode({'state': 'open', **clock, 'area': code})}"


def of_day(scope: Scope, day: date, *, closed: bool = False) -> str:
    name = ("closed_since", "closed_until") if closed else ("since", "until")
    return _address(scope, dict.fromkeys(name, day))


def of_category(scope: Scope, window: Window, category_id: int) -> str:
    return _address(scope, {"category": category_id, "since": window.first_day})


def of_unit(scope: Scope, unit_id: int) -> str:
    return _address(scope, {"unit": unit_id, "state": "open"})


def of_devices(scope: Scope, kind: Kind, condition: str) -> str:
    query = {"kind": kind, "condition": condition, "area": ",".join(scope.areas)}
    return f"{reverse('devices')}?{urlencode(query)}"


def _address(scope: Scope, query: Query) -> str:
    areas = ",".join(scope.areas)
    return f"{reverse('cases')}?{urlencode({**query, **({'area': areas} if areas else {})})}"
