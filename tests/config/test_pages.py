"""What every page shares: who is asking, refusals, headers, and what machines ask."""

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.timezone import now

from huying.config import health, urls
from huying.org import actions as org
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.queries import forget_actors
from huying.org.states import Role
from huying.shared.errors import IllegalMove, NotSignedIn

pytestmark = pytest.mark.django_db


def refusing(request: HttpRequest) -> HttpResponse:
    raise IllegalMove(state="已结案", verb="指派")


def private(request: HttpRequest) -> HttpResponse:
    raise NotSignedIn


def down(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the database system is shutting down")


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.actor.key)


urlpatterns = [
    *urls.urlpatterns,
    path("refusing", refusing),
    path("private", private),
    path("down", down),
    path("who", who),
]
handler404 = urls.handler404
with_trials = override_settings(ROOT_URLCONF=__name__)


def test_pages_allow_no_code_and_no_style_from_elsewhere(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", ["/", "/login/", "/api/v1/docs"])
def test_pages_load_nothing_from_another_host(client: Client, page: str) -> None:
    text = client.get(page).content.decode()
    assert 'src="http' not in text
    assert 'href="http' not in text
    assert "<style" not in text


@with_trials
def test_a_refusal_is_a_page_with_its_reason(client: Client) -> None:
    answer = client.get("/refusing")
    assert answer.status_code == 409
    assert "已结案状态下不能执行“指派”。" in answer.content.decode()


@with_trials
def test_who_must_sign_in_is_shown_where(client: Client) -> None:
    answer = client.get("/private?page=2")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=%2Fprivate%3Fpage%3D2"


@with_trials
def test_a_form_of_who_is_not_signed_in_is_refused(client: Client) -> None:
    assert client.post("/private").status_code == 401


@with_trials
def test_a_database_that_is_away_for_a_moment(client: Client) -> None:
    answer = client.get("/down")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@with_trials
def test_somebody_unknown_is_a_resident(client: Client) -> None:
    assert client.get("/who").content == b"resident"


def test_a_page_that_is_not_there(client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到这个页面。" in answer.content.decode()


def test_signing_in_and_out(client: Client) -> None:
    User.objects.create_user("chen", password="duty-room-24")
    wrong = client.post("/login/", {"username": "chen", "password": "duty-room-25"})
    assert "用户名或密码不正确" in wrong.content.decode()
    entered = client.post("/login/", {"username": "chen", "password": "duty-room-24"})
    assert entered.headers["Location"] == "/work/"
    assert client.get("/work/").headers["Location"] == "/"  # without a role he is at home
    assert "退出" in client.get("/").content.decode()
    client.post("/logout/")
    assert "退出" not in client.get("/").content.decode()


def test_ready(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").status_code == 200


def test_not_ready_while_a_migration_waits(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.content.decode() == "有 1 个数据库变更尚未执行\n"


def test_metrics_are_what_prometheus_reads(client: Client) -> None:
    lines = client.get("/metrics").content.decode().splitlines()
    values = dict(line.split(" ") for line in lines if not line.startswith("#"))
    assert values.keys() == {"huying_up", "huying_clock_skew_seconds", *health.GAUGES}
    assert float(values["huying_database_bytes"]) > 0


OLD, NEW = "Correct-2026", "Horse-battery-9"


def test_somebody_chooses_a_new_password_and_only_this_session_goes_on() -> None:
    org.enrol(name="王五", username="wang", password=OLD, role=Role.LEADER, now=now(), actor=SYSTEM)
    here, elsewhere = Client(), Client()
    assert here.login(username="wang", password=OLD)
    assert elsewhere.login(username="wang", password=OLD)
    for old, new, again, sentence in [
        ("guess", NEW, NEW, "当前密码不正确"),
        (OLD, NEW, NEW + "x", "两次输入的新密码不同"),
        (OLD, "short", "short", "密码至少8位"),
        (OLD, OLD, OLD, "新密码与当前密码相同"),
    ]:
        answer = here.post("/password/", {"old": old, "new": new, "again": again})
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
        assert {old, new} & set(answer.content.decode().split('"')) == set()  # nothing typed comes back
    answer = here.post("/password/", {"old": OLD, "new": NEW, "again": NEW}, follow=True)
    assert "密码已修改" in answer.content.decode()
    forget_actors()
    assert here.get("/password/").status_code == 200
    assert elsewhere.get("/password/").status_code == 302
    assert not Client().login(username="wang", password=OLD)
    assert Client().login(username="wang", password=NEW)
