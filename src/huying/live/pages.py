"""Where a page finds the stream: its address for the template, its origin for the content security policy."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

PATH = "/live/"


def address(request: HttpRequest) -> str:
    """Return the address of the stream, "" when there is none.

    HUYING_LIVE ":8001" means this port of the host the page came from; anything else is taken as it stands.
    """
    if not settings.LIVE.startswith(":"):
        return str(settings.LIVE)
    return f"{request.scheme}://{split_domain_port(request.get_host())[0]}{settings.LIVE}{PATH}"


def live(request: HttpRequest) -> dict[str, object]:
    """Context of every page; computed only where a template asks."""
    return {"live_address": lambda: address(request)}


class LiveMiddleware:
    """Let pages connect to the stream when it has a port of its own; nothing else is let through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        parts = urlsplit(address(request)) if settings.LIVE else None
        if parts and parts.netloc:
            allowed = {"connect-src": ["'self'", f"{parts.scheme}://{parts.netloc}"]}
            response._csp_update = allowed  # type: ignore[attr-defined]
        return response
