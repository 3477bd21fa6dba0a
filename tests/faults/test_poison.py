"""F24: what no client should send."""

import json

import pytest

from .clients import hotline, report
from .oracle import judge
from .street import Street, until
from .tally import Tally

NUL = "楼道灯\x00不亮"
SURROGATE = b'{"text": "\\ud800 \xe7\x81\xaf", "area_code": "330109001"}'
HUGE = json.dumps({"text": "灯" * 1_700_000}, ensure_ascii=False).encode()  # 5 MB


def poisons(street: Street) -> dict[str, bytes | dict[str, object]]:
    good = report(street, 1)
    return {
        "huge": HUGE,
        "NUL": {**good, "text": NUL},
        "NUL escaped": json.dumps({**good, "address": NUL}).encode(),
        "lone surrogate": SURROGATE,
        "not UTF-8": json.dumps(good, ensure_ascii=False).encode("gb18030"),
        "UTF-16": json.dumps(good, ensure_ascii=False).encode("utf-16"),
        "half a document": json.dumps(good).encode()[:-9],
        "a list": b"[1, 2, 3]",
        "deep": b"[" * 100_000,
        "not a number": {**good, "lng": "NaN"},
        "infinity": b'{"text": "x", "lng": 1e999, "lat": 30}',
        "beyond the pole": {**good, "lat": 91},
        "half a point": {**good, "lat": None},
        "year 10000": {**good, "found_at": "10000-01-01T00:00:00+08:00"},
        "year 0": {**good, "found_at": "0000-01-01T00:00:00+08:00"},
        "far future": {**good, "found_at": "9999-12-31T23:59:59-12:00"},
        "no time zone": {**good, "found_at": "2026-11-21T10:00:00"},
        "huge number": {**good, "category_id": 10**30},
        "no such area": {**good, "area_code": "999999999"},
        "empty text": {**good, "text": "  "},
    }


@pytest.mark.fault
def test_poison_is_refused_with_a_sentence_and_changes_nothing(street: Street, tally: Tally) -> None:
    street.start_web()
    worker = street.start_worker()
    client = hotline(street)
    wrong = {}
    for number, (name, body) in enumerate(poisons(street).items()):
        answer = client.post("/reports", body, Idempotency_Key=f"f24-{number}")
        if not (400 <= answer.status < 500 and answer.json.get("detail")):
            wrong[name] = (answer.status, answer.body[:200])
    assert wrong == {}
    assert street.one("SELECT count(*) FROM cases_case") == 0
    assert client.post("/reports", report(street, 1), Idempotency_Key="f24-good").status == 201
    until(lambda: street.one("SELECT beat_at IS NOT NULL FROM clocks_sweeperstate"))
    assert worker.poll() is None
    tally.kept("F24", judge(street))
