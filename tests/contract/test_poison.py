"""Poison in every place of every operation: refused with a sentence, and no table is any different.

The operations are read from the OpenAPI document: a new endpoint is covered by itself.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import path as route
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ninja import NinjaAPI, Schema
from tests.cases.conftest import GRID, STREET, Cast, founded, staff

from huying.cases.models import Case
from huying.config import api as edge
from huying.config import authentication, urls
from huying.config.api import api
from huying.config.openapi import operations
from huying.config.problems import PROBLEM
from huying.intake.models import Rejected
from huying.org.models import User
from huying.org.policy import Grant
from huying.org.states import Role
from huying.places import queries as places
from huying.shared.errors import Incomplete

from .conftest import digests

pytestmark = pytest.mark.django_db

# what is sent as the whole body: (bytes, content type)
BODIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "application/json"),
    "nothing": (b"", "application/json"),
    "5 MB": (b'{"text":"' + b"a" * 5_000_000 + b'"}', "application/json"),
    "a list": (b"[]", "application/json"),
    "a list of nulls": (b"[null, null]", "application/json"),
    "a text": (b'"text"', "application/json"),
    "null": (b"null", "application/json"),
    "a number": (b"1", "application/json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "application/json"),
    "GBK called UTF-8": ('{"text":"路灯"}'.encode("gbk"), "application/json; charset=utf-8"),
    "GBK by its name": ('{"text":"路灯"}'.encode("gbk"), "application/json; charset=gbk"),
    "UTF-16": ('{"text":"路灯"}'.encode("utf-16"), "application/json"),
    "a form": (b"text=1", "application/x-www-form-urlencoded"),
    "called text": (b'{"text":"1"}', "text/plain"),
    "XML": (b"<a/>", "application/xml"),
    "rubbish in parts": (b"--x\r\nrubbish", "multipart/form-data; boundary=x"),
    "parts without a boundary": (b"--x\r\nrubbish", "multipart/form-data"),
    "nested 100 deep": (b'{"text":' + b"[" * 100 + b"]" * 100 + b"}", "application/json"),
    "nested 100,000 deep": (b"[" * 100_000, "application/json"),
    "a field that stands twice": (b'{"text":"1","text":"2"}', "application/json"),
    "NaN": (b'{"lng":NaN,"lat":1}', "application/json"),
    "infinity": (b'{"lng":Infinity,"lat":1}', "application/json"),
    "1e400": (b'{"lng":1e400,"lat":1}', "application/json"),
    "a lone surrogate": (b'{"text":"\\ud800"}', "application/json"),
    "NUL": (b'{"text":"a\\u0000b"}', "application/json"),
    "NUL in a name": (b'{"a\\u0000":"b"}', "application/json"),
    "a raw control character": (b'{"text":"a\x00b"}', "application/json"),
}
# what stands in the place of one field, by the type the document gives it
FIELDS: dict[str, tuple[object, ...]] = {
    "string": (1, True, [], {}, "a\x00b", "x" * 100_000),
    "integer": ("1", True, [], {}, 1.5, 2**63, -(2**63) - 1, 10**400),
    "number": ("1", True, [], {}, 10**400, 1e308, -1e308),
    "boolean": ("true", 1, [], {}),
    "array": (1, {}, "x"),
    "object": (1, [1], "x"),
    "date-time": (
        *("10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        *(
            "2026-04-01T10:00:00",
            "2026-02-30T00:00:00Z",
            "2026-04-01",
            "1e9",
            0,
            "now",
            "2026-04-01T25:00:00Z",
        ),
    ),
}
QUERIES = ("%00", "%D6%D0", "%ED%A0%80", "%FF")
NUMBERS = ("nan", "inf", "-inf", "1e400", "9223372036854775808", "-9223372036854775809", "1" * 5_000, "x", "")
MOMENTS = ("10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31", "0001-01-01", "2026-13-01", "")
PLACES = (*QUERIES, "x" * 10_000, quote("😀" * 50), *NUMBERS[:-1])
HEADERS = {
    "HTTP_IDEMPOTENCY_KEY": ("a\x00b", "x" * 201, "x" * 100_000, "\ud800", "é"),
    "HTTP_RECEIPT": ("a\x00b", "x" * 100_000),
    "HTTP_AUTHORIZATION": ("Bearer a\x00b", "Bearer " + "x" * 100_000, "Bearer é", "Bearer "),
    "HTTP_COOKIE": ('sessionid="\\000"', 'csrftoken="\\000"'),
}

UNCHECKED = "unchecked value"  # what config/api.py logs then

DOCUMENT = api.get_openapi_schema()
OPERATIONS = [(path, method, details) for path, method, details in operations(DOCUMENT)]
WITH_JSON = [
    each for each in OPERATIONS if "application/json" in each[2].get("requestBody", {}).get("content", {})
]
BULK = "/api/v1/reports/bulk"  # its lines are refused one by one
WITH_BODY = [each for each in OPERATIONS if "requestBody" in each[2] and each[0] != BULK]


def name(each: object) -> str:
    return f"{each[1]} {each[0]}" if isinstance(each, tuple) and len(each) == 3 else str(each)[:30]


@pytest.fixture(autouse=True)
def _nothing_left_to_the_last_net(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The database never had to refuse what a schema should have."""
    yield
    assert UNCHECKED not in caplog.text


@pytest.fixture
def number(db: None, monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> str:
    """A case that the sender, who may everything a commander and a grid worker may, could change."""
    settings.EVIDENCE_FOLDER = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr("huying.intake.actions.rejecting._full_until", {})
    cast: Cast = founded()
    able = staff(9, Grant(Role.COMMANDER, STREET), Grant(Role.GRID_WORKER, STREET))
    monkeypatch.setattr(authentication, "_of_person", lambda request: able)
    return cast.reported()


def address(path: str, number: str) -> str:
    places = {"number": number, "request_id": "1", "code": GRID, "area_code": GRID, "category_id": "1"}
    return re.sub(r"\{(\w+)\}", lambda part: places.get(part[1], "2026"), path)


def send(method: str, address: str, body: bytes = b"", kind: str = "application/json", **meta: str) -> Any:
    return Client(raise_request_exception=False).generic(method.upper(), address, body, kind, **meta)


def assert_refused(answer: Any, what: object) -> None:
    assert 400 <= answer.status_code < 500, (what, answer.status_code, answer.content[:300])
    assert answer.headers["Content-Type"] == PROBLEM, (what, answer.headers)
    problem = json.loads(answer.content)
    assert problem["status"] == answer.status_code
    assert re.search(r"[一-鿿].*[。？！]$", problem["detail"]), (what, problem)


@pytest.mark.parametrize("operation", WITH_BODY, ids=name)
def test_a_body_that_is_none(operation: tuple[str, str, dict[str, Any]], number: str) -> None:
    path, method, _ = operation
    before = digests()
    for what, (body, kind) in BODIES.items():
        assert_refused(send(method, address(path, number), body, kind), what)
    assert digests() == before


def schema_of(details: dict[str, Any]) -> dict[str, Any]:
    return resolved(details["requestBody"]["content"]["application/json"]["schema"])


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema behind a reference or beside null."""
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ()), schema):
        if "$ref" in each:
            return DOCUMENT["components"]["schemas"][each["$ref"].rpartition("/")[2]]
        if "type" in each and each["type"] != "null":
            return each
    return schema


def sample(schema: dict[str, Any]) -> object:
    """Return the plainest value that fits."""
    found = resolved(schema)
    if "enum" in found:
        return found["enum"][0]
    kind = found.get("type")
    if kind == "object":
        return {key: sample(found["properties"][key]) for key in found.get("required", ())}
    if kind == "array":
        return [sample(found["items"])]
    return {"string": "x", "integer": 1, "number": 1.0, "boolean": True}[kind]


def poisons(schema: dict[str, Any], name: str) -> Iterator[object]:
    found = resolved(schema)
    yield from FIELDS[found.get("format") if found.get("format") in FIELDS else found.get("type", "string")]


@pytest.mark.parametrize("operation", WITH_JSON, ids=name)
def test_a_field_that_is_none(operation: tuple[str, str, dict[str, Any]], number: str) -> None:
    path, method, details = operation
    schema = schema_of(details)
    good = sample(schema)
    assert isinstance(good, dict)
    before = digests()
    for field, inside in schema["properties"].items():
        for value in poisons(inside, field):
            body = json.dumps({**good, field: value}).encode()
            assert_refused(send(method, address(path, number), body), (field, str(value)[:50]))
    assert digests() == before


def addresses(path: str, parameters: list[dict[str, Any]], good: str) -> Iterator[str]:
    """Yield every address with poison in its path or its query; `good` has the other places filled."""
    yield from (f"{good}?x={raw}" for raw in QUERIES)
    for each in parameters:
        if each["in"] == "query":
            yield from (f"{good}?{each['name']}={raw}" for raw in QUERIES)
            yield from (f"{good}?{urlencode({each['name']: value})}" for value in unreadable(each["schema"]))
        if each["in"] == "path":
            place = re.escape("{" + each["name"] + "}")
            yield from (re.sub(place, lambda _, raw=raw: raw, path) for raw in PLACES)


def unreadable(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return what a parameter of this kind cannot be."""
    kinds = {"integer": NUMBERS, "number": NUMBERS, "boolean": ("maybe", ""), "array": ("x",)}
    if "format" in schema:
        return MOMENTS
    return kinds.get(schema.get("type", ""), ("x" * 10_000,))


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_an_address_that_is_none(operation: tuple[str, str, dict[str, Any]], number: str) -> None:
    path, method, details = operation
    before = digests()
    for bad in addresses(path, details["parameters"], address(path, number)):
        assert_refused(send(method, address(bad, number)), bad[:200])
    assert digests() == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_header_that_is_none(operation: tuple[str, str, dict[str, Any]], number: str) -> None:
    path, method, details = operation
    before = digests()
    body = json.dumps(sample(schema_of(details)) if operation in WITH_JSON else {}).encode()
    taken = {parameter["name"] for parameter in details["parameters"]}
    for header, values in HEADERS.items():
        for value in values:
            if header == "HTTP_AUTHORIZATION" and not details["security"] and value in ("Bearer ",):
                continue  # nobody is asked who he is
            if len(value) == 201 and "Idempotency-Key" not in taken:
                continue
            assert_refused(send(method, address(path, number), body, **{header: value}), (header, value[:20]))
    assert digests() == before


def test_what_is_refused_at_the_door_is_recorded(number: str) -> None:
    for body, kind in BODIES.values():
        send("post", "/api/v1/reports", body, kind)
    records = Rejected.objects.filter(way="POST /api/v1/reports")
    assert records.count() == len(BODIES)
    assert set(records.values_list("status", flat=True)) == {400, 413, 415, 422}
    assert Case.objects.count() == 1


def test_lines_that_are_none(number: str) -> None:
    """Each body of the table as a line: refused in its place, recorded, and nothing else is different."""
    before = digests()
    lines = {what: body for what, (body, _) in BODIES.items() if b"\n" not in body and 0 < len(body) < 10**6}
    answer = send("post", BULK, b"\n".join(lines.values()), "application/x-ndjson")
    told = dict(zip(lines, json.loads(answer.content), strict=True))
    assert {what: each["status"] for what, each in told.items()} == dict.fromkeys(lines, 400)
    assert all(re.search(r"[一-鿿].*。$", each["detail"]) for each in told.values())
    assert Rejected.objects.filter(way=f"POST {BULK}").count() == len(lines)
    assert digests() == before


@pytest.mark.parametrize("what", ["nothing", "5 MB", "a form", "called text", "rubbish in parts"])
def test_lines_that_are_none_at_all(what: str, number: str) -> None:
    body, kind = BODIES[what]
    kind = "application/x-ndjson" if kind == "application/json" else kind
    before = digests()
    assert_refused(send("post", BULK, body, kind), what)
    assert digests() == before


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_taken_or_refused(db: None, text: str) -> None:
    """Hypothesis: a text of any characters, lone surrogates and NUL among them, as text and as key."""
    if not places.chain(GRID):
        founded()
    key = text.encode("utf-8", "surrogatepass").decode("latin-1")
    for body in (json.dumps({"text": text, "area_code": GRID}), json.dumps({"text": text, "address": text})):
        answer = send("post", "/api/v1/reports", body.encode(), HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code in (201, 400, 422), answer.content


PAGES = ("/", "/login/", "/cases/", "/cases/HY-1/", "/healthz", "/nowhere")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "query",
    ["x=%00", "x=%D6%D0", "before=1e400", "before=9999999999999999999999", "state=%ED%A0%80", "text=%00"],
)
def test_the_address_of_a_page(page: str, query: str, number: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="chen"))
    before = digests()
    answer = client.get(f"{page}?{query}")
    assert answer.status_code < 500
    if "%" in query:
        assert (answer.status_code, answer.content.decode()[-1]) == (400, "。")
    assert client.get(f"{page}%00/").status_code in (400, 404)
    assert digests() == before


def test_a_cookie_that_spells_a_nul(db: None) -> None:
    """The session is looked up by it: PostgreSQL would refuse, and that would be our fault."""
    for address in ("/", "/cases/", "/api/v1/cases"):
        answer = send("get", address, HTTP_COOKIE='sessionid="a\\000b"')
        assert answer.status_code == 400, address


class Careless(Schema):
    text: str = ""


careless = NinjaAPI(urls_namespace="careless", auth=None, renderer=edge.Json())
careless._exception_handlers = edge.api._exception_handlers


@careless.post("/find")
def find(request: HttpRequest, body: Careless) -> dict[str, int]:
    return {"found": Case.objects.filter(number=body.text).count()}


@careless.post("/write-and-refuse")
def write_and_refuse(request: HttpRequest) -> None:
    Case.objects.update(text="改了")
    raise Incomplete(reason="拒绝之前已经改动")


urlpatterns = [*urls.urlpatterns, route("careless/", careless.urls)]
unguarded = override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], DATA_UPLOAD_MAX_MEMORY_SIZE=None)


@unguarded
@pytest.mark.parametrize("what", ["5 MB", "a list", "a text", "a field that stands twice"])
def test_control_without_the_checks_the_same_poison_gets_through(what: str, db: None) -> None:
    """An API without our parser and limit answers as if all were well."""
    answer = send("post", "/careless/find", *BODIES[what])
    with pytest.raises(AssertionError):
        assert_refused(answer, what)


@unguarded
def test_control_what_only_the_last_net_catches_is_seen(db: None, caplog: pytest.LogCaptureFixture) -> None:
    assert_refused(send("post", "/careless/find", *BODIES["NUL"]), "NUL")
    assert UNCHECKED in caplog.text
    caplog.clear()


@unguarded
def test_control_a_refusal_that_changed_something_is_seen(number: str) -> None:
    before = digests()
    assert_refused(send("post", "/careless/write-and-refuse"), "")
    assert {table for table in before if digests()[table] != before[table]} == {"cases_case"}
