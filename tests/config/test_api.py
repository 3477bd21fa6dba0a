"""What every endpoint shares: problems in words, tokens, sessions, forgery."""

import pytest
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.test import Client, override_settings
from django.urls import path
from ninja import Field, NinjaAPI, Schema

from huying.config import api as edge
from huying.config.authentication import authenticate
from huying.org.models import User
from huying.shared.errors import IllegalMove

pytestmark = pytest.mark.django_db

FAULTS = {
    "refused": IllegalMove(state="已结案", verb="指派"),
    "missing": Http404(),
    "down": OperationalError("the database system is shutting down"),
    "broken": KeyError("x"),
}

trial = NinjaAPI(urls_namespace="trial", auth=authenticate, renderer=edge.Json(), parser=edge.Body())
trial._exception_handlers = edge.api._exception_handlers


class Order(Schema):
    title: str = Field(min_length=2)
    floors: int


@trial.post("/order")
def order(request: HttpRequest, body: Order) -> dict[str, str]:
    return {"actor": request.actor.key}


@trial.get("/{what}")
def fail(request: HttpRequest, what: str) -> None:
    raise FAULTS[what]


urlpatterns = [path("trial/", trial.urls)]
GOOD = {"title": "路灯不亮", "floors": 3}


@pytest.fixture(autouse=True)
def _trial() -> None:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def post(client: Client, body: object, **headers: str) -> tuple[int, dict[str, object]]:
    answer = client.post("/trial/order", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_a_refusal(client: Client) -> None:
    answer = client.get("/trial/refused")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status_code == 409
    assert answer.json() == {
        "type": "urn:huying:problem:IllegalMove",
        "title": "Conflict",
        "status": 409,
        "detail": "已结案状态下不能执行“指派”。",
        "code": "IllegalMove",
        "facts": {"state": "已结案", "verb": "指派"},
    }


def test_something_that_is_not_there(client: Client) -> None:
    answer = client.get("/trial/missing")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_a_database_that_is_away_for_a_moment(client: Client) -> None:
    answer = client.get("/trial/down")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"] == "数据库暂时无法使用，请稍后再试。"


def test_our_own_fault_gives_nothing_away(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/trial/broken")
    assert (answer.status_code, answer.json()["detail"]) == (500, "系统内部错误，已记录。")
    assert "KeyError" in caplog.text


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"title": "路"}, 422, "请求内容有误：title 太短；缺少 floors。"),
        ({"title": "路灯", "floors": "三"}, 422, "请求内容有误：floors 格式不正确。"),
        ("{not json", 400, "无法读取输入：正文不是有效的 UTF-8 编码的 JSON。"),
    ],
)
def test_a_body_that_does_not_fit(client: Client, body: object, status: int, detail: str) -> None:
    found, problem = post(client, body)
    assert (found, problem["detail"]) == (status, detail)


def test_nobody_is_a_resident(client: Client) -> None:
    assert post(client, GOOD) == (200, {"actor": "resident"})


def test_a_token_that_is_not_valid_is_not_a_resident(client: Client) -> None:
    status, problem = post(client, GOOD, authorization="Bearer guess")
    assert (status, problem["code"]) == (401, "NotSignedIn")


def test_a_session_writes_only_with_its_csrf_token() -> None:
    user = User.objects.create_user("chen", password="duty-room-24")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    status, problem = post(client, GOOD)
    assert (status, problem["code"]) == (403, "NotPermitted")
    client.cookies["csrftoken"] = token = "a" * 32
    assert post(client, GOOD, x_csrftoken=token) == (200, {"actor": f"user:{user.pk}"})
