"""The pages of the cockpit: the wall, its tables, a past day."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers

from huying.cockpit import drawing, links, policy, queries
from huying.cockpit.board import board, choices, place, share, shown, title
from huying.org.requests import ActorRequest

MOST_AGEING, ALL_NAMED = 50, 500


@require_safe
@login_required
@conditional_page
@vary_on_headers("HX-Request")
def wall(request: ActorRequest) -> HttpResponse:
    """Show the whole screen; a screen that is on asks for its panels alone."""
    scope = _scope(request)
    moment = now()
    facts = _frame(request, scope) | shown(board(scope, moment), scope)
    template = "cockpit/panels.html" if "HX-Request" in request.headers else "cockpit/wall.html"
    return render(request, template, facts)


@require_safe
@login_required
@conditional_page
def drawn(request: ActorRequest) -> JsonResponse:
    """Return what map and curve of the screen show now."""
    scope = _scope(request)
    return JsonResponse(drawing.drawn(board(scope, now()), scope))


@require_safe
@login_required
def tables(request: ActorRequest) -> HttpResponse:
    """Show every figure of the screen as tables, and which open cases wait longest."""
    scope = _scope(request)
    seen = board(scope, now())
    at = seen.window
    facts = {
        "areas": [
            (each, links.of_area(each.code), links.of_area(each.code, overdue=True)) for each in seen.areas
        ],
        "trend": [
            (each, links.of_day(scope, each.day), links.of_day(scope, each.day, closed=True))
            for each in reversed(seen.trend)
        ],
        "all_categories": [
            (each, links.of_category(scope, at, each.category_id))
            for each in queries.categories(scope, at, most=ALL_NAMED)
        ],
        "all_units": [
            (each, links.of_unit(scope, each.unit_id), share(each.met, each.met + each.late))
            for each in queries.units(scope, at, most=ALL_NAMED)
        ],
        "ageing": [
            (each, place(each), drawing.owner(each, at.now))
            for each in queries.ageing(scope, at, most=MOST_AGEING)
        ],
    }
    return render(request, "cockpit/tables.html", _frame(request, scope) | shown(seen, scope) | facts)


def _scope(request: ActorRequest) -> policy.Scope:
    return policy.scope(request.actor, request.GET.get("area", ""))


def _frame(request: ActorRequest, scope: policy.Scope) -> dict[str, Any]:
    """Return what stands around the figures: whose they are, and whose they could be."""
    everything = policy.scope(request.actor, "")
    return {
        "scope": scope,
        "title": title(scope),
        "choices": choices(everything, now().date()),
        "query": f"?area={scope.chosen}" if scope.chosen else "",
    }
