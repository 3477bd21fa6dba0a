"""Who is asking: a token for machines, a session for people, otherwise a resident."""

from django.http import HttpRequest
from ninja.utils import check_csrf

from huying.org import queries
from huying.org.policy import Actor
from huying.shared.errors import NotPermitted, NotSignedIn

BEARER = "Bearer "


def authenticate(request: HttpRequest) -> Actor:
    """Return who calls the API and keep it as `request.actor`.

    Raises NotSignedIn for an invalid token, NotPermitted for a session that writes without CSRF token.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    actor = _of_token(header.removeprefix(BEARER)) if header.startswith(BEARER) else _of_person(request)
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
    if request.user.is_authenticated and check_csrf(request) is not None:
        raise NotPermitted(verb="跨站请求")
    return actor_of_session(request)
