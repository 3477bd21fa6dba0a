"""The pages of the cockpit: the wall, its tables, a past day."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers

from huying.cases.states import State
from huying.cockpit import drawing, links, policy, queries
from huying.cockpit.board import board, bounds, choices, place, share, shown, title
from huying.org.requests import ActorRequest
from huying.shared.errors import Incomplete
from huying.shared.shapes import FIRST_DAY

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


@require_safe
@login_required
def playback(request: ActorRequest) -> HttpResponse:
    """Show a past day in a minute; without a day, yesterday."""
    scope = _scope(request)
    day = _day(request)
    facts = {"day": day, "seen": queries.day(scope, *bounds(day)), "states": [*State]}
    return render(request, "cockpit/playback.html", _frame(request, scope) | facts)


@require_safe
@login_required
@conditional_page
def steps(request: ActorRequest) -> JsonResponse:
    """Return what the playback of a day plays."""
    return JsonResponse(drawing.played(queries.day(_scope(request), *bounds(_day(request)))))


def _day(request: ActorRequest) -> date:
    """Return the day asked for. Raises Incomplete for one that is none, or not over yet."""
    yesterday = localdate() - timedelta(days=1)
    asked = request.GET.get("day", "")
    try:
        day = date.fromisoformat(asked) if asked else yesterday
    except ValueError:
        raise Incomplete(reason="日期应写作 2026-11-20") from None
    if not FIRST_DAY <= day <= yesterday:
        raise Incomplete(reason="只能回放已经过去的日子")
    return day


def _scope(request: ActorRequest) -> policy.Scope:
    return policy.scope(request.actor, request.GET.get("area", ""))


def _frame(request: ActorRequest, scope: policy.Scope) -> dict[str, Any]:
    """Return what stands around the figures: whose they are, and whose they could be."""
    everything = policy.scope(request.actor, "")
    return {
        "scope": scope,
        "title": title(scope),
        "choices": choices(everything, localdate()),
        "query": f"?area={scope.chosen}" if scope.chosen else "",
    }
