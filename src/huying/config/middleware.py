"""What happens around every page: who is asking, and refusals as HTML."""

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import ResolverMatch, resolve
from django.utils.functional import SimpleLazyObject

from huying.config.authentication import actor_of_session
from huying.look.speech import said
from huying.shared.errors import NotSignedIn, Refused, Unavailable

API = "/api/"
API_PAGES = ("openapi-view", "openapi-json", "api-root")
STAND_IN = "HY-0"  # for the number of a case, so that all cases share the addresses looked up
_CASE = re.compile(r"/api/v1/cases/(HY-[0-9-]+)")
RETRY_SECONDS = "5"  # a killed database is back sooner
API_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Vary": "Cookie, Authorization",
}
if settings.SECURE_HSTS_SECONDS:
    API_HEADERS["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"

logger = logging.getLogger(__name__)


class ApiMiddleware:
    """The short way for the API, which finds out itself who is asking and answers refusals itself.

    Leaves out everything after it; the headers that would be added to such an answer are API_HEADERS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = _operation(request.path_info)
        if view is None:
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours, as CommonMiddleware does
        request.resolver_match = view
        response: HttpResponse = view.func(request, *view.args, **view.kwargs)
        for name, value in API_HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.streaming and response.status_code != HTTPStatus.NO_CONTENT:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _operation(path: str) -> ResolverMatch | None:
    """Return the operation of the API at an address; None for a page, and for the API's own pages."""
    if not path.startswith(API):
        return None
    named = _CASE.match(path)
    found = _resolved(path if named is None else path.replace(named[1], STAND_IN, 1))
    if found is None or named is None:
        return found
    kwargs = {**found.kwargs, "number": named[1]}
    return ResolverMatch(found.func, found.args, kwargs, found.url_name, route=found.route)


@lru_cache(maxsize=4_096)
def _resolved(path: str) -> ResolverMatch | None:
    """Return the operation at an address, looked up once: Django walks through all of them, 0.1 to 0.2 ms."""
    try:
        view = resolve(path)
    except Http404:
        return None
    return None if view.url_name in API_PAGES else view


class ActorMiddleware:
    """Give each request its `actor`, looked up at the first use: a page for everybody costs nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of_session(request))  # type: ignore[attr-defined]
        return self.get_response(request)


class RefusedMiddleware:
    """The one place where a refusal becomes HTML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if isinstance(exc, (OperationalError, InterfaceError)):
            logger.warning("database unavailable at %s %s: %s", request.method, request.path, exc)
            headers = {"Retry-After": RETRY_SECONDS}
            return HttpResponse(said(Unavailable(reason="数据库暂时无法使用")), status=503, headers=headers)
        if not isinstance(exc, Refused):
            return None
        if isinstance(exc, NotSignedIn) and request.method == "GET":
            here = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?{here}")
        return render(request, "refused.html", {"refused": exc, "reason": said(exc)}, status=exc.status)
