"""One case: everything offered can be done from its page, and a refusal is said there."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings
from tests.cases.conftest import NOW, Cast

from huying.cases import actions
from huying.cases.models import Case, Evidence, Move
from huying.cases.states import GRANTS, State, Verb
from huying.desk.deeds import DEEDS
from huying.dispatch.models import RoutingDecision

from .conftest import SignIn

PART = {"X-Part": "pane"}
NOT_HERE = {Verb.REPORT, Verb.IMPORT, Verb.JOIN}  # begin a case, or belong to who has no account


def offered(client: Client, number: str) -> set[str]:
    page = client.get(f"/cases/{number}/").content.decode()
    return set(re.findall(r'id="deed-(\w+)"', page))


def did(client: Client, number: str, verb: Verb, **given: object) -> int:
    fields = {f"{verb}-{name}": value for name, value in given.items()}
    return client.post(f"/desk/case/{number}/{verb}/", fields, headers=PART).status_code


def state(number: str) -> str:
    return Case.objects.get(number=number).state


def test_every_verb_somebody_may_do_has_its_form() -> None:
    assert set(DEEDS) == set(GRANTS) - NOT_HERE
    keys = [each.key for each in DEEDS.values() if each.key]
    assert len(keys) == len(set(keys))


def test_the_whole_loop_runs_from_the_page(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    centre = sign_in(cast.chen)
    assert did(centre, number, Verb.ACCEPT, category=cast.lamp) == 200
    calls = {"lead": cast.roads, "support": [cast.water]}
    assert did(centre, number, Verb.ASSIGN, **calls) == 200
    assert RoutingDecision.objects.get(case_number=number).co_unit_ids == [cast.water]
    for unit, who in ((cast.roads, cast.zhao), (cast.water, cast.qian)):
        desk = sign_in(who)
        assert offered(desk, number) >= {"acknowledge", "arrive", "request", "note"}
        assert did(desk, number, Verb.ACKNOWLEDGE, unit=unit) == 200
        assert did(desk, number, Verb.ARRIVE, unit=unit, reason="没有信号") == 200
        assert did(desk, number, Verb.ANSWER, unit=unit, opinion="已更换灯泡") == 200
    centre = sign_in(cast.chen)
    assert did(centre, number, Verb.REWORK, reason="仍不亮") == 200
    assert did(sign_in(cast.zhao), number, Verb.ACKNOWLEDGE, unit=cast.roads) == 200
    assert did(sign_in(cast.zhao), number, Verb.ANSWER, unit=cast.roads, opinion="换了线路") == 200
    assert did(sign_in(cast.chen), number, Verb.VERIFY) == 200
    assert state(number) == State.CLOSED
    judged = {"satisfaction": "satisfied", "solved": "yes", "called_back": "on"}
    closed = cast.closed()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("huying.desk.views.case.now", lambda: NOW)
        assert did(sign_in(cast.chen), closed, Verb.EVALUATE, **judged) == 200


def test_a_refusal_is_said_in_place_and_what_was_written_stays(cast: Cast, sign_in: SignIn) -> None:
    number = cast.accepted()
    answer = sign_in(cast.chen).post(
        f"/desk/case/{number}/merge/", {"merge-into": number, "merge-opinion": "看起来一样"}, headers=PART
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不能并入自身" in page
    assert "看起来一样" in page
    assert re.search(r'id="deed-merge"[^>]* open', page)
    assert state(number) == State.ACCEPTED


def test_what_the_form_lacks_is_said_beside_the_field(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    answer = sign_in(cast.chen).post(f"/desk/case/{number}/decline/", {}, headers=PART)
    assert answer.status_code == 422
    assert "field-wrong" in answer.content.decode()
    assert state(number) == State.REPORTED


def test_a_uncertain_place_must_be_chosen_before_acceptance(cast: Cast, sign_in: SignIn) -> None:
    report = cast.report()
    number = cast.reported(place=type(report.place)("330109001", certain=False, text="河边"))
    centre = sign_in(cast.chen)
    page = centre.get(f"/cases/{number}/").content.decode()
    assert "待人工核实" in page
    assert 'id="take"' not in page  # nothing to take with one key
    assert did(centre, number, Verb.ACCEPT, category=cast.lamp) == 422
    assert did(centre, number, Verb.ACCEPT, category=cast.lamp, area="330109001002003") == 200
    assert Case.objects.get(number=number).area_code == "330109001002003"


def test_one_stroke_files_and_dispatches_as_proposed(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        cast.handled()  # by the roads
    number = cast.reported()
    centre = sign_in(cast.chen)
    assert "采纳：受理并指派" in centre.get(f"/cases/{number}/").content.decode()
    assert centre.post(f"/desk/case/{number}/take/", headers=PART).status_code == 200
    found = Case.objects.get(number=number)
    assert (found.state, found.lead_unit_id) == (State.IN_HAND, cast.roads)
    assert not RoutingDecision.objects.get(case_number=number).overridden
    again = centre.post(f"/desk/case/{number}/take/", headers=PART)
    assert again.status_code in (409, 422)


def test_without_a_proposed_unit_the_stroke_accepts_and_says_what_is_left(
    cast: Cast, sign_in: SignIn
) -> None:
    number = cast.reported()
    answer = sign_in(cast.chen).post(f"/desk/case/{number}/take/", headers=PART)
    assert answer.status_code == 422
    assert "请人工指派" in answer.content.decode()
    assert state(number) == State.ACCEPTED


def test_without_a_script_the_page_leads_back(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    centre = sign_in(cast.chen)
    fields = {"accept-category": cast.lamp, "next": f"/desk/?case={number}"}
    answer = centre.post(f"/desk/case/{number}/accept/", fields)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/?case={number}")
    fields = {"assign-lead": cast.roads, "next": "https://elsewhere.example/"}
    assert centre.post(f"/desk/case/{number}/assign/", fields)["Location"] == f"/cases/{number}/"


def test_a_photo_is_kept_from_the_page(
    cast: Cast, sign_in: SignIn, settings: Settings, tmp_path: Path
) -> None:
    settings.EVIDENCE_FOLDER = tmp_path
    number, file = cast.reported(), BytesIO()
    Image.new("RGB", (8, 8), "green").save(file, "JPEG")
    photo = SimpleUploadedFile("a.jpg", file.getvalue(), "image/jpeg")
    assert did(sign_in(cast.chen), number, Verb.ATTACH, photo=photo, kind="other") == 200
    kept = Evidence.objects.get(case__number=number)
    assert f"/evidence/{kept.sha256}" in sign_in(cast.chen).get(f"/cases/{number}/").content.decode()


def test_the_reporter_is_opened_with_a_reason_that_stays(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    centre = sign_in(cast.chen)
    assert "13812345678" not in centre.get(f"/cases/{number}/").content.decode()
    answer = centre.post(f"/desk/case/{number}/reveal/", {"reveal-reason": "回访"}, headers=PART)
    assert "13812345678" in answer.content.decode()
    assert Move.objects.get(case__number=number, verb=Verb.REVEAL).opinion == "回访"
    assert "13812345678" not in centre.get(f"/cases/{number}/").content.decode()


def test_who_may_only_look_is_offered_nothing(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    assert offered(sign_in(cast.zhou), number) == set()
    assert did(sign_in(cast.zhou), number, Verb.EXPEDITE) == 403
    assert did(sign_in(cast.stranger), number, Verb.EXPEDITE) == 404


@pytest.mark.parametrize("verb", ["import", "nonsense", "report"])
def test_what_is_no_deed_is_not_there(cast: Cast, sign_in: SignIn, verb: str) -> None:
    assert sign_in(cast.chen).post(f"/desk/case/{cast.reported()}/{verb}/").status_code == 404


def test_publishing_offers_its_text_and_only_then_its_end(cast: Cast, sign_in: SignIn) -> None:
    number = cast.reported()
    centre = sign_in(cast.chen)
    assert "unpublish" not in offered(centre, number)
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert "unpublish" in offered(centre, number)
