"""The express way of a machine's plain report: `POST /reports` by many at once, read and stored together.

What a channel sends all day is alike: JSON, a token, an Idempotency-Key. Those that come at the same moment
are taken by one thread, which reads, locates and stores them in one go while the others sleep. Only what was
filed is answered here. Whatever is otherwise, by its form or by what became of it, goes the ordinary way
through Django, which finds out for itself what to say. Why: ADR 0013. Measured: docs/performance.md.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http.request import split_domain_port, validate_host
from pydantic import TypeAdapter, ValidationError

from huying.cases.actions import Reported
from huying.cases.policy.reports import MAX_KEY
from huying.config.accounting import RECEIVED_OF, REPLAYED, Clock
from huying.config.authentication import BEARER
from huying.config.middleware import API_HEADERS
from huying.config.reading import JSON, LOOKED_AT
from huying.database.group_commit import GroupCommit
from huying.database.seats import Seats
from huying.intake.counting import count
from huying.intake.filing import answer_json, file_each
from huying.intake.reception import Sent
from huying.intake.schemas import ReportIn
from huying.intake.states import Outcome
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import Malformed
from huying.shared.parsing import parsed

PATH = "/api/v1/reports"
MOST = 64  # reports of one transaction
MAX_BODY = 64_000  # bytes; a longer one is nothing plain
MAX_AHEAD = 2_000_000  # bytes of a body that is read before a seat is taken
KEY, TOKEN = "HTTP_IDEMPOTENCY_KEY", "HTTP_AUTHORIZATION"
UNUSUAL = {*LOOKED_AT, "HTTP_COOKIE"} - {KEY, TOKEN}  # headers with a meaning, known to the ordinary way
PHOTOS = "photos"  # a field that is no report's own
_KEY = re.compile(rf"[ -~]{{1,{MAX_KEY}}}")
_TOKEN = re.compile(rf"{BEARER}[!-~]{{1,300}}")

Environ = dict[str, Any]  # of WSGI
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

logger = logging.getLogger(__name__)
_adapter = TypeAdapter(ReportIn)


@dataclass(slots=True)
class Plain:
    """A plain report as it came. is_received: counted as such."""

    actor: Actor
    key: str
    body: bytes
    is_received: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """The answer to a report that was filed, now or before."""

    answer: bytes
    is_new: bool


class Express:
    """A WSGI application before another, which gets whatever is no plain report that could be filed."""

    def __init__(self, ordinary: Application, seats: Seats, clock: Clock) -> None:
        self._ordinary = ordinary
        self._seats = seats
        self._clock = clock
        self._group: GroupCommit[Plain, Filed | None] = GroupCommit(self._file, most=MOST)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        filed = self._filed(environ) if environ["PATH_INFO"] == PATH and _is_plain(environ) else None
        if filed is None:
            _read_ahead(environ)
            return self._ordinary(environ, start_response)
        headers = [*API_HEADERS.items(), ("Content-Type", JSON), ("Content-Length", str(len(filed.answer)))]
        start_response("201 Created", headers if filed.is_new else [*headers, (REPLAYED, "true")])
        return [filed.answer]

    def _filed(self, environ: Environ) -> Filed | None:
        """File it with others; when it cannot be, leave the environment as the ordinary way needs it."""
        _read_ahead(environ)
        plain = filed = None
        try:
            if actor := self._actor(environ[TOKEN].removeprefix(BEARER)):
                plain = Plain(actor, environ[KEY], environ["wsgi.input"].getvalue())
                filed = self._group.do(plain)
        except Exception as error:  # the ordinary way meets it again, answers and logs it
            logger.warning("a report goes the ordinary way: %s", _kind(error))
        if plain is not None and plain.is_received:
            environ[RECEIVED_OF] = _source(plain.actor)
        return filed

    def _actor(self, secret: str) -> Actor | None:
        """Return whose token it is. Looked up before the group: who makes tokens up keeps nobody waiting."""

        def look_up() -> Actor | None:
            with self._seats.taken():
                close_old_connections()
                return org.actor_for_token(secret)

        return org.remembered(secret, look_up)

    def _file(self, group: Sequence[Plain]) -> list[Filed | None]:
        """File a group; None for each that is to go the ordinary way. Raises what a wrong value raises."""
        with self._seats.taken():
            close_old_connections()  # as Django does before each request: one that broke is opened anew
            try:
                return _file(group, self._clock())
            except (OperationalError, InterfaceError) as error:  # away: nobody is to wait for each to fail
                logger.warning("%d reports go the ordinary way: %s", len(group), _kind(error))
                return [None] * len(group)


def _kind(error: Exception) -> str:
    """Return what may stand in the log: the text of an error may tell what was sent."""
    return type(error).__name__


def _read_ahead(environ: Environ) -> None:
    """Let a body of usual size come in before a seat is taken: a slow phone keeps nobody else waiting."""
    length = _length(environ)
    if length is not None and length <= MAX_AHEAD and not isinstance(environ["wsgi.input"], BytesIO):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length) if length else b"")


def _length(environ: Environ) -> int | None:
    """Return the announced bytes of the body, None when they are not."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else None


def _is_plain(environ: Environ) -> bool:
    length = _length(environ)
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE") == JSON
        and length is not None
        and length <= MAX_BODY
        and not environ.get("QUERY_STRING")
        and UNUSUAL.isdisjoint(environ)
        and _KEY.fullmatch(environ.get(KEY, "")) is not None
        and _TOKEN.fullmatch(environ.get(TOKEN, "")) is not None
        and _is_our_host(environ.get("HTTP_HOST", ""))
    )


def _is_our_host(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _file(group: Sequence[Plain], now: datetime) -> list[Filed | None]:
    sent = {nr: each for nr, plain in enumerate(group) if (each := _read(plain))}
    _count(Outcome.RECEIVED, [each.actor for nr, each in sent.items() if not group[nr].is_received], now)
    for nr in sent:
        group[nr].is_received = True
    outcomes = zip(sent, file_each(list(sent.values()), now=now), strict=True)
    filed = {nr: each for nr, each in outcomes if isinstance(each, Reported)}
    _count(Outcome.ACCEPTED, [sent[nr].actor for nr, each in filed.items() if each.created], now)
    _count(Outcome.DUPLICATE, [sent[nr].actor for nr, each in filed.items() if not each.created], now)
    answers = {nr: Filed(answer_json(each), each.created) for nr, each in filed.items()}
    return [answers.get(nr) for nr in range(len(group))]


def _read(plain: Plain) -> Sent | None:
    """Return what was sent; None when it is not to be filed as it is."""
    try:
        said = parsed(plain.body)
        if not isinstance(said, dict) or PHOTOS in said:
            return None
        return Sent(_adapter.validate_python(said), plain.key, plain.actor)
    except (Malformed, ValidationError):
        return None


def _source(actor: Actor) -> str:
    return actor.source or actor.key


def _count(outcome: Outcome, actors: Iterable[Actor], at: datetime) -> None:
    for source, number in Counter(map(_source, actors)).items():
        count(source, outcome, number, at=at)
