"""schemathesis asks every operation of the OpenAPI document, as each role: no 5xx, nothing undocumented.

HUYING_SEED chooses other questions, HUYING_FUZZ_EXAMPLES more of them, and then every boundary by every role.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from schemathesis import CheckContext, Response, SerializationContext
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.openapi import from_wsgi
from tests.cases.conftest import GRID, STREET, Cast, founded, staff

from huying.config import api as edge
from huying.config import authentication
from huying.config.api import api
from huying.config.openapi import operations
from huying.org import actions as org
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.states import Role

EXAMPLES = int(os.environ.get("HUYING_FUZZ_EXAMPLES") or 2)
SEED = int(os.environ.get("HUYING_SEED", "20261121"))
FULL = {Role.RESIDENT, Role.COMMANDER} if not os.environ.get("HUYING_FUZZ_EXAMPLES") else set(Role)
CPYTHON = "AST constructor recursion depth mismatch"  # a fault of 3.11, where Hypothesis parses a lambda
BULK = "/api/v1/reports/bulk"
DOCUMENT = "/api/v1/openapi.json"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "what_fits_is_understood",
)


@schemathesis.check
def what_fits_is_understood(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the document allows may be refused for its sense (422 Incomplete), never for its form.

    But a machine must send the key, which others need not.
    """
    if case.meta and case.meta.generation.mode.is_positive and response.status_code in (400, 415, 422):
        problem = response.json()
        is_form = problem["code"] in ("Malformed", "WrongMedia")
        assert not is_form or "缺少 Idempotency-Key" in problem["detail"], problem["detail"]


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx: SerializationContext, value: object) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def actor_of(role: Role, cast: Cast) -> Actor:
    if role is Role.RESIDENT:
        return RESIDENT
    return staff(9, Grant(role, unit_id=cast.roads) if role is Role.UNIT_WORKER else Grant(role, STREET))


def config(role: Role, dictionaries: dict[str, list[object]], headers: dict[str, str]) -> schemathesis.Config:
    return schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "headers": {
                "Accept-Encoding": "identity",
                **headers,
            },  # the client of schemathesis unpacks nothing
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "generation": {
                "max-examples": EXAMPLES,
                "allow-x00": False,
                "no-shrink": True,
                "database": "none",
            },
            "phases": {
                "examples": {"enabled": True},
                "coverage": {"enabled": role in FULL},
                "fuzzing": {"enabled": True},
                "stateful": {"enabled": False},
            },
            "checks": {
                "enabled": False,
                **{name: {"enabled": True} for name in CHECKS},
                "not_a_server_error": {"enabled": True, "expected-statuses": ["2xx", "3xx", "4xx", "503"]},
            },
            "operations": [  # any text is lines: what is wrong is said line by line
                {"include-path": BULK, "checks": {"negative_data_rejection": {"enabled": False}}}
            ],
            "dictionaries": {name: {"values": values} for name, values in dictionaries.items()},
            "parameters": {f"path.{name}": {"dictionary": name, "probability": 0.7} for name in dictionaries},
        }
    )


handler = WSGIHandler()


def site(environ: dict[str, object], start: object) -> list[bytes]:
    """The site, leaving no connection behind: schemathesis' threads end without a word."""
    answer = handler(environ, start)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()
        connection.close()


def failures(schema: schemathesis.BaseSchema, statuses: Counter[int]) -> Iterator[str]:
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError) and CPYTHON not in str(event):
            yield str(event)
        if isinstance(event, events.ScenarioFinished):
            answers = [each.response for each in event.recorder.interactions.values() if each.response]
            statuses.update(answer.status_code for answer in answers)
            failed = [
                each for checks in event.recorder.checks.values() for each in checks if each.failure_info
            ]
            for each in failed:
                info = each.failure_info
                yield f"{event.recorder.label} {each.name}: {info.failure}\n    {info.code_sample}"


@pytest.mark.parametrize("role", Role)
def test_no_role_finds_what_the_document_does_not_say(
    own_database: None, role: Role, monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path
) -> None:
    settings.EVIDENCE_FOLDER = tmp_path  # type: ignore[attr-defined]
    cast = founded()
    numbers = [cast.reported(), cast.accepted(), cast.in_hand(), cast.handled(), cast.closed()]
    monkeypatch.setattr(authentication, "_of_person", lambda request: actor_of(role, cast))
    headers = {}
    if role is Role.CONNECTOR:
        _, secret = org.issue_token("热线", "12345", now=now(), actor=SYSTEM, role=role)
        headers = {"Authorization": f"Bearer {secret}"}
    known = {"number": numbers, "area_code": [GRID, STREET], "code": [GRID], "year": [2026]}
    schema = from_wsgi(DOCUMENT, site, config=config(role, known, headers))
    statuses: Counter[int] = Counter()
    found = list(failures(schema, statuses))
    assert not found, f"HUYING_SEED={SEED}, {len(found)} failures\n" + "\n".join(found[:20])
    assert statuses.keys() >= {200, 422}  # it did ask, and was answered


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (b'{"is_well": "yes"}', "response_schema_conformance"),
        (KeyError("x"), "not_a_server_error"),
    ],
)
def test_control_what_is_wrong_is_found(
    own_database: None, answer: bytes | Exception, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(*args: object, **kwargs: object) -> bytes:
        if isinstance(answer, Exception):
            raise answer
        return answer

    no_boundaries = config(Role.CONNECTOR, {}, {})  # any question will do
    schema = from_wsgi(DOCUMENT, site, config=no_boundaries)
    monkeypatch.setattr(edge.Json, "render", render)
    found = list(failures(schema.include(path="/api/v1/sweeper"), Counter()))
    assert [each for each in found if f" {check}: " in each], found


@pytest.mark.parametrize("each", list(operations(api.get_openapi_schema())), ids=lambda each: each[0])
def test_who_must_sign_in_is_what_the_document_says(
    db: None, each: tuple[str, str, dict[str, object]]
) -> None:
    """An invalid token is refused wherever anybody is asked who he is; nobody at all, where it says so."""
    path, method, details = each
    address = re.sub(r"\{\w+\}", "1", path)
    client = Client()
    signed_in_only = details["security"] and {} not in details["security"]
    guess = client.generic(method.upper(), address, headers={"Authorization": "Bearer guess"})
    assert (guess.status_code == 401) == bool(details["security"])
    assert (client.generic(method.upper(), address).status_code == 401) == bool(signed_in_only)
