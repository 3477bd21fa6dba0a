"""What happens around every page: who is asking, and refusals as HTML."""

import logging
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from huying.config.authentication import actor_of_session
from huying.shared.errors import NotSignedIn, Refused

RETRY_SECONDS = "5"  # a killed database is back sooner

logger = logging.getLogger(__name__)


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
            return HttpResponse("数据库暂时无法使用,请稍后再试。", status=503, headers=headers)
        if not isinstance(exc, Refused):
            return None
        if isinstance(exc, NotSignedIn) and request.method == "GET":
            here = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?{here}")
        return render(request, "refused.html", {"refused": exc}, status=exc.status)
