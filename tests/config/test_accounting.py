"""What comes to the door over HTTP: one count received, one outcome, a record of each refusal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as values
from django.test import Client
from django.utils.timezone import now
from tests.cases.conftest import GRID, founded

from huying.intake import actions, counting
from huying.intake.models import Rejected
from huying.intake.queries import Account, accounts
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import Role

pytestmark = pytest.mark.django_db
REPORT = {"text": "3幢2单元楼道灯不亮", "area_code": GRID}


@pytest.fixture(autouse=True)
def _street(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DOOR_FOLDER = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr("huying.intake.actions.rejecting._full_until", {})
    founded()
    yield
    counting.close()


@pytest.fixture
def hotline() -> dict[str, str]:
    _, secret = org.issue_token("12345热线", "12345", now=now(), actor=SYSTEM, role=Role.CONNECTOR)
    return {"Authorization": f"Bearer {secret}"}


def send(body: object, kind: str = "application/json", **headers: str) -> int:
    return Client().post("/api/v1/reports", body, content_type=kind, headers=headers).status_code


def account(source: str) -> Account:
    actions.fold(Path(values.DOOR_FOLDER), now=now())
    return next(each for each in accounts(now()) if each.source == source)


def test_each_thing_sent_has_one_outcome(hotline: dict[str, str]) -> None:
    key = {"Idempotency-Key": "WO-1"}
    statuses = [
        send(REPORT, **hotline, **key),
        send(REPORT, **hotline, **key),
        send({**REPORT, "text": "别的"}, **hotline, **key),
        send(REPORT, **hotline),
        send({**REPORT, "area_code": "330109001009"}, **hotline, **{"Idempotency-Key": "WO-2"}),
        send("{", **hotline, **key),
        send("x=1", "application/x-www-form-urlencoded", **hotline),
        send(b'{"text":"' + b"x" * 5_000_000 + b'"}', **hotline),
    ]
    assert statuses == [201, 201, 422, 400, 404, 400, 415, 413]
    found = account("12345")
    reasons = {"KeyReused": 1, "Malformed": 2, "NotFound": 1, "TooLarge": 1, "WrongMedia": 1}
    assert found == Account("12345", 8, 1, 1, reasons, acknowledged=1)
    assert found.is_balanced
    assert Rejected.objects.filter(source="12345").count() == 6


def test_an_invalid_token_is_nobody() -> None:
    assert send(REPORT, Authorization="Bearer guess") == 401
    found = account("anonymous")
    assert (found.received, found.rejected, found.is_balanced) == (1, {"NotSignedIn": 1}, True)


def test_a_resident(client: Client) -> None:
    assert [send(REPORT), send({"text": "\x00"}), send({})] == [201, 400, 422]
    assert account("resident") == Account("resident", 3, 1, 0, {"Malformed": 2}, acknowledged=1)


def test_too_large_a_body_is_recorded_by_its_size_alone() -> None:
    send(b"x" * 5_000_000)
    record = Rejected.objects.get()
    assert (record.size, record.body_mark, record.status, record.reason) == (5_000_000, None, 413, "TooLarge")


def test_our_own_fault_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("huying.intake.api.received", fail)
    assert send(REPORT) == 500
    found = account("resident")
    assert (found.received, found.failed, found.is_balanced) == (1, 1, True)


def test_lines_of_one_request_are_counted_each() -> None:
    """Five lines: two filed, one seen before, one refused, one nobody answered for."""
    with counting.lines(Client(), "12345", 5, at=now()) as told:
        told(counting.Outcome.ACCEPTED, many=2)
        told(counting.Outcome.DUPLICATE)
        told(counting.Outcome.REJECTED, "Incomplete")
    found = account("12345")
    assert (found.received, found.acknowledged, found.duplicate, found.failed) == (5, 2, 1, 1)
    assert (found.rejected, found.lost) == ({"Incomplete": 1}, 2)
