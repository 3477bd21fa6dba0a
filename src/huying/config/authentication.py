"""Who is asking: a token for machines, a session for people, otherwise a resident."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from huying.org import queries
from huying.org.policy import RESIDENT, Actor
from huying.shared.errors import NotPermitted, NotSignedIn

BEARER = "Bearer "
_csrf = CsrfViewMiddleware(lambda _request: HttpResponse())  # reads CSRF_TRUSTED_ORIGINS once


def authenticate(request: HttpRequest) -> Actor:
    """Return who calls the API and keep it as `request.actor`.

    Raises NotSignedIn for an invalid token, and when the `Sender` header names another: what somebody made on
    a phone is never taken from the next one who signs in there, nor from nobody. Raises NotPermitted for a
    session that writes without CSRF token.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    actor = _of_token(header.removeprefix(BEARER)) if header.startswith(BEARER) else _of_person(request)
    if request.META.get("HTTP_SENDER", actor.key) != actor.key:
        raise NotSignedIn
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def actor_of_session(request: HttpRequest) -> Actor:
    """Return who looks at a page; somebody who has not signed in is a resident."""
    return queries.actor_for_user(request.user)


def _of_token(secret: str) -> Actor:
    actor = queries.actor_for_token(secret)
    if actor is None:
        raise NotSignedIn
    return actor


def _of_person(request: HttpRequest) -> Actor:
    """The cookie alone proves nothing: another site's page sends it too."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    actor = queries.remembered(cookie, lambda: _of_session(request, cookie)) if cookie else None
    if actor is not None and _is_forged(request):
        raise NotPermitted(verb="跨站请求")
    return actor or RESIDENT


def _is_forged(request: HttpRequest) -> bool:
    """Tell whether a writing request lacks the token of our pages, by Django's own check."""
    request.csrf_processing_done = False  # type: ignore[attr-defined]  # nobody has looked before
    _csrf.process_request(request)
    return _csrf.process_view(request, _no_view, (), {}) is not None


def _no_view() -> HttpResponse:
    """Stand for an endpoint, of which Django asks only whether it is exempt."""
    return HttpResponse()


def actor_of_cookie(session: str) -> Actor | None:
    """Return who holds a session now, None when it ended: for the stream, which stays open long."""
    return _of_session(HttpRequest(), session)


def _of_session(request: HttpRequest, cookie: str) -> Actor | None:
    """Return who signed in; read here, since the API goes round the middleware of the pages."""
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
    user = get_user(request)
    return queries.actor_for_user(user) if user.is_authenticated else None
