"""The machine's door: /api/v1/, problems as RFC 9457, the routers of every package."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from huying.config.authentication import authenticate
from huying.config.middleware import RETRY_SECONDS
from huying.shared.complaints import sentence
from huying.shared.errors import Refused, Unavailable

# Modules with a `router` that names whole addresses; packages without api.py are passed over.
ROUTERS = (
    "huying.places.api",
    "huying.org.api",
    "huying.catalogue.api",
    "huying.clocks.api",
    "huying.cases.api",
    "huying.dispatch.api",
    "huying.intake.api",
    "huying.assessment.api",
)
PROBLEM = "application/problem+json"

logger = logging.getLogger(__name__)


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, _request: HttpRequest, data: object, *, response_status: int) -> bytes:  # noqa: ARG002
        return orjson.dumps(data, default=str)


class Body(Parser):
    def parse_body(self, request: HttpRequest) -> Any:  # whatever JSON says
        return orjson.loads(request.body)


api = NinjaAPI(
    title="呼应 Huying",
    version="1",
    urls_namespace="api",
    docs_url="/docs",
    auth=authenticate,
    renderer=Json(),
    parser=Body(),
)


@api.exception_handler(Refused)
def refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(error.status, error.code, str(error), error.facts)


@api.exception_handler(ValidationError)
def malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Malformed", sentence([_inside(each) for each in error.errors])
    )


def _inside(error: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the error without the word for the part of the request: "body", "query", "path"."""
    return {**error, "loc": error["loc"][1:]}


@api.exception_handler(Http404)
def missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, "NotFound", "没有找到所请求的内容。")


@api.exception_handler(HttpError)
def unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "Malformed", "无法读取请求内容。")


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database restarts or gave up a lock: nothing was written, the caller may try again."""
    logger.warning("database unavailable at %s %s: %s", request.method, request.path, error)
    answer = refused(request, Unavailable(reason="数据库暂时无法使用"))
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("unexpected error at %s %s", request.method, request.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal", "系统内部错误,已记录。")


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


def _add_routers() -> None:
    for module in ROUTERS:
        if find_spec(module):
            api.add_router("", import_module(module).router)


_add_routers()
