"""The express way files plain reports as the ordinary way would, and leaves everything else to it."""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import IntegrityError, OperationalError
from django.utils.timezone import now
from tests.cases.conftest import GRID, Cast, racing
from tests.config.wsgi import Answer, answered, posted

from huying.cases.models import Case, Move
from huying.config import express as module
from huying.config.express import MAX_BODY, PATH, Environ, Express, StartResponse
from huying.database.seats import Seats
from huying.intake import actions as intake
from huying.intake import counting
from huying.intake.queries import accounts
from huying.org import actions as org
from huying.org.models import ApiToken
from huying.org.policy import SYSTEM
from huying.org.queries import forget_actors
from huying.org.states import Role

__all__ = ["racing"]  # a fixture

LAMP = {"text": "路灯不亮", "area_code": GRID}


@dataclass
class Door:
    """The express way before Django; `ordinary` keeps what went on to Django."""

    secret: str
    seats: Seats = field(default_factory=lambda: Seats(4))
    ordinary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._django = WSGIHandler()
        self.express = Express(self._kept, self.seats, now)

    def _kept(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.ordinary.append(environ.get("HTTP_IDEMPOTENCY_KEY", ""))
        with self.seats.taken():
            return self._django(environ, start_response)

    def send(self, body: object, key: str = "a", *, way: str = "express", **changes: str) -> Answer:
        """Send a report in a thread of its own."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self.send_here, body, key, way, changes).result(30)

    def send_here(self, body: object, key: str, way: str, changes: Mapping[str, Any]) -> Answer:
        """Send a report in this thread."""
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.secret}", "HTTP_IDEMPOTENCY_KEY": key}
        environ = posted(PATH, body, **headers | changes)
        with self.seats.taken() if way == "django" else nullcontext():
            return answered(self.express if way == "express" else self._django, environ)


@pytest.fixture
def door(racing: Cast, tmp_path: Path, settings: Any) -> Iterator[Door]:
    settings.DOOR_FOLDER = tmp_path / "door"
    settings.ALLOWED_HOSTS = ["localhost"]
    _, secret = org.issue_token("12345热线", "12345", now=now(), actor=SYSTEM, role=Role.CONNECTOR)
    made = Door(secret)
    yield made
    counting.close()
    made.seats.close()


def balance(door: Door, folder: Path) -> tuple[int | None, int, int, int, int]:
    """Return received, accepted, duplicates, rejected, failed of the hotline; fail unless they agree."""
    intake.fold(folder / "door", now=now())
    (account,) = [each for each in accounts(now()) if each.source == "12345"]
    assert account.is_balanced
    rejected = sum(account.rejected.values())
    return account.received, account.accepted, account.duplicate, rejected, account.failed


def test_a_plain_report_is_filed_and_django_hears_nothing_of_it(door: Door, tmp_path: Path) -> None:
    answer = door.send(LAMP)
    assert (answer.status, door.ordinary) == (201, [])
    case = Case.objects.get(number=answer.said["number"])
    assert (case.source, case.source_key, case.area_code) == ("12345", "a", GRID)
    assert Move.objects.filter(case=case).count() == 1
    assert balance(door, tmp_path) == (1, 1, 0, 0, 0)


def test_both_ways_answer_alike(door: Door) -> None:
    express, ordinary = door.send(LAMP, "a"), door.send(LAMP, "b", way="django")
    assert express.headers == ordinary.headers
    assert express.said.keys() == ordinary.said.keys()


@pytest.mark.parametrize("ways", [("express", "django"), ("django", "express"), ("express", "express")])
def test_a_report_sent_again_by_either_way_is_the_same(
    door: Door, tmp_path: Path, ways: tuple[str, str]
) -> None:
    first, again = (door.send(LAMP, way=way) for way in ways)
    assert again.body == first.body
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert Case.objects.count() == 1
    assert balance(door, tmp_path)[1:] == (1, 1, 0, 0)


UNUSUAL: dict[str, tuple[object, dict[str, str]]] = {
    "no key": (LAMP, {"HTTP_IDEMPOTENCY_KEY": ""}),
    "a key that is no text": (LAMP, {"HTTP_IDEMPOTENCY_KEY": "\x07"}),
    "too long a key": (LAMP, {"HTTP_IDEMPOTENCY_KEY": "k" * 201}),
    "no JSON": (b"{", {}),
    "a list": (b"[]", {}),
    "NUL": (rb'{"text": "a\u0000", "area_code": "330109001002003"}', {}),
    "deep": (b'{"text": ' + b"[" * 30 + b"]" * 30 + b"}", {}),
    "a field twice": (b'{"text": "a", "text": "b", "area_code": "330109001002003"}', {}),
    "a wrong type": (LAMP | {"urgent": "ja"}, {}),
    "another media": (LAMP, {"CONTENT_TYPE": "text/plain"}),
    "another encoding": (LAMP, {"CONTENT_TYPE": "application/json; charset=gbk"}),
    "no text": (LAMP | {"text": " "}, {}),
    "nowhere": (LAMP | {"area_code": "999"}, {}),
    "an unknown category": (LAMP | {"category_id": 99_999}, {}),
    "another's channel": (LAMP | {"channel": "grid"}, {}),
    "photos that are not there": (LAMP | {"photos": ["0" * 64]}, {}),
    "photos that are none": (LAMP | {"photos": None}, {}),
    "an unknown token": (LAMP, {"HTTP_AUTHORIZATION": "Bearer nobody"}),
    "a token that is no text": (LAMP, {"HTTP_AUTHORIZATION": "Bearer a\x00b"}),
    "another sender": (LAMP, {"HTTP_SENDER": "staff:1"}),
    "no sender at all": (LAMP, {"HTTP_SENDER": ""}),
    "a receipt too long": (LAMP, {"HTTP_RECEIPT": "r" * 401}),
    "a range that is none": (LAMP, {"HTTP_CONTENT_RANGE": "a\tb"}),
    "no time": (LAMP, {"HTTP_DEVICE_TIME": "gestern"}),
    "another host": (LAMP, {"HTTP_HOST": "evil.example"}),
    "too much": (LAMP | {"text": "长" * MAX_BODY}, {}),
    "a wrong address": (LAMP, {"QUERY_STRING": "a=%ff"}),
    "another method": (LAMP, {"REQUEST_METHOD": "PUT"}),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_wrong_is_answered_by_the_ordinary_way(door: Door, name: str) -> None:
    body, changes = UNUSUAL[name]
    express, ordinary = door.send(body, **changes), door.send(body, way="django", **changes)
    assert len(door.ordinary) == 1
    assert express.status == ordinary.status >= 400
    assert express.body == ordinary.body
    assert Case.objects.count() == 0


def test_what_a_device_or_a_photo_adds_is_filed_by_the_ordinary_way(door: Door) -> None:
    assert door.send(LAMP | {"photos": []}, "a").status == 201
    assert door.send(LAMP, "b", HTTP_DEVICE_TIME=now().isoformat()).status == 201
    assert door.ordinary == ["a", "b"]


def test_a_key_used_for_something_else_is_refused_and_counted_once(door: Door, tmp_path: Path) -> None:
    assert door.send(LAMP).status == 201
    refused = door.send(LAMP | {"text": "别的内容"})
    assert (refused.status, refused.said["code"]) == (422, "KeyReused")
    assert balance(door, tmp_path) == (2, 1, 0, 1, 0)


def test_many_at_once_share_transactions_and_each_has_its_own_answer(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sixty, every third is wrong and every fifth comes twice."""
    groups: list[int] = []
    filed = module.file_each

    def noted(sent: list[Any], **about: Any) -> list[Any]:
        groups.append(len(sent))
        return filed(sent, **about)

    monkeypatch.setattr(module, "file_each", noted)

    def body(number: int) -> bytes:
        return orjson.dumps(LAMP | {"text": f"第{number}盏路灯不亮" if number % 3 else " "})

    sent = list(range(60)) + [number for number in range(60) if number % 5 == 0]
    with ThreadPoolExecutor(len(sent)) as pool:
        told = list(pool.map(lambda number: door.send_here(body(number), str(number), "express", {}), sent))
    for number, answer in zip(sent, told, strict=True):
        assert answer.status == (201 if number % 3 else 422)
        if answer.status == 201:
            case = Case.objects.get(number=answer.said["number"])
            assert (case.source_key, case.text) == (str(number), f"第{number}盏路灯不亮")
    assert len(groups) < len(sent)
    assert max(groups) > 1
    assert Case.objects.count() == 40
    assert balance(door, tmp_path) == (72, 40, 8, 24, 0)


@pytest.mark.parametrize("error", [OperationalError, IntegrityError, ValueError])
def test_when_a_group_fails_the_ordinary_way_tries_and_nothing_is_counted_twice(
    door: Door,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def fail(*_sent: object, **_about: object) -> list[Any]:
        raise error("林小燕 13812345678")

    monkeypatch.setattr(module, "file_each", fail)
    with caplog.at_level(logging.WARNING):
        assert door.send(LAMP).status == 201
    assert door.ordinary == ["a"]
    assert f"the ordinary way: {error.__name__}" in caplog.text
    assert "13812345678" not in caplog.text
    assert balance(door, tmp_path) == (1, 1, 0, 0, 0)


def test_a_token_that_ends_meanwhile_leaves_the_account_right(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def revoked(*_sent: object, **_about: object) -> list[Any]:
        ApiToken.objects.update(revoked_at=now())
        forget_actors()
        raise OperationalError

    monkeypatch.setattr(module, "file_each", revoked)
    assert door.send(LAMP).status == 401
    assert balance(door, tmp_path) == (1, 0, 0, 1, 0)


class SlowBody:
    """What a phone with a bad signal sends: the rest of it is long in coming."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.may_come = threading.Event()

    def read(self, *_size: int) -> bytes:
        assert self.may_come.wait(20)
        raw, self._raw = self._raw, b""
        return raw


def test_slow_senders_keep_nobody_from_the_database(door: Door) -> None:
    raw = orjson.dumps(LAMP)
    slow = [SlowBody(raw) for _ in range(8)]  # twice as many as there are seats
    with ThreadPoolExecutor(8) as pool:
        unkeyed = {"HTTP_IDEMPOTENCY_KEY": "", "CONTENT_LENGTH": str(len(raw))}
        waiting = [
            pool.submit(door.send_here, raw, "", "express", unkeyed | {"wsgi.input": each}) for each in slow
        ]
        try:
            assert door.send(LAMP).status == 201
            assert not any(each.done() for each in waiting)
        finally:
            for each in slow:
                each.may_come.set()
        assert {each.result(20).status for each in waiting} == {400}
