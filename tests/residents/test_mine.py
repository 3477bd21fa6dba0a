"""My cases: the receipt in a signed cookie, the thread, and what a resident may do in it."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from tests.cases.conftest import NOW, STREET, Cast, staff
from tests.residents.conftest import picture, sent

from huying.cases import actions
from huying.cases.models import Case, Evaluation, Evidence, Move
from huying.cases.policy.photos import develop
from huying.cases.policy.receipts import receipt_code
from huying.cases.states import EvidenceKind, State
from huying.org import actions as org
from huying.org.policy import SYSTEM, Grant
from huying.org.states import Employment, Role
from huying.residents import receipts
from huying.residents.receipts import MOST, Receipts

pytestmark = pytest.mark.usefixtures("building")


def closed(cast: Cast, number: str) -> None:
    """Let staff bring the case to its end now: the time to judge begins."""
    at = now()
    actions.accept(number, actor=cast.chen, now=at, category_id=cast.lamp)
    from huying.cases.policy.reports import Call

    actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=at)
    actions.acknowledge(number, actor=cast.zhao, now=at)
    folder = settings.EVIDENCE_FOLDER
    for side, kind in ((70, EvidenceKind.BEFORE), (71, EvidenceKind.AFTER)):
        photo = develop(picture(side).read())
        actions.attach(number, photo, kind, folder=folder, actor=cast.zhao, now=at)
    actions.answer(number, actor=cast.zhao, now=at, opinion="经查为线路老化，已更换")
    actions.note(number, "内部：线路是谁装的", actor=cast.chen, now=at)
    actions.verify(number, actor=cast.chen, now=at, opinion="灯亮了")


def test_the_cookie_is_signed_and_no_script_reads_it(client: Client) -> None:
    sent(client)
    cookie = client.cookies[receipts.COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "HY-" not in cookie.value


@pytest.mark.parametrize("value", ["", "x", "e30:1:abc", "{}", '""'])
def test_a_forged_cookie_opens_nothing(client: Client, value: str) -> None:
    number = sent(client)
    other = Client()
    other.cookies[receipts.COOKIE] = value
    assert other.get(f"/mine/{number}/").status_code == 404
    assert other.get("/mine/").status_code == 200


def test_a_changed_cookie_opens_nothing(client: Client) -> None:
    number = sent(client)
    value = client.cookies[receipts.COOKIE].value
    other = Client()
    other.cookies[receipts.COOKIE] = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert other.get(f"/mine/{number}/").status_code == 404


def test_the_oldest_receipts_give_way() -> None:
    held = Receipts()
    for nr in range(MOST + 5):
        held = held.with_case(f"HY-{nr}")
    assert len(held.numbers) == MOST
    assert held.numbers[0] == f"HY-{MOST + 4}"
    assert held.with_case("HY-20").numbers[:2] == ("HY-20", f"HY-{MOST + 4}")


def test_a_full_cookie_fits_into_a_browser(client: Client) -> None:
    from django.http import HttpResponse

    held = Receipts()
    for nr in range(MOST):
        held = held.with_case(f"HY-330109001-202611{nr % 28 + 1:02}-{nr * 7919 % 99999:05}")
        held = held.with_join(f"HY-330109001-202611{nr % 28 + 1:02}-{nr * 6101 % 99999:05}")
    answer = HttpResponse()
    receipts.keep(answer, held)
    assert len(answer.cookies[receipts.COOKIE].OutputString()) < 4_000


@pytest.mark.parametrize("path", ["", "sent/", "say/", "evaluate/", "reopen/", "photo/" + "a" * 64 + "/"])
def test_only_the_holder_of_the_receipt_opens_a_thread(client: Client, cast: Cast, path: str) -> None:
    number = sent(client)
    for other in (Client(), _signed_in()):
        ask = other.post if path in ("say/", "evaluate/", "reopen/") else other.get
        body = {"key": "0192f0c1-2345-7000-8000-000000000000", "text": "x", "satisfaction": "satisfied"}
        answer = ask(f"/mine/{number}/{path}", body | {"reason": "x"} if ask == other.post else {})
        assert answer.status_code == 404
        assert "楼道灯不亮" not in answer.content.decode()


def _signed_in() -> Client:
    from huying.org.models import User

    other = Client()
    other.force_login(User.objects.create_user("sun"))
    return other


def test_the_list_shows_ones_own_and_nobody_elses(client: Client) -> None:
    mine, other = sent(client, text="楼道灯不亮"), sent(Client(), text="别人的事")
    page = client.get("/mine/").content.decode()
    assert mine in page
    assert other not in page
    assert "别人的事" not in page


def test_number_and_code_open_it_on_another_phone(client: Client) -> None:
    number = sent(client)
    code = receipt_code(number, settings.SECRET_KEY.encode())
    other = Client()
    wrong = other.post("/mine/", {"number": number, "code": "A" * 16})
    assert wrong.status_code == 404
    assert "编号与回执码不相符。" in wrong.content.decode()
    assert f'value="{number}"' in wrong.content.decode()
    spaced = " ".join(code[at : at + 4] for at in range(0, 16, 4)).lower()
    assert other.post("/mine/", {"number": number.lower(), "code": spaced}).status_code == 302
    assert other.get(f"/mine/{number}/").status_code == 200


def test_a_lent_phone_forgets(client: Client) -> None:
    number = sent(client)
    client.post("/mine/forget/")
    assert client.get(f"/mine/{number}/").status_code == 404


def test_the_thread_shows_both_sides(client: Client, cast: Cast) -> None:
    chen = org.hire(
        name="陈建国", phone="13900001111", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM
    )
    cast.chen = staff(chen.pk, Grant(Role.COMMANDER, STREET))
    cast.zhao = staff(chen.pk + 1, *cast.zhao.grants)  # another person, whatever number chen was given
    number = sent(client, photos=picture())
    page = client.get(f"/mine/{number}/").content.decode()
    assert "楼道灯不亮" in page
    closed(cast, number)
    actions.note(number, "请问是几楼？", actor=cast.chen, now=now(), public=True)
    page = client.get(f"/mine/{number}/").content.decode()
    assert "陈**" in page
    for said in ("请问是几楼？", "经查为线路老化，已更换", "灯亮了", "市政科", "处置前", "处置后"):
        assert said in page
    for secret in ("陈建国", "13900001111", "内部：线路是谁装的"):
        assert secret not in page


def test_the_answer_of_a_unit_waits_for_the_check(client: Client, cast: Cast) -> None:
    from huying.cases.policy.reports import Call

    number = sent(client)
    actions.accept(number, actor=cast.chen, now=now(), category_id=cast.lamp)
    actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=now())
    actions.acknowledge(number, actor=cast.zhao, now=now())
    photo = develop(picture(72).read())
    actions.attach(
        number, photo, EvidenceKind.AFTER, folder=settings.EVIDENCE_FOLDER, actor=cast.zhao, now=now()
    )
    actions.answer(number, actor=cast.zhao, now=now(), opinion="经查为线路老化")
    assert "经查为线路老化" not in client.get(f"/mine/{number}/").content.decode()
    assert client.get(f"/mine/{number}/photo/{photo.sha256}/").status_code == 404
    actions.verify(number, actor=cast.chen, now=now())
    assert "经查为线路老化" in client.get(f"/mine/{number}/").content.decode()
    answer = client.get(f"/mine/{number}/photo/{photo.sha256}/")
    assert (answer.status_code, len(b"".join(answer.streaming_content))) == (200, len(photo.jpeg))


def test_ones_own_photo_is_sent_back_as_a_picture(client: Client) -> None:
    number = sent(client, photos=picture())
    sha = Evidence.objects.get().sha256
    answer = client.get(f"/mine/{number}/photo/{sha}/")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    assert client.get(f"/mine/{number}/photo/{'0' * 64}/").status_code == 404


def test_saying_more_twice_says_it_once(client: Client) -> None:
    number = sent(client)
    form = {"key": "0192f0c1-2345-7000-8000-000000000000", "text": "是东边那盏"}
    for _ in range(2):
        answer = client.post(f"/mine/{number}/say/", {**form, "photos": picture()})
        assert answer.status_code == 302
    assert Move.objects.filter(verb="note", opinion="是东边那盏", public=True).count() == 1
    assert Evidence.objects.count() == 1


def test_saying_nothing_is_refused_beside_the_field(client: Client) -> None:
    number = sent(client)
    answer = client.post(f"/mine/{number}/say/", {"key": "0192f0c1-2345-7000-8000-000000000000"})
    assert answer.status_code == 422
    assert "请写一句话，或选一张照片" in answer.content.decode()


def test_the_resident_judges_once(client: Client, cast: Cast) -> None:
    number = sent(client)
    closed(cast, number)
    assert "办好了吗？" in client.get(f"/mine/{number}/").content.decode()
    missing = client.post(f"/mine/{number}/evaluate/", {"text": "谢谢"})
    assert missing.status_code == 422
    assert 'value="谢谢"' in missing.content.decode()
    done = client.post(f"/mine/{number}/evaluate/", {"satisfaction": "satisfied", "text": "谢谢"})
    assert done.status_code == 302
    assert Evaluation.objects.get().satisfaction == "satisfied"
    assert "办好了吗？" not in client.get(f"/mine/{number}/").content.decode()
    again = client.post(f"/mine/{number}/evaluate/", {"satisfaction": "satisfied"})
    assert again.status_code in (409, 422)
    assert Evaluation.objects.count() == 1


def test_not_solved_opens_another_round(client: Client, cast: Cast) -> None:
    number = sent(client)
    closed(cast, number)
    assert client.post(f"/mine/{number}/reopen/", {"reason": " "}).status_code == 422
    assert Case.objects.get().state == State.CLOSED
    assert client.post(f"/mine/{number}/reopen/", {"reason": "晚上又灭了"}).status_code == 302
    assert (Case.objects.get().state, Case.objects.get().round) == (State.IN_HAND, 2)


def test_dissatisfied_opens_another_round(client: Client, cast: Cast) -> None:
    number = sent(client)
    closed(cast, number)
    client.post(f"/mine/{number}/evaluate/", {"satisfaction": "dissatisfied", "text": "灯还是暗"})
    assert Case.objects.get().round == 2


def test_a_refusal_stands_on_the_thread(client: Client) -> None:
    number = sent(client)
    answer = client.post(f"/mine/{number}/reopen/", {"reason": "快一点"})
    assert answer.status_code == 409
    assert "待受理状态下不能执行“重新办理”。" in answer.content.decode()


def test_a_case_made_by_others_is_not_in_the_cookie(client: Client, cast: Cast) -> None:
    number = cast.reported()
    assert client.get(f"/mine/{number}/").status_code == 404
    assert now() > NOW or client.get("/mine/").status_code == 200
