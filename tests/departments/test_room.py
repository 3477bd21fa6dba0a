"""The workplace of a called unit: its calls by the clock, what it does to them, nobody else's."""

import pytest
from django.test import Client
from pytest_django import Settings
from tests.cases.conftest import NOW, Cast
from tests.field import sent, signed_in

from huying.cases import actions
from huying.cases.models import Evidence, Request
from huying.cases.policy.reports import Place
from huying.cases.states import AssignmentState, RequestKind, ReturnReason, State
from huying.departments.policy import section_of
from huying.departments.queries import room
from huying.departments.states import Section

HERE = {"lng": "120.27", "lat": "30.16"}  # the place of every case of the cast
FAR = {"lng": "120.28", "lat": "30.16"}  # 961 m to the east


@pytest.fixture
def zhao(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    return signed_in(monkeypatch, cast.zhao)


def call_state(cast: Cast, number: str) -> str:
    return cast.case(number).assignments.latest("id").state


@pytest.mark.parametrize(
    ("state", "urgent", "section"),
    [
        (AssignmentState.CALLED, True, Section.TO_SIGN),
        (AssignmentState.ACKNOWLEDGED, True, Section.UNDERWAY),
        (AssignmentState.ACKNOWLEDGED, False, Section.AT_WORK),
        (AssignmentState.ARRIVED, True, Section.AT_WORK),
        (AssignmentState.ANSWERED, False, Section.ANSWERED),
    ],
)
def test_each_call_stands_in_one_section(state: AssignmentState, *, urgent: bool, section: Section) -> None:
    assert section_of(state, urgent=urgent) is section


def test_the_list_is_ordered_by_the_clock_that_runs_out_next(cast: Cast) -> None:
    later = cast.in_hand()
    sooner = cast.in_hand(urgent=True)
    signed = cast.in_hand()
    actions.acknowledge(signed, actor=cast.zhao, now=NOW)
    answered = cast.handled()
    cast.accepted()
    found = room(cast.zhao, NOW).sections
    assert [each.case.number for each in found[Section.TO_SIGN]] == [sooner, later]
    assert [each.case.number for each in found[Section.AT_WORK]] == [signed]
    assert [each.case.number for each in found[Section.ANSWERED]] == [answered]


def test_another_units_case_is_not_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = cast.in_hand()
    qian = signed_in(monkeypatch, cast.qian)
    assert number not in qian.get("/unit/").content.decode()
    for answer in (
        qian.get(f"/unit/{number}/"),
        qian.post(f"/unit/{number}/sign/"),
        qian.post(f"/unit/{number}/answer/", {"opinion": "已办"}),
        qian.post(f"/unit/{number}/plan/", {"unit_id": cast.water, "day": "2026-04-01"}),
    ):
        assert answer.status_code == 404
    assert call_state(cast, number) == AssignmentState.CALLED


def test_signed_with_one_tap_the_second_tap_is_told(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand()
    assert zhao.post(f"/unit/{number}/sign/").headers["Location"] == f"/unit/{number}/"
    again = zhao.post(f"/unit/{number}/sign/")
    assert (again.status_code, call_state(cast, number)) == (409, AssignmentState.ACKNOWLEDGED)
    assert "不能执行“签收”" in again.content.decode()
    assert cast.case(number).history.filter(verb="acknowledge").count() == 1


def test_within_the_radius_nobody_is_asked_why(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand(urgent=True)
    assert zhao.post(f"/unit/{number}/arrive/", {**HERE, "photo": sent()}).status_code == 302
    call = cast.case(number).assignments.get()
    photo = Evidence.objects.get(case__number=number)
    move = cast.case(number).history.get(verb="arrive")
    assert (call.state, call.arrival_m, photo.kind) == (AssignmentState.ARRIVED, 0, "arrival")
    assert move.facts["photo"] == photo.sha256


def test_outside_a_reason_is_needed_and_kept(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand(urgent=True)
    refused = zhao.post(f"/unit/{number}/arrive/", {**FAR, "photo": sent()})
    assert (refused.status_code, Evidence.objects.count()) == (422, 0)  # what was refused leaves nothing
    assert "距事件地点961米，超出200米，请说明原因" in refused.content.decode()
    english = zhao.post(
        f"/unit/{number}/arrive/", {**FAR, "photo": sent()}, headers={"Accept-Language": "en"}
    )
    assert "You are 961 m from the place, more than 200 m: please say why" in english.content.decode()
    zhao.post(f"/unit/{number}/arrive/", {**FAR, "photo": sent(), "reason": "路被封,在路口"})
    assert cast.case(number).history.get(verb="arrive").facts["reason"] == "路被封,在路口"


def test_the_radius_is_a_setting(cast: Cast, zhao: Client, settings: Settings) -> None:
    settings.ARRIVAL_RADIUS_M = 1_000
    number = cast.in_hand()
    assert zhao.post(f"/unit/{number}/arrive/", {**FAR, "photo": sent()}).status_code == 302


def test_without_a_photo_nobody_has_arrived(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand()
    refused = zhao.post(f"/unit/{number}/arrive/", HERE)
    assert (refused.status_code, call_state(cast, number)) == (422, AssignmentState.CALLED)
    assert "请拍一张照片" in refused.content.decode()


def test_an_answer_with_photos_before_and_after_hands_the_case_over(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand()
    zhao.post(f"/unit/{number}/sign/")
    photos = {"before": [sent("black"), sent("gray")], "after": sent("white")}
    zhao.post(f"/unit/{number}/answer/", {"opinion": "已更换灯泡", **photos})
    kinds = Evidence.objects.filter(case__number=number).order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["after", "before", "before"]
    assert cast.case(number).state == State.HANDLED


def test_what_was_typed_is_not_lost_when_it_is_refused(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand(urgent=True)
    zhao.post(f"/unit/{number}/sign/")
    refused = zhao.post(f"/unit/{number}/answer/", {"opinion": "灯泡已换好"})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "灯泡已换好" in page
    assert "紧急事件须先到场" in page


def test_a_final_designation_offers_no_way_back(cast: Cast, zhao: Client) -> None:
    plain, final = cast.in_hand(), cast.in_hand(final=True)
    assert 'id="deed-return"' in zhao.get(f"/unit/{plain}/").content.decode()
    page = zhao.get(f"/unit/{final}/").content.decode()
    assert 'id="deed-return"' not in page
    assert 'id="deed-extend"' in page


def test_a_request_waits_and_is_not_offered_twice(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand()
    zhao.post(f"/unit/{number}/return/", {"reason_code": "not_our_duty", "reason": "属水务"})
    zhao.post(f"/unit/{number}/extend/", {"amount": "2", "reason": "等配件"})
    asked = Request.objects.filter(assignment__case__number=number).order_by("kind")
    assert [(each.kind, each.amount) for each in asked] == [("extension", 2), ("return", None)]
    page = zhao.get(f"/unit/{number}/").content.decode()
    assert 'id="deed-return"' not in page
    assert "等待批准" in page


def test_another_units_request_takes_no_button_away(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand(support=True)
    kind, code = RequestKind.RETURN, ReturnReason.NOT_OUR_DUTY
    actions.request(number, kind, actor=cast.qian, now=NOW, reason="非本单位", reason_code=code)
    assert 'id="deed-return"' in zhao.get(f"/unit/{number}/").content.decode()


def test_only_what_may_be_done_is_offered(cast: Cast, zhao: Client) -> None:
    number = cast.in_hand(urgent=True, place=Place(cast.report().place.area_code))
    page = zhao.get(f"/unit/{number}/").content.decode()
    assert 'id="deed-arrive"' in page
    assert 'id="deed-answer"' not in page  # urgent: somebody drives there first
    assert 'id="deed-verify"' not in page


def test_a_deed_there_is_not_is_not_found(cast: Cast, zhao: Client) -> None:
    assert zhao.post(f"/unit/{cast.in_hand()}/explode/").status_code == 404
