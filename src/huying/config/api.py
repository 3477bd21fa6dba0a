"""The machine's door: /api/v1/, problems as RFC 9457, the routers of every package."""

import logging
import re
from collections.abc import Mapping
from functools import wraps
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.timezone import now
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from huying.config.accounting import Answering, accounted, announced
from huying.config.authentication import authenticate
from huying.config.middleware import RETRY_SECONDS
from huying.config.openapi import NEED_ACCOUNT, Document, complete
from huying.config.problems import problem, refusal
from huying.config.reading import Body, check_request
from huying.intake.api import router as intake
from huying.org.policy import Actor
from huying.shared.complaints import sentence
from huying.shared.errors import Incomplete, Malformed, NotSignedIn, Refused, TooLarge, Unavailable
from huying.shared.sentences import to_translate as _

# Modules with a `router` that names whole addresses; packages without api.py are passed over.
ROUTERS = (
    "huying.places.api",
    "huying.org.api",
    "huying.clocks.api",
    "huying.devices.api",
    "huying.cases.api",
    "huying.cases.uploads_api",
    "huying.cases.release_api",
    "huying.dispatch.api",
    "huying.catalogue.api",  # after dispatch: /categories/likely is no /categories/{id}
    "huying.intake.api",
    "huying.assessment.api",
    "huying.patrol.api",
)

logger = logging.getLogger(__name__)


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, _request: HttpRequest, data: object, *, response_status: int) -> bytes:  # noqa: ARG002
        return orjson.dumps(data, default=str)


class Api(NinjaAPI):
    """Ninja with a document that says everything, made once."""

    _document: dict[str, Any] | None = None

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Any:  # ninja's signature; the document is a dict
        if self._document is None:
            prefix = path_prefix or self.get_root_path(path_params or {})
            self._document = complete(Document(self, prefix), prefix)
        return self._document


api = Api(
    title="呼应 Huying",
    version="1",
    urls_namespace="api",
    docs_url="/docs",
    auth=authenticate,
    renderer=Json(),
    parser=Body(),
)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return refusal(request, error)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if _needs_account(request):
        return refusal(request, NotSignedIn())
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Malformed",
        sentence([_inside(each) for each in error.errors]),
    )


def _needs_account(request: HttpRequest) -> bool:
    """Tell whether nobody is asking where only people of the street may: he learns nothing of the form."""
    route = request.resolver_match.route if request.resolver_match else ""
    operation = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).partition("api/v1/")[2]
    actor = getattr(request, "auth", None)
    return operation in NEED_ACCOUNT and isinstance(actor, Actor) and not actor.is_signed_in


def _inside(error: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the error without the word for the part of the request: "body", "query", "path"."""
    return {**error, "loc": error["loc"][1:]}


@api.exception_handler(Http404)
def missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(request, HTTPStatus.NOT_FOUND, "NotFound", _("没有找到所请求的内容。"))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The reason stands behind it: ninja wraps whatever reading the body raises."""
    if isinstance(error.__cause__, Refused):
        return refusal(request, error.__cause__)
    return problem(request, error.status_code, "Malformed", _("无法读取请求内容。"))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return refusal(request, TooLarge(megabytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000))


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def broken_off(request: HttpRequest, _error: Exception) -> HttpResponse:
    return refusal(request, Malformed(reason="请求不完整，或格式有误"))


@api.exception_handler(DataError)
def out_of_range(request: HttpRequest, error: DataError) -> HttpResponse:
    """The last net: a schema let through what the database cannot hold. Ours to mend, so it is logged."""
    logger.error("unchecked value at %s %s", request.method, request.path, exc_info=error)
    return refusal(request, Incomplete(reason="内容超出可以保存的范围"))


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
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Internal", _("系统内部错误，已记录。"))


def checked(run: Answering) -> Answering:
    """Refuse what no endpoint should have to think of, before it is asked."""

    @wraps(run)
    def check(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            check_request(request)
        except Refused as error:
            return refusal(request, error)
        return run(request, *args, **kwargs)

    return check


def _add_routers() -> None:
    api.add_decorator(checked, mode="view")
    for module in ROUTERS:
        if find_spec(module):
            api.add_router("", import_module(module).router)
    intake.add_decorator(announced(now))
    intake.add_decorator(accounted(now), mode="view")


_add_routers()
