"""The plain pages: the same cases as the API, persons by name for those who may know them."""

import re
from html import unescape

import pytest
from django.test import Client

from huying.cases.states import State
from huying.config import middleware
from huying.org import actions as org
from huying.org.models import User
from huying.org.policy import SYSTEM, Actor
from huying.org.states import Employment

from .conftest import NOW, Cast


def signed_in(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> Client:
    """Return a browser that acts as somebody."""
    monkeypatch.setattr(middleware, "actor_of_session", lambda request: actor)
    client = Client()
    client.force_login(User.objects.get_or_create(username="someone")[0])
    return client


def test_the_list_shows_what_the_viewer_may_see(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = cast.reported()
    assert number in signed_in(monkeypatch, cast.chen).get("/cases/").content.decode()
    assert number not in signed_in(monkeypatch, cast.stranger).get("/cases/").content.decode()


def test_the_list_can_be_narrowed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    open_, done = cast.reported(), cast.closed()
    page = signed_in(monkeypatch, cast.chen).get("/cases/", {"state": State.CLOSED}).content.decode()
    assert (done in page, open_ in page) == (True, False)


def test_a_case_shows_its_story_with_names(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    zhao = org.hire(name="赵大路", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    cast.zhao = Actor(f"staff:{zhao.pk}", grants=cast.zhao.grants)
    page = signed_in(monkeypatch, cast.chen).get(f"/cases/{cast.handled()}/").content.decode()
    for shown in ("赵大路", "居民", "林**", "138****5678", "已更换灯泡", "处置完毕"):
        assert shown in page
    assert "13812345678" not in page


def test_another_streets_case_is_not_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = signed_in(monkeypatch, cast.stranger).get(f"/cases/{cast.reported()}/")
    assert answer.status_code == 404


def test_who_has_not_signed_in_is_asked_to(cast: Cast, client: Client) -> None:
    assert client.get("/cases/").headers["Location"] == "/login/?next=/cases/"


def test_the_list_of_work_shows_time_left_and_leads_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [cast.reported() for _ in range(51)]
    elsewhere = signed_in(monkeypatch, cast.stranger).get("/desk/").content.decode()
    assert "没有待办事件" in elsewhere
    desk = signed_in(monkeypatch, cast.chen)
    page = desk.get("/desk/").content.decode()
    assert [number in page for number in numbers] == [True] * 50 + [False]
    assert "已超时" in page  # the clocks of NOW ran out long ago
    [following] = re.findall(r'href="(\?[^"]*)" rel="next"', page)
    second = desk.get(f"/desk/{unescape(following)}").content.decode()
    assert [number in second for number in numbers] == [False] * 50 + [True]
