"""Many reports in one request: each line stands for itself. Rows of docs/rules/intake.md §5."""

from collections.abc import Sequence

import orjson
import pytest
from django.test import Client
from tests.cases.conftest import GRID, NOW, Cast, racing

from huying.cases.models import Case
from huying.intake.lines import MAX_LINES
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import Role

__all__ = ["racing"]  # a fixture

LAMP = {"text": "路灯不亮", "area_code": GRID}


@pytest.fixture
def secret(racing: Cast) -> str:
    _, secret = org.issue_token("12345热线", "12345", now=NOW, actor=SYSTEM, role=Role.CONNECTOR)
    return secret


def send(secret: str, lines: Sequence[object]) -> list[dict[str, object]]:
    body = b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)
    answer = Client().post(
        "/api/v1/reports/bulk",
        body,
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200, answer.content.decode()
    told: list[dict[str, object]] = orjson.loads(answer.content)
    return told


def test_every_line_stands_for_itself(secret: str) -> None:
    told = send(
        secret,
        [
            LAMP | {"key": "a"},
            {"text": "没有编号", "area_code": GRID},
            b"{",
            LAMP | {"key": "b", "area_code": "999"},
            LAMP | {"key": "a"},
            LAMP | {"key": "a", "text": "别的内容"},
            LAMP | {"key": "c", "category_id": 0},
            {"text": "井盖破损", "lng": 120.27, "lat": 30.16, "key": "d"},
            b"\xff\xfe",
        ],
    )
    assert [each["line"] for each in told] == list(range(1, 10))
    assert [each["status"] for each in told] == [201, 400, 400, 404, 200, 422, 404, 201, 400]
    assert [str(each["number"])[-5:] for each in told if "number" in each] == [
        "00001"
    ] * 3  # the third elsewhere
    assert told[1]["detail"] == "无法读取输入：请求内容有误：缺少 key。"
    assert told[5]["detail"] == "幂等键“a”已用于内容不同的请求。"
    assert sorted(Case.objects.values_list("source_key", flat=True)) == ["a", "d"]


def test_the_whole_may_be_sent_again(secret: str) -> None:
    lines = [LAMP | {"key": f"k{nr}"} for nr in range(50)]
    first, again = send(secret, lines), send(secret, lines)
    assert {each["status"] for each in first} == {201}
    assert [each | {"status": 201} for each in again] == first
    assert {each["status"] for each in again} == {200}
    assert Case.objects.count() == 50


def test_a_line_and_the_same_report_alone_are_one(secret: str) -> None:
    told = send(secret, [LAMP | {"key": "a"}])
    alone = Client().post(
        "/api/v1/reports",
        orjson.dumps(LAMP),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "a"},
    )
    assert (alone.status_code, alone.json()["number"]) == (201, told[0]["number"])
    assert Case.objects.count() == 1


@pytest.mark.parametrize("count", [0, MAX_LINES + 1])
def test_none_and_too_many_lines_are_refused_as_a_whole(secret: str, count: int) -> None:
    answer = Client().post(
        "/api/v1/reports/bulk",
        b"\n".join(orjson.dumps(LAMP | {"key": str(nr)}) for nr in range(count)),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"无法读取输入：应有1至1000行，实有{count}行。"
    assert not Case.objects.exists()
