"""Everything that comes to the door for reports is counted, and what is turned away is recorded."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus

import orjson
from django.db import Error
from django.http import HttpRequest, HttpResponse

from huying.config.authentication import authenticate
from huying.config.reading import announced_bytes
from huying.intake.actions import reject
from huying.intake.counting import count
from huying.intake.states import ANONYMOUS, Outcome
from huying.org.policy import Actor
from huying.shared.errors import Refused

# Key of a WSGI environment: the source under which its request was counted as received before Django got it.
RECEIVED_OF = "huying.received_of"
REPLAYED = "Idempotency-Replayed"  # header of an answer that was given before
ONE_EACH = ("report",)  # endpoints that take one report a request; others count with `counting.lines`

Clock = Callable[[], datetime]
Answering = Callable[..., HttpResponse]

logger = logging.getLogger(__name__)


def announced(clock: Clock) -> Callable[[Answering], Answering]:
    """Count as received what passed every check of its form, before anything is done with it."""

    def around(endpoint: Answering) -> Answering:
        if endpoint.__name__ not in ONE_EACH:
            return endpoint

        @wraps(endpoint)
        def announce(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if RECEIVED_OF not in request.META:
                count(_source(request), Outcome.RECEIVED, at=clock())
            request.is_announced = True  # type: ignore[attr-defined]
            return endpoint(request, *args, **kwargs)

        return announce

    return around


def accounted(clock: Clock) -> Callable[[Answering], Answering]:
    """Count the outcome by the answer; record a refusal. What never came to `announced` is received, too."""

    def around(run: Answering) -> Answering:
        @wraps(run)
        def account(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            answer = run(request, *args, **kwargs)
            if not hasattr(request, "is_counted"):
                _account(request, answer, clock())
            return answer

        return account

    return around


def _account(request: HttpRequest, answer: HttpResponse, at: datetime) -> None:
    source = request.META.get(RECEIVED_OF) or (
        ANONYMOUS if answer.status_code == HTTPStatus.UNAUTHORIZED else _source(request)
    )
    if not hasattr(request, "is_announced") and RECEIVED_OF not in request.META:
        count(source, Outcome.RECEIVED, at=at)
    outcome = _outcome(answer)
    if outcome is Outcome.REJECTED:
        problem = orjson.loads(answer.content)
        count(source, outcome, reasons={problem["code"]: 1}, at=at)
        _record(request, problem, source, at)
    else:
        count(source, outcome, at=at)


def _outcome(answer: HttpResponse) -> Outcome:
    if answer.status_code >= 500:
        return Outcome.FAILED
    if answer.status_code >= 400:
        return Outcome.REJECTED
    return Outcome.DUPLICATE if REPLAYED in answer.headers else Outcome.ACCEPTED


def _source(request: HttpRequest) -> str:
    """Return the source a report of this sender has; "anonymous" for who is not known."""
    actor = getattr(request, "auth", None)  # set by ninja once the sender is known
    if not isinstance(actor, Actor):
        try:
            actor = authenticate(request)
        except (Refused, Error):  # also while the database is away: the answer was given already
            return ANONYMOUS
    return actor.source or actor.key


def _record(request: HttpRequest, problem: dict[str, str], source: str, at: datetime) -> None:
    body = getattr(request, "_body", None)  # only what was read: too large a body never is
    try:
        reject(
            source,
            way=f"{request.method} {request.path_info}"[:64],
            reason=problem["code"],
            sentence=problem["detail"],
            status=int(problem["status"]),
            key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
            body=body,
            size=announced_bytes(request),
            now=at,
        )
    except Error:  # the refusal stands, and it is counted
        logger.exception("a refusal could not be recorded")
