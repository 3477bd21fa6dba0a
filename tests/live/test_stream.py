"""The stream as browsers have it: a real server, real sessions, real commits."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Thread

import pytest
import uvicorn
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from pytest_django import Settings
from tests.cases.conftest import ELSEWHERE, STREET, Cast
from tests.live.traffic import fetched, traffic
from tests.live.watching import Watcher, until

from huying.cases.policy.reports import Place
from huying.config.authentication import actor_of_cookie
from huying.config.streaming import Impatient
from huying.live import hub, views
from huying.live.views import Live
from huying.org import actions as org
from huying.org.models import RoleGrant
from huying.org.policy import SYSTEM
from huying.org.states import Role

PAGE_PORT = 8123


@dataclass(frozen=True, slots=True)
class Site:
    """The running stream and who may look on: user name → browser."""

    live: Live
    port: int

    def watch(self, session: str, after: str = "") -> Watcher:
        return Watcher(self.port, session, after)


@contextmanager
def serving() -> Iterator[Site]:
    live = Live(actor_of_cookie, PAGE_PORT)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            live, http=Impatient, lifespan="on", ws="none", log_level="critical", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started and live.hub.position)
        yield Site(live, listening.getsockname()[1])
        live.end()
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def site(racing: Cast) -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def signed_in(username: str, role: Role, area_code: str) -> Client:
    """Return the browser of somebody new with a role over an area."""
    password = "Aa-12345-stream"
    org.enrol(
        name=username,
        username=username,
        password=password,
        role=role,
        area_code=area_code,
        now=now(),
        actor=SYSTEM,
    )
    client = Client()
    assert client.login(username=username, password=password)
    return client


def session(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_a_step_arrives_at_who_may_see_it_and_at_nobody_else(site: Site, racing: Cast) -> None:
    chen = site.watch(session(signed_in("chen", Role.COMMANDER, STREET)))
    stranger = site.watch(session(signed_in("stranger", Role.COMMANDER, ELSEWHERE)))
    until(lambda: chen.heard and stranger.heard)
    here, there = racing.accepted(), racing.reported(place=Place(ELSEWHERE))
    until(lambda: len(chen.steps()) == 2 and len(stranger.steps()) == 1)

    assert [(step["number"], step["verb"]) for step in chen.steps()] == [(here, "report"), (here, "accept")]
    assert [(step["number"], step["verb"]) for step in stranger.steps()] == [(there, "report")]
    assert chen.headers["content-type"] == "text/event-stream"


def test_who_was_away_gets_what_he_missed(site: Site, racing: Cast) -> None:
    cookie = session(signed_in("chen", Role.COMMANDER, STREET))
    before = site.watch(cookie)
    until(lambda: before.heard)
    before.close()
    number = racing.accepted()
    after = site.watch(cookie, before.position)
    until(lambda: len(after.steps()) == 2)
    racing.reported()
    until(lambda: len(after.steps()) == 3)

    assert [step["verb"] for step in after.steps()] == ["report", "accept", "report"]
    assert after.steps()[1]["number"] == number


def test_streams_that_break_again_and_again_lose_nothing(site: Site, racing: Cast) -> None:
    """The page of a browser whose connection is cut every 50 ms, while others work."""
    client = signed_in("chen", Role.COMMANDER, STREET)
    cookie = session(client)
    actor = actor_of_cookie(cookie)
    assert actor is not None
    shown, position, cuts = fetched(actor), site.live.hub.position, 0
    with traffic(racing, steps=25, seed=cuts):
        while cuts < 12:
            watcher = site.watch(cookie, position)
            until(lambda watcher=watcher: watcher.heard)
            time.sleep(0.05)
            watcher.close()
            position, cuts = watcher.position, cuts + 1
            _apply(shown, watcher)
    last = site.watch(cookie, position)
    until(lambda: last.heard)
    until(lambda: _apply(shown, last) == fetched(actor))
    assert shown


def _apply(shown: dict[str, tuple[str, bool, str]], watcher: Watcher) -> dict[str, tuple[str, bool, str]]:
    assert not watcher.named("gap")
    for step in watcher.steps():
        if step["state"] == "gone":
            shown.pop(step["number"], None)
        else:
            shown[step["number"]] = (step["state"], step["urgent"], step["area_code"])
    return shown


@pytest.mark.parametrize("after", ["nonsense", "1:1:", "999999999:999999999:"])
def test_who_was_away_too_long_is_told_to_fetch_anew(
    racing: Cast, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_REPLAYED", 2)
    racing.closed()
    with serving() as site:  # begun after the steps: what the hub has not read yet is never missing
        watcher = site.watch(session(signed_in("chen", Role.COMMANDER, STREET)), after)
        until(lambda: watcher.heard)
        assert [each.name for each in watcher.heard] == ["gap"]
        assert watcher.position == site.live.hub.position


def test_signing_out_ends_the_stream(racing: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "RIGHTS_SECONDS", 0.1)
    with serving() as quick:
        client = signed_in("chen", Role.COMMANDER, STREET)
        watcher = quick.watch(session(client))
        until(lambda: watcher.heard)
        client.post("/logout/")
        until(lambda: watcher.is_over)
        again = quick.watch(watcher.session)
        until(lambda: again.is_over)
        assert (watcher.status, again.status) == (200, 401)


def test_other_rights_begin_a_stream_anew(racing: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "RIGHTS_SECONDS", 0.1)
    with serving() as quick:
        watcher = quick.watch(session(signed_in("chen", Role.COMMANDER, STREET)))
        until(lambda: watcher.heard)
        org.revoke_grant(RoleGrant.objects.get(staff__user__username="chen").pk, now=now(), actor=SYSTEM)
        until(lambda: watcher.is_over)
        assert [each.name for each in watcher.heard][-1] == "gap"


def test_nobody_looks_on_without_signing_in(site: Site) -> None:
    for cookie in ("", "unknown"):
        watcher = site.watch(cookie)
        until(lambda watcher=watcher: watcher.is_over)
        assert watcher.status == 401


def test_one_person_has_so_many_streams_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    cookie = session(signed_in("chen", Role.COMMANDER, STREET))
    first = [site.watch(cookie), site.watch(cookie)]
    until(lambda: all(each.heard for each in first))
    third = site.watch(cookie)
    until(lambda: third.is_over)
    first[0].close()
    until(lambda: len(site.live.hub.viewers) == 1)
    fourth = site.watch(cookie)
    until(lambda: fourth.heard)
    assert (third.status, fourth.status) == (429, 200)


def test_who_takes_nothing_is_left_and_keeps_nobody_waiting(
    site: Site, racing: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SLOW_SECONDS", 1.0)
    monkeypatch.setattr(hub, "MOST_WAITING", 5)
    cookie = session(signed_in("chen", Role.COMMANDER, STREET))
    quick = site.watch(cookie)
    until(lambda: quick.heard)
    known = set(site.live.hub.viewers)
    slow = socket.create_connection(("127.0.0.1", site.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    name = settings.SESSION_COOKIE_NAME
    slow.sendall(f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {name}={cookie}\r\n\r\n".encode())
    until(lambda: len(site.live.hub.viewers) == 2)
    (his,) = set(site.live.hub.viewers) - known
    his.waiting.append(b": " + b"x" * 20_000_000 + b"\n\n")  # more than the buffers of both sides take
    racing.reported()
    until(lambda: len(quick.steps()) == 1)
    racing.reported()
    until(lambda: len(site.live.hub.viewers) == 1)
    racing.reported()
    until(lambda: len(quick.steps()) == 3)
    assert site.live.hub.counts["dropped"] == 1
    slow.close()


def asked(port: int, path: str = "/live/", **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask and hang up; return the status, the headers, and the text of what is no stream."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        with closing(connection.getresponse()) as answer:
            found = {key.lower(): value for key, value in answer.getheaders()}
            text = "" if path == "/live/" else answer.read().decode()
            return answer.status, found, text


def test_only_pages_of_the_site_may_read_the_stream(site: Site) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session(signed_in('chen', Role.COMMANDER, STREET))}"
    ours = f"http://127.0.0.1:{PAGE_PORT}"
    status, headers, _ = asked(site.port, Cookie=cookie, Origin=ours)
    assert (status, headers["access-control-allow-origin"]) == (200, ours)
    assert headers["access-control-allow-credentials"] == "true"
    for origin in ("https://evil.example", f"http://127.0.0.1:{PAGE_PORT + 1}", "null"):
        status, headers, _ = asked(site.port, Cookie=cookie, Origin=origin)
        assert (status, "access-control-allow-origin" in headers) == (403, False)
    assert asked(site.port, Cookie=cookie, Host="evil.example")[0] == 403


def test_the_process_tells_how_it_fares(site: Site, racing: Cast) -> None:
    watcher = site.watch(session(signed_in("chen", Role.COMMANDER, STREET)))
    until(lambda: watcher.heard)
    racing.reported()
    until(lambda: watcher.steps())
    said = asked(site.port, "/metrics")[2]
    assert "\nhuying_live_viewers 1\n" in said
    assert "\nhuying_live_events_total 1\n" in said
