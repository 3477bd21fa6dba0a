"""Problems as machines read them. Source: RFC 9457."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override

from huying.look.speech import said
from huying.shared.errors import Refused, TooMany

PROBLEM = "application/problem+json"


def in_words_of(request: HttpRequest) -> AbstractContextManager[None]:
    """Speak the language of the reader's cookie or Accept-Language meanwhile; Chinese when he names none."""
    return override(get_language_from_request(request))


def problem(
    request: HttpRequest, status: int, code: str, detail: object, facts: Mapping[str, object] | None = None
) -> HttpResponse:
    """Return a problem document in the reader's language. Source: RFC 9457 §3.

    code: the stable name of the reason. detail: what is to be said. facts: as they are, for machines.
    """
    with in_words_of(request):
        told = said(detail)
    body = {
        "type": f"urn:huying:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": told,
        "code": code,
        "facts": {name: str(value) for name, value in (facts or {}).items()},
    }
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)


def refusal(request: HttpRequest, error: Refused) -> HttpResponse:
    answer = problem(request, error.status, error.code, error, error.facts)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.facts["seconds"])
    return answer
