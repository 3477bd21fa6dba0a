"""The short way does a plain step as the ordinary way would, and leaves everything else to it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedReader, BytesIO
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from tests.cases.conftest import STREET, Cast, racing
from tests.config.wsgi import Answer, answered, posted

from huying.cases import actions, queries
from huying.cases.actions.door import Held
from huying.cases.models import Case, Move
from huying.clocks.models import Deadline
from huying.clocks.states import DeadlineState, Stage
from huying.config import short_way as module
from huying.config.express import MAX_BODY, Environ, StartResponse
from huying.config.short_way import ShortWay, endpoints
from huying.database.seats import Seats
from huying.database.side_by_side import SideBySide
from huying.org import actions as org
from huying.org.models import RoleGrant
from huying.org.policy import SYSTEM
from huying.org.states import Role

__all__ = ["racing"]  # a fixture

TOKEN = "a" * 32  # against forgery: the same in cookie and header
WAYS = ("short", "ordinary")


@dataclass
class Site:
    """The short way before Django; `passed_on` keeps what went on to Django."""

    cookies: Mapping[str, str]  # who → session
    passed_on: list[str] = field(default_factory=list)
    seats: Seats = field(default_factory=lambda: Seats(4))

    def __post_init__(self) -> None:
        self._django = WSGIHandler()
        self.short = ShortWay(self._passed_on, self.seats)

    def _passed_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.passed_on.append(environ["PATH_INFO"])
        return self._django(environ, start_response)

    def step(
        self, number: str, verb: str, body: object, *, who: str = "chen", way: str = "short", **changes: Any
    ) -> Answer:
        """Ask for a step."""
        signed = {
            "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={self.cookies[who]}; csrftoken={TOKEN}",
            "HTTP_X_CSRFTOKEN": TOKEN,
        }
        asked = posted(f"/api/v1/cases/{number}/{verb}", body, **signed | changes)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self._answered, asked, way).result(30)

    def _answered(self, asked: Environ, way: str) -> Answer:
        if way == "short":
            return answered(self.short, asked)
        with self.seats.taken():
            return answered(self._django, asked)


@pytest.fixture
def site(racing: Cast, settings: Any) -> Iterator[Site]:
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cookies = {
        "chen": signed_in("chen", Role.COMMANDER, area_code=STREET),
        "zhao": signed_in("zhao", Role.UNIT_WORKER, unit_code="roads"),
        "nobody": "unknown",
    }
    made = Site(cookies)
    yield made
    made.seats.close()


def signed_in(name: str, role: Role, **where: Any) -> str:
    """Return the session of somebody new."""
    person = {"name": name, "username": name, "password": "Aa-12345-short"}
    org.enrol(**person, role=role, **where, now=now(), actor=SYSTEM)
    client = Client()
    assert client.login(username=name, password=person["password"])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def loop(racing: Cast) -> list[tuple[str, str, dict[str, object]]]:
    """Return the steps of a case after its report: verb, who, body."""
    return [
        ("accept", "chen", {}),
        ("assign", "chen", {"calls": [{"unit_id": racing.roads}]}),
        ("acknowledge", "zhao", {}),
        ("arrive", "zhao", {"lng": 120.27, "lat": 30.16}),
        ("notes", "zhao", {"text": "已断电"}),
        ("answer", "zhao", {"opinion": "灯管已更换"}),
        ("rework", "chen", {"reason": "仍不亮"}),
        ("acknowledge", "zhao", {}),
        ("answer", "zhao", {"opinion": "灯座已更换"}),
        ("verify", "chen", {"opinion": "现场已亮"}),
        ("evaluate", "chen", {"satisfaction": "satisfied", "solved": True, "called_back": True}),
    ]


def test_it_knows_every_step_that_takes_a_body_and_answers_itself() -> None:
    known = {"accept", "assign", "acknowledge", "arrive", "answer", "verify", "request", "publish"}
    assert known <= set(endpoints())
    assert "reveal" not in endpoints()  # its answer is made by ninja


def test_a_case_goes_through_its_steps_either_way_and_nobody_can_tell_the_difference(
    site: Site, racing: Cast
) -> None:
    numbers = {way: racing.reported() for way in WAYS}
    for verb, who, body in loop(racing):
        short, ordinary = (site.step(numbers[way], verb, body, who=who, way=way) for way in WAYS)
        assert (short.status, short.said.keys()) == (200, ordinary.said.keys())
        assert short.headers.keys() == ordinary.headers.keys()
        assert same(short.said) == same(ordinary.said)
    assert site.passed_on == []
    told = [
        list(Move.objects.filter(case__number=each).values_list("verb", "actor")) for each in numbers.values()
    ]
    assert told[0] == told[1]


def same(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an answer what must be the same in both cases."""
    return {name: said[name] for name in ("state", "lead_unit", "owner", "round", "reporter_phone")} | {
        "assignments": [(each["state"], each["round"]) for each in said["assignments"]],
        "deadlines": [(each["stage"], each["state"]) for each in said["deadlines"]],
    }


def test_what_is_answered_is_the_case_as_it_is_then(site: Site, racing: Cast) -> None:
    """Read in the same trip as the step was written: it must be what a question afterwards finds."""
    number = racing.reported()
    for verb, who, body in loop(racing):
        said = site.step(number, verb, body, who=who).said
        whole = queries.whole(racing.chen, number)
        assert said["state"] == whole.case["state"]
        assert [each["id"] for each in said["assignments"]] == [each["id"] for each in whole.assignments]
        assert [each["stage"] for each in said["deadlines"]] == [each.stage for each in whole.clocks]


def test_who_wants_no_answer_gets_none(site: Site, racing: Cast) -> None:
    asked = {"HTTP_PREFER": "return=minimal"}
    answers = [site.step(racing.reported(), "accept", {}, way=way, **asked) for way in WAYS]
    assert [(each.status, each.body) for each in answers] == [(204, b"")] * 2
    assert answers[0].headers == answers[1].headers


def test_a_key_makes_it_once(site: Site, racing: Cast) -> None:
    number, key = racing.reported(), {"HTTP_IDEMPOTENCY_KEY": "once"}
    first, again = (site.step(number, "accept", {}, **key) for _ in range(2))
    assert (first.status, again.body, site.passed_on) == (200, first.body, [])
    assert list(Move.objects.filter(case__number=number).values_list("verb", flat=True)) == [
        "report",
        "accept",
    ]


REFUSED: dict[str, tuple[str, str, object, dict[str, str]]] = {
    "not now": ("verify", "chen", {}, {}),
    "not he": ("accept", "zhao", {}, {}),
    "another unit": ("acknowledge", "zhao", {"unit_id": 1}, {}),
    "nobody": ("accept", "nobody", {}, {}),
    "incomplete": ("decline", "chen", {"reason": " "}, {}),
    "an unknown category": ("accept", "chen", {"category_id": 99_999}, {}),
    "a day there is not": (
        "verify",
        "chen",
        {"happened_at": "2026-04-01T10:00:00+08:00"},
        {"HTTP_DEVICE_TIME": "2026-02-30T10:00:00+08:00"},
    ),
    "a wrong number": ("accept", "chen", {}, {"PATH_INFO": "/api/v1/cases/HY-1-2-3/accept"}),
    "in English": ("verify", "chen", {}, {"HTTP_ACCEPT_LANGUAGE": "en"}),
}
NOT_PLAIN: dict[str, tuple[str, str, object, dict[str, str]]] = {
    "forged": ("accept", "chen", {}, {"HTTP_X_CSRFTOKEN": "b" * 32}),
    "from elsewhere": ("accept", "chen", {}, {"HTTP_ORIGIN": "https://evil.example"}),
    "another sender": ("accept", "chen", {}, {"HTTP_SENDER": "staff:99"}),
    "an unknown token": ("accept", "chen", {}, {"HTTP_AUTHORIZATION": "Bearer nobody"}),
    "another host": ("accept", "chen", {}, {"HTTP_HOST": "evil.example"}),
    "a header that is no text": ("accept", "chen", {}, {"HTTP_RECEIPT": "a\tb"}),
    "a cookie with NUL": ("accept", "chen", {}, {"HTTP_COOKIE": 'sessionid="a\\000b"'}),
    "a query": ("accept", "chen", {}, {"QUERY_STRING": "a=%ff"}),
    "another method": ("accept", "chen", {}, {"REQUEST_METHOD": "PUT"}),
    "another media": ("accept", "chen", {}, {"CONTENT_TYPE": "text/plain"}),
    "another encoding": ("accept", "chen", {}, {"CONTENT_TYPE": "application/json; charset=gbk"}),
    "no JSON": ("accept", "chen", b"{", {}),
    "nothing": ("accept", "chen", b"", {}),
    "a list": ("accept", "chen", [], {}),
    "NUL": ("decline", "chen", b'{"reason": "a\\u0000"}', {}),
    "a wrong type": ("accept", "chen", {"category_id": "ja"}, {}),
    "too much": ("decline", "chen", {"reason": "长" * MAX_BODY}, {}),
    "no such step": ("fly", "chen", {}, {}),
    "nowhere": ("accept", "chen", {}, {"PATH_INFO": "/api/v1/cases//accept"}),
    "a number that is none": ("accept", "chen", {}, {"PATH_INFO": "/api/v1/cases/HY-é/accept"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_the_same_words(site: Site, racing: Cast, name: str) -> None:
    verb, who, body, changes = REFUSED[name]
    number = racing.reported()
    short, ordinary = (site.step(number, verb, body, who=who, way=way, **changes) for way in WAYS)
    assert site.passed_on == []
    assert short == ordinary
    assert short.status >= 400
    assert Move.objects.filter(case__number=number).count() == 1


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_is_not_plain_goes_the_ordinary_way(site: Site, racing: Cast, name: str) -> None:
    verb, who, body, changes = NOT_PLAIN[name]
    number = racing.reported()
    short, ordinary = (site.step(number, verb, body, who=who, way=way, **changes) for way in WAYS)
    assert len(site.passed_on) == 1
    assert short == ordinary
    assert short.status >= 400
    assert Move.objects.filter(case__number=number).count() == 1


def test_another_areas_case_is_not_there(site: Site, racing: Cast) -> None:
    RoleGrant.objects.filter(staff__user__username="chen").update(area_code="330109002")
    number = racing.reported()
    short, ordinary = (site.step(number, "accept", {}, way=way) for way in WAYS)
    assert short == ordinary
    assert (short.status, short.said["code"], site.passed_on) == (404, "NotFound", [])


def test_what_nobody_expected_is_logged_and_not_done_again(
    site: Site, racing: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[str] = []

    def broken(number: str, **_what: object) -> None:
        called.append(number)
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "accept", broken)
    with caplog.at_level(logging.ERROR):
        answer = site.step(racing.reported(), "accept", {})
    assert (answer.status, answer.said["code"], len(called), site.passed_on) == (500, "Internal", 1, [])
    assert "ZeroDivisionError" in caplog.text


def test_what_breaks_before_the_step_is_told_in_the_log(
    site: Site, racing: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "check_cookies", lambda _request: 1 / 0)
    assert site.step(racing.reported(), "accept", {}).status == 200
    assert (len(site.passed_on), "ordinary way: ZeroDivisionError" in caplog.text) == (1, True)


def test_a_body_that_is_still_to_come_goes_the_ordinary_way(site: Site, racing: Cast) -> None:
    number = racing.reported()
    answer = site.step(number, "accept", {}, **{"wsgi.input": BufferedReader(BytesIO(b"{}"))})
    assert (answer.status, len(site.passed_on)) == (200, 1)
    assert Case.objects.get(number=number).state == "accepted"


@dataclass
class Gathered:
    """Steps that come while another is done, so that they are done together."""

    site: Site
    pool: ThreadPoolExecutor
    release: Event = field(default_factory=Event)
    _sent: list[Future[Answer]] = field(default_factory=list)

    def send(self, *asked: tuple[str, str, object, str]) -> None:
        """Ask for steps and wait until each has joined those who wait."""
        for number, verb, body, who in asked:
            self._sent.append(self.pool.submit(self.site.step, number, verb, body, who=who))
            wait_until(lambda: len(self.site.short._group._waiting) == len(self._sent))

    def answers(self) -> list[Answer]:
        """Let them be done and return their answers."""
        self.release.set()
        return [each.result(30) for each in self._sent]


def wait_until(holds: Callable[[], bool]) -> None:
    until = monotonic() + 20
    while not holds():
        assert monotonic() < until
        sleep(0.002)


@pytest.fixture
def gathered(site: Site, racing: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gathered]:
    """Another step is under way until `release`, and leads."""
    before, accept = racing.reported(), actions.accept
    with ThreadPoolExecutor(8) as pool:
        made = Gathered(site, pool)

        def slow(number: str, **what: Any) -> object:
            if number == before:
                made.release.wait(30)
            return accept(number, **what)

        monkeypatch.setattr(actions, "accept", slow)
        first = pool.submit(site.step, before, "accept", {})
        wait_until(lambda: site.short._group._is_led and not site.short._group._waiting)
        yield made
        made.release.set()
        assert first.result(30).status == 200


def in_time(racing: Cast) -> str:
    """Return a case whose clocks have not run out today."""
    number = racing.reported()
    Deadline.objects.filter(case_number=number).update(due_at=now() + timedelta(days=1))
    return number


def written_together(numbers: Iterable[str]) -> set[tuple[int, int]]:
    """Return (transactions, steps) after the report."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT step.xmin::text), count(*) FROM cases_move AS step"
            " JOIN cases_case AS held ON held.id = case_id WHERE step.seq > 1 AND number = ANY(%s)",
            [list(numbers)],
        )
        return set(cursor.fetchall())


def test_steps_that_come_together_share_one_transaction(site: Site, racing: Cast, gathered: Gathered) -> None:
    numbers = [in_time(racing) for _ in range(4)]
    gathered.send(*((number, "accept", {}, "chen") for number in numbers))
    answers = gathered.answers()
    assert [(each.status, each.said["number"], each.said["state"]) for each in answers] == [
        (200, number, "accepted") for number in numbers
    ]
    assert written_together(numbers) == {(1, 4)}
    assert site.passed_on == []


def test_different_steps_share_one_transaction_as_well(site: Site, racing: Cast, gathered: Gathered) -> None:
    fresh, called = in_time(racing), racing.in_hand()
    gathered.send((fresh, "accept", {}, "chen"), (called, "acknowledge", {}, "zhao"))
    assert [each.said["state"] for each in gathered.answers()] == ["accepted", "in_hand"]


def test_the_same_case_is_not_done_twice(site: Site, racing: Cast, gathered: Gathered) -> None:
    number, other = in_time(racing), in_time(racing)
    gathered.send(*((each, "accept", {}, "chen") for each in (number, number, other, number)))
    assert sorted(each.status for each in gathered.answers()) == [200, 200, 409, 409]
    assert Move.objects.filter(case__number=number).count() == 2


def test_two_steps_meet_at_one_case(site: Site, racing: Cast, gathered: Gathered) -> None:
    """One case is joined to another while that one is accepted."""
    into, joined = in_time(racing), in_time(racing)
    gathered.send((into, "accept", {}, "chen"), (joined, "merge", {"into": into}, "chen"))
    assert [each.status for each in gathered.answers()] == [200, 200]
    assert list(Move.objects.filter(case__number=into).order_by("seq").values_list("seq", "verb")) == [
        (1, "report"), (2, "accept"), (3, "note"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted({"not now", "not he", "incomplete", "an unknown category"}))
def test_a_refusal_among_others_is_said_in_the_same_words(
    site: Site, racing: Cast, gathered: Gathered, name: str
) -> None:
    verb, who, body, _ = REFUSED[name]
    number, others = in_time(racing), [in_time(racing) for _ in range(2)]
    gathered.send(
        (others[0], "accept", {}, "chen"), (number, verb, body, who), (others[1], "accept", {}, "chen")
    )
    first, refused, last = gathered.answers()
    assert (first.status, last.status) == (200, 200)
    assert refused == site.step(number, verb, body, who=who, way="ordinary")
    assert Move.objects.filter(case__number=number).count() == 1


def test_who_waits_for_a_lock_keeps_nobody_else_waiting(site: Site, racing: Cast, gathered: Gathered) -> None:
    held, free = in_time(racing), in_time(racing)
    with transaction.atomic():
        Case.objects.select_for_update().get(number=held)
        gathered.send((held, "accept", {}, "chen"), (free, "accept", {}, "chen"))
        gathered.release.set()
        wait_until(lambda: Case.objects.get(number=free).state == "accepted")
        assert Case.objects.get(number=held).state == "reported"
    assert [each.status for each in gathered.answers()] == [200, 200]


def test_a_late_case_among_others_is_told_late(site: Site, racing: Cast, gathered: Gathered) -> None:
    """Its clock is to be fired, which takes more than two trips."""
    late, others = in_time(racing), [in_time(racing) for _ in range(2)]
    Deadline.objects.filter(case_number=late).update(due_at=now() - timedelta(days=1))
    gathered.send(*((each, "accept", {}, "chen") for each in (others[0], late, others[1])))
    assert [each.status for each in gathered.answers()] == [200] * 3
    assert written_together([late, *others]) == {(1, 3)}
    assert Deadline.objects.get(case_number=late, stage=Stage.ACCEPT).state == DeadlineState.LATE


def test_a_mistake_of_one_is_not_paid_by_others(
    site: Site, racing: Cast, gathered: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = in_time(racing), in_time(racing)
    write = Held.write

    def wrong(held: Held, **how: Any) -> None:
        if held.case.number == broken:
            held.change(held.case, level="no level there is, and longer than its column" * 9)
        write(held, **how)

    monkeypatch.setattr(Held, "write", wrong)
    gathered.send((broken, "accept", {}, "chen"), (other, "accept", {}, "chen"))
    assert [each.status for each in gathered.answers()] == [422, 200]
    assert Move.objects.filter(case__number=broken).count() == 1


def test_when_the_group_has_no_connection_each_tries_alone(
    site: Site, racing: Cast, gathered: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [in_time(racing) for _ in range(2)]
    gathered.send(*((number, "accept", {}, "chen") for number in numbers))

    def away(_side: SideBySide, _calls: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SideBySide, "run", away)
    assert [each.status for each in gathered.answers()] == [200, 200]
    assert written_together(numbers) == {(2, 2)}


def test_what_even_the_answer_to_an_error_raises_is_not_swallowed(
    site: Site, racing: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "accept", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(module.api, "on_exception", lambda *_: {}["no handler"])
    with pytest.raises(KeyError, match="no handler"):
        site.step(racing.reported(), "accept", {})
