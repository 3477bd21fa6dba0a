"""The pages and files that make a phone of the grid work without a network."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from huying.org.requests import ActorRequest
from huying.patrol import offline


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # Django's signature
    return JsonResponse(offline.manifest(), content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse(offline.service_worker(), content_type="text/javascript")


@require_safe
@login_required
def outbox(request: ActorRequest) -> HttpResponse:
    """What waits on this phone; the list itself is the phone's own and never comes here."""
    return render(request, "patrol/outbox.html")


@require_safe
@login_required
def unreachable(request: ActorRequest) -> HttpResponse:
    """Stands in for a page that is not on the phone."""
    return render(request, "patrol/offline.html")
