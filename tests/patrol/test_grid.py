"""The pages of the grid: what waits, report for somebody, solve on the spot, escalate, the map."""

import pytest
from django.test import Client
from tests.cases.conftest import ELSEWHERE, GRID, NOW, Cast, staff
from tests.cases.test_evidence import simple_category
from tests.field import sent, signed_in

from huying.cases import actions
from huying.cases.models import Case, Evidence
from huying.cases.policy.reports import Call
from huying.cases.states import Channel, State
from huying.catalogue import queries as catalogue
from huying.org import actions as org
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Role, UnitKind
from huying.shared.ids import UnitId

KEY = "0193a7c2-5b1e-7c34-9a55-3f2a8e0c4d11"


@pytest.fixture
def wang(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    return signed_in(monkeypatch, cast.wang)


def found(**more: object) -> dict[str, object]:
    return {"key": KEY, "text": "楼道堆物", "address": "清风苑3幢", "lng": "120.27", "lat": "30.16", **more}


def called_wang(cast: Cast) -> tuple[Actor, str]:
    """Return the grid worker who is also called as his grid, and a case he is called to."""
    unit = org.create_unit(
        code="grid", name="第三网格", kind=UnitKind.GRID, area_code=GRID, actor=SYSTEM, now=NOW
    )
    number = cast.accepted()
    actions.assign(number, [Call(UnitId(unit.pk))], actor=cast.chen, now=NOW)
    grants = (Grant(Role.GRID_WORKER, GRID), Grant(Role.UNIT_WORKER, unit_id=UnitId(unit.pk)))
    return staff(1, *grants), number


def test_calls_come_first_then_what_is_to_be_checked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, called = called_wang(cast)
    to_check, other = cast.handled(), cast.reported()
    page = signed_in(monkeypatch, actor).get("/grid/").content.decode()
    places = [page.index(f"/grid/{number}/") for number in (called, to_check, other)]
    assert places == sorted(places)
    assert page.count(f'id="case-{called}"') == 0  # not once more among the rest


def test_somebody_called_signs_checks_in_and_answers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, number = called_wang(cast)
    client = signed_in(monkeypatch, actor)
    client.post(f"/grid/{number}/sign/")
    client.post(f"/grid/{number}/arrive/", {"lng": "120.27", "lat": "30.16", "photo": sent()})
    answer = client.post(f"/grid/{number}/answer/", {"opinion": "已清理", "after": sent("white")})
    assert (answer.status_code, cast.case(number).state) == (302, State.HANDLED)
    refused = client.post(f"/grid/{number}/verify/")  # never by who handled it
    assert (refused.status_code, cast.case(number).state) == (403, State.HANDLED)


def test_another_grids_case_is_not_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = cast.reported()
    other = signed_in(monkeypatch, staff(9, Grant(Role.GRID_WORKER, f"{ELSEWHERE}001001")))
    assert other.get(f"/grid/{number}/").status_code == 404
    assert other.post(f"/grid/{number}/escalate/", {"reason": "难办"}).status_code == 404
    assert number not in other.get("/grid/").content.decode()
    assert other.get("/grid/points/").json()["features"] == []


def test_what_a_resident_said_by_phone_keeps_him_as_the_reporter(cast: Cast, wang: Client) -> None:
    answer = wang.post("/grid/report/", found(name="毛阿姨", phone="13900001111", photos=sent()))
    case = Case.objects.get()
    assert answer.headers["Location"] == f"/grid/{case.number}/"
    assert (case.channel, case.reporter.name, case.reported_by) == (Channel.PHONE, "毛阿姨", cast.wang.key)
    assert Evidence.objects.get().kind == "report"
    assert "13900001111" not in wang.get(f"/grid/{case.number}/").content.decode()


def test_what_he_found_himself_has_no_reporter(wang: Client) -> None:
    wang.post("/grid/report/", found())
    case = Case.objects.get()
    assert (case.channel, hasattr(case, "reporter"), case.area_code) == (Channel.GRID, False, GRID)


def test_sent_twice_it_is_one_case(wang: Client) -> None:
    first, again = (wang.post("/grid/report/", found()) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    other = wang.post("/grid/report/", found(text="另一件事"))
    assert (other.status_code, Case.objects.count()) == (422, 1)
    assert KEY not in other.content.decode()  # the next click sends it as another matter
    assert "另一件事" in other.content.decode()


@pytest.mark.parametrize("lacking", ["text", "where"])
def test_what_lacks_is_said_and_what_was_typed_stays(wang: Client, lacking: str) -> None:
    typed = found(phone="13900001111") | (
        {"text": ""} if lacking == "text" else dict.fromkeys(("address", "lng", "lat"), "")
    )
    answer = wang.post("/grid/report/", typed)
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "13900001111" in answer.content.decode()


def test_found_and_solved_is_one_form(wang: Client) -> None:
    sent_form = found(
        category_id=simple_category(), opinion="已清走", before=sent("black"), after=sent("white")
    )
    first = wang.post("/grid/solve/", sent_form)
    case = Case.objects.get()
    assert (first.status_code, case.state, case.self_handled) == (302, State.CLOSED, True)
    assert set(case.evidence.values_list("kind", flat=True)) == {"before", "after"}
    again = wang.post("/grid/solve/", sent_form | {"before": sent("black"), "after": sent("white")})
    assert (again.headers["Location"], Case.objects.count()) == (first.headers["Location"], 1)


def test_what_may_not_be_solved_on_the_spot_leaves_no_case_behind(cast: Cast, wang: Client) -> None:
    form = found(category_id=cast.lamp, opinion="已修", before=sent("black"), after=sent("white"))
    answer = wang.post("/grid/solve/", form)
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "不能由网格自行处置" in answer.content.decode()


def test_without_a_photo_after_nothing_is_solved(wang: Client) -> None:
    form = found(category_id=simple_category(), opinion="已清走", before=sent("black"))
    assert wang.post("/grid/solve/", form).status_code == 422
    assert Case.objects.count() == 0


def test_only_what_may_be_solved_is_offered(cast: Cast) -> None:
    simple = simple_category()
    offered = {pk for _, leaves in catalogue.solvable(NOW.date()) for pk, _ in leaves}
    assert simple in offered
    assert cast.lamp not in offered


def test_a_case_of_the_grid_is_solved_with_its_photos(cast: Cast, wang: Client) -> None:
    number = cast.reported(category_id=simple_category())
    wang.post(
        f"/grid/{number}/solve/", {"opinion": "已清走", "before": sent("black"), "after": sent("white")}
    )
    assert cast.case(number).state == State.CLOSED
    assert 'id="deed-solve"' not in wang.get(f"/grid/{cast.reported()}/").content.decode()  # a lamp


def test_what_is_too_much_goes_up_a_level(cast: Cast, wang: Client) -> None:
    number = cast.reported()
    assert wang.post(f"/grid/{number}/escalate/", {"reason": ""}).status_code == 422
    for level in ("community", "street"):
        wang.post(f"/grid/{number}/escalate/", {"reason": "网格处理不了"})
        assert cast.case(number).level == level


def test_the_map_has_the_points_of_the_list(cast: Cast, wang: Client) -> None:
    number = cast.reported()
    (point,) = wang.get("/grid/points/").json()["features"]
    assert point["properties"]["href"] == f"/grid/{number}/"
    page = wang.get("/grid/map/").content.decode()
    assert f"within={GRID}" in page
    assert number in page


def test_a_second_person_verifies_with_a_photo_or_sends_it_back(cast: Cast, wang: Client) -> None:
    good, bad = cast.handled(), cast.handled()
    wang.post(f"/grid/{good}/verify/", {"opinion": "已亮", "photo": sent()})
    wang.post(f"/grid/{bad}/rework/", {"reason": "仍不亮"})
    assert (cast.case(good).state, cast.case(bad).state) == (State.CLOSED, State.IN_HAND)
