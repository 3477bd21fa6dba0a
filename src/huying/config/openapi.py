"""The OpenAPI document, completed in one place: possible answers, who may ask, headers."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from huying.cases.policy.reports import MAX_KEY
from huying.config.problems import PROBLEM
from huying.config.reading import MAX_HEADER
from huying.shared.shapes import MOMENT

Json = dict[str, Any]

PROBLEM_SCHEMA: Final[Json] = {
    "title": "Problem",
    "description": "Why something was refused (RFC 9457). Nothing was changed.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "facts"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:huying:problem:IllegalMove"]},
        "title": {"type": "string", "examples": ["Conflict"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "minLength": 1, "examples": ["待受理状态下不能执行“评价”。"]},
        "code": {"type": "string", "minLength": 1, "examples": ["IllegalMove"]},
        "facts": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SECURITY: Final[Json] = {
    "token": {"type": "http", "scheme": "bearer", "description": "of a machine"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "of a person; what writes also needs the `X-CSRFToken` header",
    },
}
SIGNED_IN: tuple[Json, ...] = ({"token": []}, {"session": []})
ANYBODY: tuple[Json, ...] = (*SIGNED_IN, {})

# Operations that say 401 to who has not signed in; the others let a resident in (or show him nothing).
NEED_ACCOUNT = frozenset(
    {
        "/queue",
        "/units",
        "/duty",
        "/devices",
        "/devices/beats",
        "/map/devices",
        "/responsibility/{area_code}",
        "/gaps",
        "/statistics",
        "/reports/bulk",
        "/uploads/{sha256}",
        "/walks",
        "/walks/{walk_id}/track",
        "/walks/{walk_id}/points",
        "/walks/{walk_id}/back",
        "/buildings/{code}/facts",
    }
)
# Limited by address for who has no account.
PACED = frozenset({"/reports", "/categories/likely"})
# May be done without a network and told of later.
CLAIM = ("/reports", "/arrive", "/answer", "/self-handle", "/verify")
# The photo itself is the key; each look counts; a key a line; nothing is written; who joins is the key.
NO_KEY = ("/beats", "/evidence", "/reveal", "/bulk", "/likely", "/join")

ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_AUTH = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
WITH_BODY = (
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
STATUSES = (*ALWAYS, *WITH_AUTH, *WITH_BODY, HTTPStatus.TOO_MANY_REQUESTS)
KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Made once for this act: sent again it counts once and gets the same answer.",
    "schema": {"type": "string", "maxLength": MAX_KEY, "pattern": "^[ -~]*$"},
    "example": "0193a7c2-5b1e-7c34-9a55-3f2a8e0c4d11",
}
DEVICE: Final[Json] = {
    "name": "Device-Time",
    "in": "header",
    "required": False,
    "description": "What the clock of the sender's device says now: the time it claims is judged by it.",
    "schema": {"type": "string", "format": "date-time", "pattern": MOMENT},
    "example": "2026-11-21T10:00:00.000Z",
}
PREFER: Final[Json] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`return=minimal`: the case is not sent back (RFC 7240).",
    "schema": {"type": "string", "maxLength": MAX_HEADER, "pattern": "^[ -~]*$"},
    "example": "return=minimal",
}
RECEIPT: Final[Json] = {
    "name": "Receipt",
    "in": "header",
    "required": False,
    "description": "Opens this case to its reporter, without an account.",
    "schema": {"type": "string", "maxLength": MAX_HEADER, "pattern": "^[ -~]*$"},
    "example": "3KXQ7MZ2PA5RW6TC",
}


class Document(OpenAPISchema):
    """The document as ninja makes it, and what only ninja's own operations know."""

    def add_schema_definitions(self, definitions: Json) -> None:
        """Raises ValueError when two schemas bear one name: one of them would be lost."""
        for name, schema in definitions.items():
            if self.schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two schemas are called {name}")

    def operation_details(self, operation: Operation) -> Json:
        details: Json = super().operation_details(operation)
        if not operation.auth_callbacks:
            details["security"] = []
        return details


def complete(document: Json, prefix: str) -> Json:
    """Add what holds for every operation: problems, security, headers. Changes and returns the document."""
    document["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    document["components"]["securitySchemes"] = SECURITY
    document["components"]["responses"] = {status.name: _problem(status) for status in STATUSES}
    for path, method, operation in operations(document):
        short = path.removeprefix(prefix.rstrip("/"))
        operation.setdefault("security", list(SIGNED_IN if short in NEED_ACCOUNT else ANYBODY))
        operation["parameters"] = [_parameter(each) for each in operation["parameters"]]
        operation["parameters"] += _headers(short, method)
        operation["responses"] = _responses(operation, method, is_paced=method == "post" and short in PACED)
        if method == "post" and _shows_case(operation):
            operation["parameters"].append(PREFER)
            operation["responses"] |= {"204": {"description": "Done; the case was not asked for."}}
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Json]]:
    """Yield (path, method, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _problem(status: HTTPStatus) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    answer: Json = {"description": status.phrase, "content": {PROBLEM: {"schema": schema}}}
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        answer["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "string"}}}
    return answer


def _headers(path: str, method: str) -> Iterator[Json]:
    if method == "post" and not path.endswith(NO_KEY):
        yield KEY
    if method == "post" and path.endswith(CLAIM):
        yield DEVICE
    if path.startswith("/cases/{number}"):
        yield RECEIPT


def _shows_case(operation: Json) -> bool:
    """Tell whether the answer is the case as it is then: what `cases.api.write` makes."""
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    return bool(answer.get("schema", {}).get("$ref", "").endswith("/CaseOut"))


def _responses(operation: Json, method: str, *, is_paced: bool) -> Json:
    statuses = [
        *ALWAYS,
        *(WITH_BODY if method in ("post", "put") else ()),
        *(WITH_AUTH if operation["security"] else ()),
        *((HTTPStatus.TOO_MANY_REQUESTS,) if is_paced else ()),
    ]
    problems = {str(int(status)): {"$ref": f"#/components/responses/{status.name}"} for status in statuses}
    own = {str(status): answer for status, answer in operation["responses"].items()}
    return dict(sorted((problems | own).items()))


def _parameter(parameter: Json) -> Json:
    """Return the parameter without null: an address cannot say it, leaving it out does."""
    schema = dict(parameter["schema"])
    kinds = schema.pop("anyOf", schema.pop("allOf", []))
    kinds = [kind for kind in kinds if kind != {"type": "null"}]
    return {**parameter, "schema": {**schema, **(kinds[0] if kinds else {})}}
