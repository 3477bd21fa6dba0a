"""The short way of a step: `POST /cases/{number}/{verb}` goes straight to its endpoint.

A plain step needs little of what stands around an endpoint: who asks, a body that fits, the call, the answer.
Django's handler and ninja's operation are an eighth of what a process computes for it. What is not plain, and
what is refused before the endpoint is called, goes the ordinary way, which finds out for itself what to say.
From then on nothing is handed on: what the endpoint raises is answered here, in the same words.
Steps that come together share a transaction. Why: ADR 0014 and 0016. Measured: docs/performance.md.
"""

import inspect
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from io import BytesIO

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response
from ninja import Router, Schema
from ninja.constants import NOT_SET
from pydantic import ValidationError

from huying.cases.api import router as cases
from huying.cases.release_api import router as release
from huying.config.api import api
from huying.config.authentication import authenticate
from huying.config.express import KEY, MAX_BODY, Application, Environ, StartResponse
from huying.config.middleware import API_HEADERS
from huying.config.reading import JSON, check_cookies, check_request
from huying.database.group_commit import GroupCommit
from huying.database.seats import Seats
from huying.database.side_by_side import SideBySide
from huying.dispatch.api import router as dispatch
from huying.shared.errors import Malformed, Refused
from huying.shared.parsing import parsed

ROUTERS = (cases, release, dispatch)
_ADDRESS = re.compile(r"/api/v1/cases/(HY-[0-9-]{1,60})/([a-z-]+)")
_ENDPOINT = re.compile(r"/cases/\{number\}/([a-z-]+)")
MOST = 32  # steps of one transaction
_ASKED = ["request", "number", "body"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What does a step. form: of the body."""

    call: Callable[[HttpRequest, str, Schema], HttpResponse]
    form: type[Schema]


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it is asked for. Whether it is allowed is the endpoint's to say."""

    endpoint: Endpoint
    request: HttpRequest
    number: str
    body: Schema

    @property
    def is_keyed(self) -> bool:
        """Tell whether it has a key, whose transaction encloses it."""
        return KEY in self.request.META

    def answer(self) -> HttpResponse:
        """Do it; what it raises becomes a problem, what nobody expected is logged as well."""
        request = self.request
        try:
            answer = self.endpoint.call(request, self.number, self.body)
        except Exception as error:
            answer = api.on_exception(request, error)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            log_response("%s: %s", answer.reason_phrase, request.path, response=answer, request=request)
        for name, value in API_HEADERS.items():
            answer.headers.setdefault(name, value)
        if answer.status_code != HTTPStatus.NO_CONTENT:
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer


class ShortWay:
    """A WSGI application before another, which gets whatever is no plain step."""

    def __init__(self, ordinary: Application, seats: Seats) -> None:
        self._ordinary = ordinary
        self._seats = seats
        self._beside = SideBySide()
        self._group: GroupCommit[Step, HttpResponse | Exception | None] = GroupCommit(
            self._together, most=MOST
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self._seats.taken():
            step = _step(environ)
            if step is None:
                return self._ordinary(environ, start_response)
        # No seat is kept while others are waited for: the one who leads takes one for all.
        answer = None if step.is_keyed else self._group.do(step)
        if answer is None:
            with self._seats.taken():
                answer = step.answer()
        if isinstance(answer, Exception):
            raise answer
        cookies = [("Set-Cookie", each.OutputString()) for each in answer.cookies.values()]
        start_response(f"{answer.status_code} {answer.reason_phrase}", [*answer.items(), *cookies])
        return [answer.content]

    def _together(self, steps: Sequence[Step]) -> list[HttpResponse | Exception | None]:
        """Do steps of different cases side by side; None for each that is to be done alone."""
        first = {step.number: nr for nr, step in reversed(list(enumerate(steps)))}
        chosen = sorted(first.values())
        with self._seats.taken():
            try:
                close_old_connections()
                answers = self._beside.run([steps[nr].answer for nr in chosen])
            except (OperationalError, InterfaceError):  # away: each finds out for himself
                return [None] * len(steps)
        answered = dict(zip(chosen, answers, strict=True))
        return [answered.get(nr) for nr in range(len(steps))]


def _step(environ: Environ) -> Step | None:
    """Return the step; None for what is to go the ordinary way, as it came."""
    named = _ADDRESS.fullmatch(environ["PATH_INFO"]) if _is_plain(environ) else None
    endpoint = endpoints().get(named[2]) if named else None
    if named is None or endpoint is None:
        return None
    close_old_connections()  # as Django does before each request: one that broke is opened anew
    try:
        request = WSGIRequest(environ)
        check_cookies(request)
        check_request(request)
        request.get_host()
        request.auth = authenticate(request)  # type: ignore[attr-defined]  # as ninja does
        return Step(endpoint, request, named[1], _body(environ["wsgi.input"].getvalue(), endpoint.form))
    except (Refused, ValidationError, SuspiciousOperation):
        return None
    except Exception as error:  # the ordinary way meets it again and answers
        logger.warning("a step goes the ordinary way: %s", type(error).__name__)
        return None


def _is_plain(environ: Environ) -> bool:
    """Tell whether the form is the usual one, its body read ahead (`config/express.py`)."""
    body = environ["wsgi.input"]
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE") == JSON
        and not environ.get("QUERY_STRING")
        and isinstance(body, BytesIO)
        and body.getbuffer().nbytes <= MAX_BODY
    )


def _body(raw: bytes, form: type[Schema]) -> Schema:
    said = parsed(raw)
    if not isinstance(said, dict):
        raise Malformed(reason="正文应为一个 JSON 对象")
    return form.model_validate(said)


@cache
def endpoints() -> dict[str, Endpoint]:
    """Return verb → endpoint of those that take a body and nothing else, and make their answer themselves."""
    return dict(each for router in ROUTERS for each in _endpoints(router))


def _endpoints(router: Router) -> Iterator[tuple[str, Endpoint]]:
    for address, view in router.path_operations.items():
        named = _ENDPOINT.fullmatch(address)
        for operation in view.operations:
            asked = inspect.signature(operation.view_func)
            is_usual = list(asked.parameters) == _ASKED and asked.return_annotation is HttpResponse
            if named and is_usual and operation.methods == ["POST"] and operation.auth_param is NOT_SET:
                yield named[1], Endpoint(operation.view_func, asked.parameters["body"].annotation)
