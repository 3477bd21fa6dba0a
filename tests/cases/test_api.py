"""The same refusals and the same answers over HTTP, for each role, own area and another's."""

import json

import pytest
from django.conf import settings
from django.test import Client

from huying.cases.models import Case, Move
from huying.cases.policy.receipts import receipt_code
from huying.cases.states import State
from huying.config import authentication
from huying.org.policy import Actor, Grant
from huying.org.states import Role
from huying.shared.ids import UnitId

from .conftest import GRID, Cast, staff


class As:
    """A client that acts as somebody; how a session or token becomes an actor is tested in tests/config."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
        self.patch, self.cast, self.client = monkeypatch, cast, Client()

    def be(self, actor: Actor) -> None:
        self.patch.setattr(authentication, "_of_person", lambda request: actor)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, object]]:
        response = self.client.get(f"/api/v1{path}", headers=headers)
        return response.status_code, json.loads(response.content)

    def post(self, path: str, body: object, **headers: str) -> tuple[int, dict[str, object]]:
        response = self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
        return response.status_code, json.loads(response.content or b"{}")


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> As:
    return As(monkeypatch, cast)


REPORT = {
    "text": "3幢2单元楼道灯不亮",
    "area_code": GRID,
    "reporter": {"name": "林小燕", "phone": "13812345678"},
}


def test_who_prefers_it_is_not_shown_the_case_but_it_is_done_once(http: As, cast: Cast) -> None:
    number = cast.reported()
    http.be(cast.chen)
    brief = {"Prefer": "return=minimal", "Idempotency-Key": "a"}

    assert [http.post(f"/cases/{number}/accept", {}, **brief) for _ in range(2)] == [(204, {}), (204, {})]
    assert http.post(f"/cases/{number}/accept", {}, Prefer="return=minimal")[0] == 409
    assert cast.case(number).state == State.ACCEPTED
    assert Move.objects.filter(case__number=number).count() == 2


def test_a_resident_reports_and_follows_with_the_receipt(http: As, cast: Cast) -> None:
    status, filed = http.post("/reports", REPORT, **{"Idempotency-Key": "k1"})
    number = str(filed["number"])
    assert (status, filed["state"]) == (201, "reported")
    assert http.post("/reports", REPORT, **{"Idempotency-Key": "k1"}) == (status, filed)
    assert http.post("/reports", {**REPORT, "text": "别的"}, **{"Idempotency-Key": "k1"})[0] == 422

    assert http.get(f"/cases/{number}")[0] == 404
    status, case = http.get(f"/cases/{number}", Receipt=str(filed["receipt"]))
    assert (status, case["reporter_name"], case["reporter_phone"]) == (200, "林**", "138****5678")
    status, steps = http.get(f"/cases/{number}/timeline", Receipt=str(filed["receipt"]))
    assert [(step["verb"], step["actor"]) for step in steps] == [("report", "报事人")]  # type: ignore[index]


def test_the_loop_over_http(http: As, cast: Cast) -> None:
    number = cast.reported()
    for actor, verb, body, state in (
        (cast.chen, "accept", {}, State.ACCEPTED),
        (cast.chen, "assign", {"calls": [{"unit_id": cast.roads}]}, State.IN_HAND),
        (cast.zhao, "acknowledge", {}, State.IN_HAND),
        (cast.zhao, "arrive", {"lng": 120.27, "lat": 30.16}, State.IN_HAND),
        (cast.zhao, "answer", {"opinion": "已更换"}, State.HANDLED),
        (cast.wang, "verify", {}, State.CLOSED),
    ):
        http.be(actor)
        status, case = http.post(f"/cases/{number}/{verb}", body)
        assert (status, case["state"]) == (200, state), case


def test_a_repeated_write_under_a_key_gets_the_same_answer(http: As, cast: Cast) -> None:
    number = cast.reported()
    http.be(cast.chen)
    first = http.post(f"/cases/{number}/accept", {}, **{"Idempotency-Key": "a"})
    assert first[0] == 200
    assert http.post(f"/cases/{number}/accept", {}, **{"Idempotency-Key": "a"}) == first
    assert http.post(f"/cases/{number}/accept", {"opinion": "x"}, **{"Idempotency-Key": "a"})[0] == 422
    assert http.post(f"/cases/{number}/accept", {})[0] == 409
    assert Move.objects.filter(case__number=number).count() == 2


def test_a_kept_answer_is_only_for_those_who_see_the_case(http: As, cast: Cast) -> None:
    number = cast.closed()
    code = receipt_code(number, settings.SECRET_KEY.encode())
    key = {"Idempotency-Key": "guessed"}
    for _ in range(2):
        assert http.post(f"/cases/{number}/notes", {"text": "谢谢"}, Receipt=code, **key)[0] == 200
    assert http.post(f"/cases/{number}/notes", {"text": "谢谢"}, **key)[0] == 404


def test_a_refusal_is_a_problem_document_with_a_sentence(http: As, cast: Cast) -> None:
    number = cast.reported()
    http.be(cast.chen)
    status, problem = http.post(f"/cases/{number}/verify", {})
    assert (status, problem["code"], problem["detail"]) == (
        409,
        "IllegalMove",
        "待受理状态下不能执行“核查通过”。",
    )


WRITES: dict[str, dict[str, object]] = {
    "accept": {},
    "decline": {"reason": "x"},
    "expedite": {},
    "escalate": {"reason": "x"},
    "acknowledge": {},
    "assign": {"calls": []},
    "arrive": {},
    "answer": {"opinion": "x"},
    "verify": {},
    "rework": {"reason": "x"},
    "request": {"kind": "return", "reason": "x"},
    "resume": {},
    "reopen": {"reason": "x"},
    "notes": {"text": "x"},
    "evaluate": {"satisfaction": "satisfied", "solved": True},
    "self-handle": {"opinion": "x"},
    "reveal": {},
    "withdraw": {"unit_id": 1, "reason": "x"},
    "merge": {"into": "HY-1"},
}
READS = ("", "/timeline", "/evidence/00")


@pytest.mark.parametrize("role", Role)
def test_no_role_reads_a_case_of_another_area_or_unit(http: As, cast: Cast, role: Role) -> None:
    number = cast.reported()
    unit = UnitId(cast.water) if role is Role.UNIT_WORKER else None
    http.be(staff(77, Grant(role, "" if unit else "330109002", unit)))
    for path in READS:
        assert http.get(f"/cases/{number}{path}")[0] == 404, path
    assert http.get("/cases")[1]["cases"] == []


@pytest.mark.parametrize("role", Role)
def test_no_role_writes_to_a_case_of_another_area_or_unit(http: As, cast: Cast, role: Role) -> None:
    number = cast.reported()
    unit = UnitId(cast.water) if role is Role.UNIT_WORKER else None
    http.be(staff(77, Grant(role, "" if unit else "330109002", unit)))
    for verb, body in WRITES.items():
        assert http.post(f"/cases/{number}/{verb}", body)[0] == 404, verb
    assert Case.objects.get(number=number).moves_made == 1


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.GRID_WORKER, True),
        (Role.BUILDING_HEAD, True),
        (Role.COMMUNITY_WORKER, True),
        (Role.COMMANDER, True),
        (Role.LEADER, True),
        (Role.SUPERVISOR, True),
        (Role.UNIT_WORKER, False),
        (Role.ADMINISTRATOR, False),
        (Role.CONNECTOR, False),
        (Role.RESIDENT, False),
    ],
)
def test_who_sees_the_cases_of_his_own_area(http: As, cast: Cast, role: Role, sees: bool) -> None:
    number = cast.reported()
    http.be(
        staff(
            78,
            Grant(
                role,
                "" if role is Role.UNIT_WORKER else GRID,
                cast.roads if role is Role.UNIT_WORKER else None,
            ),
        )
    )
    assert http.get(f"/cases/{number}")[0] == (200 if sees else 404)
    assert len(http.get("/cases")[1]["cases"]) == int(sees)  # type: ignore[arg-type]


def test_a_unit_sees_a_case_once_it_is_called(http: As, cast: Cast) -> None:
    number = cast.in_hand()
    http.be(cast.zhao)
    assert http.get(f"/cases/{number}")[0] == 200
    http.be(cast.qian)
    assert http.get(f"/cases/{number}")[0] == 404


def test_pages_follow_each_other_without_gap_or_overlap(http: As, cast: Cast) -> None:
    numbers = [cast.reported() for _ in range(7)]
    http.be(cast.chen)
    seen: list[str] = []
    before = ""
    while True:
        _, page = http.get(f"/cases?size=3{before}")
        seen += [case["number"] for case in page["cases"]]  # type: ignore[union-attr,index]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=reported", 1),
        ("state=closed", 1),
        ("state=reported&state=closed", 2),
        ("area_code=330109002", 0),
        ("urgent=true", 0),
        ("text=楼道", 2),
        ("text=下水", 0),
        ("reported_from=2026-04-02T00:00:00Z", 0),
    ],
)
def test_filters_narrow_the_list(http: As, cast: Cast, query: str, count: int) -> None:
    cast.reported()
    cast.closed()
    http.be(cast.chen)
    assert len(http.get(f"/cases?{query}")[1]["cases"]) == count  # type: ignore[arg-type]
