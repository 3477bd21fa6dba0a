"""Problems as machines read them. Source: RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from django.http import HttpResponse

from huying.shared.errors import Refused

PROBLEM = "application/problem+json"


def problem(status: int, code: str, detail: str, facts: Mapping[str, object] | None = None) -> HttpResponse:
    """Return a problem document. `code` is the stable name of the reason. Source: RFC 9457 §3."""
    body = {
        "type": f"urn:huying:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "facts": {name: str(value) for name, value in (facts or {}).items()},
    }
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)


def refusal(error: Refused) -> HttpResponse:
    return problem(error.status, error.code, str(error), error.facts)
