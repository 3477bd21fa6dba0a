"""Many at once, requests, duplicates: each case for itself."""

import re

import pytest
from tests.cases.conftest import NOW, Cast

from huying.cases import actions
from huying.cases.models import Case, Request
from huying.cases.states import RequestKind, RequestState, State
from huying.desk.actions import MOST_TOGETHER
from huying.dispatch.models import ToldApart
from huying.ledger.models import Entry

from .conftest import SignIn


def test_partly_done_is_told_case_by_case(cast: Cast, sign_in: SignIn) -> None:
    fresh, done, elsewhere = cast.reported(), cast.closed(), "HY-1"
    answer = sign_in(cast.chen).post("/desk/together/", {"do": "accept", "number": [fresh, done, elsewhere]})
    page = answer.content.decode()
    assert re.findall(r'data-number="([^"]+)" data-done="(\w+)"', page) == [
        (fresh, "yes"),
        (done, "no"),
        (elsewhere, "no"),
    ]
    assert "已结案状态下不能执行“受理”" in page
    assert Case.objects.get(number=fresh).state == State.ACCEPTED


@pytest.mark.parametrize(
    ("do", "number", "status"),
    [
        ("accept", [], 422),  # nothing chosen
        ("accept", [f"HY-{nr}" for nr in range(MOST_TOGETHER + 1)], 422),  # too many
        ("delete", ["HY-1"], 404),  # no such thing
    ],
)
def test_what_cannot_be_done_together_is_refused(
    cast: Cast, sign_in: SignIn, do: str, number: list[str], status: int
) -> None:
    assert sign_in(cast.chen).post("/desk/together/", {"do": do, "number": number}).status_code == status


def test_dispatch_and_close_together(cast: Cast, sign_in: SignIn) -> None:
    handled = [cast.handled(), cast.handled()]
    fresh = [cast.reported(), cast.accepted()]
    desk = sign_in(cast.chen)
    desk.post("/desk/together/", {"do": "take", "number": fresh})
    desk.post("/desk/together/", {"do": "verify", "number": handled})
    assert {Case.objects.get(number=each).state for each in fresh} == {State.IN_HAND}
    assert {Case.objects.get(number=each).state for each in handled} == {State.CLOSED}


def asked(cast: Cast, kind: RequestKind = RequestKind.EXTENSION) -> Request:
    return actions.request(cast.in_hand(), kind, actor=cast.zhao, now=NOW, reason="等材料", amount=2)


def test_the_centre_decides_requests_with_words(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huying.desk.views.requests.now", lambda: NOW)
    first, second = asked(cast), asked(cast)
    desk = sign_in(cast.chen)
    page = desk.get("/desk/requests/").content.decode()
    assert [f'id="request-{each.pk}"' in page for each in (first, second)] == [True, True]
    assert desk.post(f"/desk/requests/{first.pk}/approve/").status_code == 302
    silent = desk.post(f"/desk/requests/{second.pk}/refuse/")
    assert (silent.status_code, "驳回须说明理由" in silent.content.decode()) == (422, True)
    assert desk.post(f"/desk/requests/{second.pk}/refuse/", {"decision": "材料已到"}).status_code == 302
    states = [Request.objects.get(pk=each.pk).state for each in (first, second)]
    assert states == [RequestState.APPROVED, RequestState.REFUSED]


def test_a_suspension_is_the_leaders_to_decide(cast: Cast, sign_in: SignIn) -> None:
    waiting = asked(cast, RequestKind.SUSPENSION)
    assert "由另一岗位决定" in sign_in(cast.chen).get("/desk/requests/").content.decode()
    assert sign_in(cast.chen).post(f"/desk/requests/{waiting.pk}/approve/").status_code == 403
    assert sign_in(cast.stranger).post(f"/desk/requests/{waiting.pk}/approve/").status_code == 404
    assert sign_in(cast.sun).post(f"/desk/requests/{waiting.pk}/approve/").status_code == 302


def test_two_reports_of_one_trouble_are_merged(cast: Cast, sign_in: SignIn) -> None:
    first, second = cast.reported(), cast.reported()
    desk = sign_in(cast.chen)
    assert f"/desk/alike/{second}/{first}/" in desk.get(f"/cases/{second}/").content.decode()
    page = desk.get(f"/desk/alike/{second}/{first}/").content.decode()
    assert "相距0米" in page
    assert desk.post(f"/desk/alike/{second}/{first}/", {"merge": "1"}).status_code == 302
    assert Case.objects.get(number=second).merged_into == Case.objects.get(number=first)
    again = desk.post(f"/desk/alike/{second}/{first}/", {"merge": "1"})
    assert again.status_code == 409


def test_two_troubles_are_remembered_as_two(cast: Cast, sign_in: SignIn) -> None:
    first, second = cast.reported(), cast.reported()
    desk = sign_in(cast.chen)
    for _ in range(2):
        assert desk.post(f"/desk/alike/{second}/{first}/", {"apart": "1"}).status_code == 302
    assert ToldApart.objects.count() == 1
    assert Entry.objects.filter(verb="tell_apart", subject=f"case:{first}").count() == 1
    for number, other in ((first, second), (second, first)):
        assert f"/desk/alike/{number}/{other}/" not in desk.get(f"/cases/{number}/").content.decode()


def test_another_streets_cases_are_not_compared(cast: Cast, sign_in: SignIn) -> None:
    first, second = cast.reported(), cast.reported()
    stranger = sign_in(cast.stranger)
    assert stranger.get(f"/desk/alike/{first}/{second}/").status_code == 404
    assert stranger.post(f"/desk/alike/{first}/{second}/", {"apart": "1"}).status_code == 404
    assert sign_in(cast.sun).post(f"/desk/alike/{first}/{second}/", {"apart": "1"}).status_code == 403
    assert ToldApart.objects.count() == 0
