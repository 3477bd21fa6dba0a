"""Role by page: what each role gets at each address, and that nobody meets another area's case.

A new page needs a row: without one it fails. Two streets; what people wrote in the other holds the canary.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings
from tests import addresses
from tests.cases.conftest import ELSEWHERE, GRID, NOW, STREET, Cast, cast, staff

from huying.cases import actions
from huying.cases.models import Move
from huying.cases.policy.reports import Place, Reporter
from huying.cases.states import RequestKind
from huying.config.openapi import NEED_ACCOUNT
from huying.messages.states import ACCOUNT_READERS
from huying.org import actions as org
from huying.org.models import User
from huying.org.policy import SYSTEM, Grant
from huying.org.states import Role, UnitKind
from huying.places import actions as places
from huying.places.states import AreaLevel
from huying.shared.ids import UnitId

__all__ = ["cast"]  # a fixture
# What a template names in vain is found by the tests of its package.
pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

FAR_GRID = "330109002002003"
CANARY = "邻街的秘密0815"
OURS = "本街的事0816"
SECRET = "Chang-cheng-0817"
NOBODY = "anonymous"
SCOPES: dict[Role, dict[str, str]] = {
    Role.BUILDING_HEAD: {"area_code": GRID},
    Role.GRID_WORKER: {"area_code": GRID},
    Role.COMMUNITY_WORKER: {"area_code": "330109001002"},
    Role.UNIT_WORKER: {"unit_code": "roads"},
    Role.COMMANDER: {"area_code": STREET},
    Role.LEADER: {"area_code": STREET},
    Role.SUPERVISOR: {"area_code": STREET},
    Role.ADMINISTRATOR: {"area_code": STREET},
}
EVERYBODY = frozenset(SCOPES)
CASES = EVERYBODY - {Role.ADMINISTRATOR}


@dataclass(frozen=True)
class Row:
    """Who gets a page; the other signed-in people are answered `otherwise`, who is not signed in `nobody`."""

    roles: frozenset[Role] = EVERYBODY
    status: int = 200
    otherwise: int = 403
    nobody: int = 302
    is_our_case: bool = False  # the address names a case: another area's is 404 for everybody


OPEN_TO_ALL = Row(nobody=200)
POSTED = Row(status=405, nobody=405)  # only a form goes there: another test sends them
NOT_THERE = Row(status=404, nobody=404)  # for anybody, with the examples below
OF_ADMIN = Row(frozenset({Role.ADMINISTRATOR}))
OF_LEADERS = Row(frozenset({Role.COMMANDER, Role.LEADER, Role.SUPERVISOR}))
WITH_RECEIPT = Row(status=404, nobody=404, is_our_case=True)  # nobody here holds one
A_CASE = Row(CASES, otherwise=404, is_our_case=True)
PUBLISHERS = frozenset({Role.COMMUNITY_WORKER, Role.COMMANDER})
PUBLISHED = Row(PUBLISHERS, otherwise=404, is_our_case=True)
SENT = Row(status=405, otherwise=405, nobody=405)
ROWS: dict[str, Row] = {
    "": OPEN_TO_ALL,
    "accounts/": Row(ACCOUNT_READERS),
    "password/": Row(),
    "admin/": Row(frozenset({Role.ADMINISTRATOR, Role.COMMANDER, Role.COMMUNITY_WORKER})),
    "admin/<str:table>/": OF_ADMIN,
    "admin/<str:table>/<str:ref>/": OF_ADMIN,
    "admin/<str:table>/<str:ref>/responsible/": POSTED,
    "admin/<str:table>/<str:ref>/responsible/<int:held_id>/release/": POSTED,
    "admin/<str:table>/<str:ref>/void/": POSTED,
    "admin/<str:table>/new/": OF_ADMIN,
    "admin/buildings/<str:ref>/volunteers/": POSTED,
    "admin/calendar/": OF_ADMIN,
    "admin/calendar/<uuid:upload_id>/": NOT_THERE,
    "admin/catalogue/": OF_ADMIN,
    "admin/catalogue/<int:edition_id>/": Row(frozenset({Role.ADMINISTRATOR}), status=404),
    "admin/catalogue/<uuid:upload_id>/": NOT_THERE,
    "admin/imports/<uuid:upload_id>/": NOT_THERE,
    "admin/imports/<uuid:upload_id>/apply/": POSTED,
    "admin/imports/<uuid:upload_id>/errors.xlsx": NOT_THERE,
    "admin/limits/": OF_ADMIN,
    "admin/people/<int:staff_id>/account/": POSTED,
    "admin/people/<int:staff_id>/leave/": POSTED,
    "admin/people/<int:staff_id>/roles/": POSTED,
    "admin/people/<int:staff_id>/roles/<int:grant_id>/revoke/": POSTED,
    "admin/roster/": Row(frozenset({Role.ADMINISTRATOR, Role.COMMANDER})),
    "admin/roster/shifts/": POSTED,
    "admin/roster/shifts/<int:shift_id>/cancel/": POSTED,
    "admin/sources/": OF_ADMIN,
    "admin/tables/<str:table>/export.<str:form>": OF_ADMIN,
    "admin/tables/<str:table>/import/": OF_ADMIN,
    "admin/tables/<str:table>/template.xlsx": OF_ADMIN,
    "around/": OPEN_TO_ALL,
    "around/<str:number>/": WITH_RECEIPT,  # nor is any of them released
    "around/points.json": OPEN_TO_ALL,
    "cases/": Row(),
    "cases/<str:number>/": A_CASE,
    "cases/<str:number>/point/": A_CASE,
    "cases/<str:number>/publish/": PUBLISHED,
    "cockpit/": OF_LEADERS,
    "cockpit/drawn/": OF_LEADERS,
    "cockpit/playback/": OF_LEADERS,
    "cockpit/playback/steps/": OF_LEADERS,
    "cockpit/tables/": OF_LEADERS,
    "desk/": Row(),
    "desk/alike/<str:number>/<str:other>/": Row(CASES - {Role.UNIT_WORKER}, otherwise=404, is_our_case=True),
    "desk/case/<str:number>/": A_CASE,
    "desk/case/<str:number>/<str:verb>/": SENT,
    "desk/case/<str:number>/take/": SENT,
    "desk/duty/": Row(EVERYBODY - {Role.UNIT_WORKER}),
    "desk/duty/<int:shift_id>/": POSTED,
    "desk/duty/<int:shift_id>/confirm/": POSTED,
    "desk/requests/": Row(),
    "desk/requests/<int:request_id>/<str:decision>/": POSTED,
    "desk/rows/": Row(),
    "desk/together/": POSTED,
    "grid/": Row(),
    "grid/<str:number>/": A_CASE,
    "grid/<str:number>/<str:name>/": SENT,
    "grid/buildings/": Row(),
    "grid/buildings/<str:code>/": Row(status=404),
    "grid/buildings/<str:code>/facts/": POSTED,
    "grid/buildings/<str:code>/facts/<int:fact_id>/end/": POSTED,
    "grid/buildings/<str:code>/personal/": POSTED,
    "grid/manifest.webmanifest": OPEN_TO_ALL,
    "grid/map/": Row(),
    "grid/offline/": Row(),
    "grid/outbox/": Row(),
    "grid/points/": Row(),
    "grid/report/": Row(),
    "grid/solve/": Row(),
    "grid/sw.js": OPEN_TO_ALL,
    "grid/walks/": Row(),
    "grid/walks/<int:walk_id>/": Row(status=404),
    "grid/walks/<int:walk_id>/back/": POSTED,
    "grid/walks/<int:walk_id>/track/": POSTED,
    "grid/walks/out/": POSTED,
    "devices/": Row(EVERYBODY - {Role.BUILDING_HEAD, Role.UNIT_WORKER}),
    "healthz": OPEN_TO_ALL,
    "log/": OPEN_TO_ALL,
    "log/checkpoint": NOT_THERE,
    "log/tile/<path:rest>": NOT_THERE,
    "login/": OPEN_TO_ALL,
    "logout/": POSTED,
    "look/": POSTED,
    "look/tour/": POSTED,
    "metrics": OPEN_TO_ALL,
    "mine/": OPEN_TO_ALL,
    "mine/<str:number>/": WITH_RECEIPT,
    "mine/<str:number>/evaluate/": SENT,
    "mine/<str:number>/photo/<str:sha256>/": WITH_RECEIPT,
    "mine/<str:number>/reopen/": SENT,
    "mine/<str:number>/say/": SENT,
    "mine/<str:number>/sent/": WITH_RECEIPT,
    "mine/forget/": POSTED,
    "readyz": OPEN_TO_ALL,
    "receipt/": OPEN_TO_ALL,
    "report/join/": POSTED,
    "report/nearby/": POSTED,
    "report/places/": POSTED,
    "unit/": Row(),
    "unit/<str:number>/": A_CASE,
    "unit/<str:number>/<str:name>/": SENT,
    "unit/<str:number>/plan/": SENT,
    "unit/<str:number>/unplan/": SENT,
    "unit/day/": Row(),
    "verify/": OPEN_TO_ALL,
    "who/": OPEN_TO_ALL,
    "who/<str:code>/qr/": NOT_THERE,
    "who/sheet/<str:code>/": Row(
        frozenset({Role.BUILDING_HEAD, Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.COMMANDER})
    ),
    "work/": Row(status=302),
}
NUMBER = re.compile(r"HY-[\d-]+\d")
NARROWED = (
    {"text": CANARY[:4], "q": CANARY[:4]},
    {"area": ELSEWHERE, "within": ELSEWHERE, "state": "closed"},
)
# Parts of addresses that name no case.
PARTS: dict[str, object] = {
    "rest": "0/000",
    "code": GRID,
    "area_code": GRID,
    "category_id": 1,
    "year": 2026,
    "request_id": 1,
    "shift_id": 1,
    "decision": "approve",
    "verb": "note",
    "sha256": "0" * 64,
    "table": "units",
    "ref": "roads",
    "form": "xlsx",
    "upload_id": UUID(int=0),
    "walk_id": 1,
    "name": "accept",
    **dict.fromkeys(("shift_id", "held_id", "edition_id", "staff_id", "grant_id", "fact_id"), 0),
}
QUERY = {"since": "2026-01-01", "until": "2026-12-31"}  # what some operation needs
# What a form of any page might ask for: the other area's case must refuse it all the same.
BODY = {
    "opinion": "可以",
    "reason": "可以",
    "text": "可以",
    "lead": "1",
    "category_id": "1",
    "satisfaction": "satisfied",
}


@dataclass
class World:
    """Two streets, somebody of every role in ours, cases in every state in both."""

    cast: Cast
    ours: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)

    def known(self, number: str) -> dict[str, object]:
        return PARTS | {"number": number, "other": self.ours[0]}


@pytest.fixture
def world(cast: Cast, settings: Settings) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody types them here
    for code, level, parent in (
        ("330109002002", AreaLevel.COMMUNITY, "330109002"),
        (FAR_GRID, AreaLevel.GRID, "330109002002"),
    ):
        places.create_area(code, name=f"邻{code}", level=level, parent=parent, actor="system", now=NOW)
    made = World(cast, clients={NOBODY: Client()})
    for role, scope in SCOPES.items():
        made.clients[role] = _client(role, role, **scope)
    made.ours = list(_cases(cast, OURS, GRID))
    made.theirs = list(_cases(_far(cast), CANARY, FAR_GRID))
    return made


def _client(username: str, role: Role, **scope: str) -> Client:
    """Return the browser of somebody new who has signed in."""
    org.enrol(name=role.label, username=username, password=SECRET, role=role, now=NOW, actor=SYSTEM, **scope)
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def _far(cast: Cast) -> Cast:
    """Return the people of the other street."""
    unit = org.create_unit(
        code="far", name="邻街市政科", kind=UnitKind.DEPARTMENT, area_code=ELSEWHERE, actor=SYSTEM, now=NOW
    )
    far = Cast(UnitId(unit.pk), cast.water, cast.lamp, cast.keys)
    far.chen = cast.stranger
    far.zhao = staff(8, Grant(Role.UNIT_WORKER, unit_id=far.roads))
    return far


def _cases(people: Cast, word: str, grid: str) -> Iterator[str]:
    """Make a case in each state of the way, with the word in every field people fill in."""
    said = {
        "text": f"{word}灯不亮",
        "place": Place(grid, text=f"{word}苑3幢", lng=120.27, lat=30.16),
        "reporter": Reporter(word, "13812345678"),
    }
    for make in (people.reported, people.accepted, people.in_hand, people.handled, people.closed):
        number = make(**said)
        actions.note(number, f"{word}留言", actor=people.chen, now=NOW)
        yield number
    asked = people.in_hand(**said)
    actions.request(asked, RequestKind.EXTENSION, actor=people.zhao, now=NOW, reason=word, amount=1)
    yield asked


def _ask(client: Client, method: str, address: str, query: dict[str, str] | None = None) -> HttpResponse:
    """Ask for an address; whatever it changed is undone."""
    with transaction.atomic():
        if method == "GET":
            answer = client.get(address, query)
        else:
            answer = client.generic(method, address, json.dumps(BODY), content_type="application/json")
        transaction.set_rollback(True)
    return answer


def _text(answer: HttpResponse) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


def _wanted(row: Row, who: str, *, is_ours: bool) -> int:
    if who == NOBODY:
        return row.nobody
    if row.is_our_case and not is_ours:
        return 404
    return row.status if who in row.roles else row.otherwise


def test_every_page_has_its_row() -> None:
    assert set(addresses.pages()) == set(ROWS), "say in ROWS who gets it"


def test_each_role_gets_its_pages_and_nobody_anothers_case(world: World) -> None:
    wrong, leaks = [], []
    for pattern, row in ROWS.items():
        for who, client in world.clients.items():
            both = ((world.ours[2], True), (world.theirs[2], False))
            for number, is_ours in both if row.is_our_case else both[:1]:
                answer = _ask(client, "GET", addresses.filled(pattern, world.known(number)))
                wanted = _wanted(row, who, is_ours=is_ours)
                if answer.status_code != wanted:
                    wrong.append((pattern, who, is_ours, answer.status_code, wanted))
                text = _text(answer)
                if CANARY in text or any(far in text for far in world.theirs if far != number):
                    leaks.append((pattern, who))
    assert (wrong, leaks) == ([], [])


def test_no_filter_reaches_the_other_street(world: World) -> None:
    lists = [pattern for pattern in ROWS if not addresses.parts(pattern)]
    leaks = [
        (pattern, who)
        for pattern in lists
        for who, client in world.clients.items()
        for query in NARROWED
        if set(NUMBER.findall(_text(_ask(client, "GET", f"/{pattern}", query)))) & set(world.theirs)
    ]
    assert leaks == []


def test_the_api_shows_nothing_of_the_other_street(world: World) -> None:
    wrong, leaks = [], []
    for method, pattern in addresses.operations():
        for who, client in world.clients.items():
            for number in (world.ours[2], world.theirs[2]) if "number" in addresses.parts(pattern) else ("",):
                answer = _ask(client, method, addresses.filled(pattern, world.known(number)), QUERY)
                needs = pattern.removeprefix(addresses.API.rstrip("/")) in NEED_ACCOUNT
                is_let_in = method == "GET" and needs and who == NOBODY and answer.status_code != 401
                if answer.status_code == 500 or is_let_in:
                    wrong.append((method, pattern, who, answer.status_code))
                if number in world.theirs and answer.status_code < 400:
                    wrong.append((method, pattern, who, answer.status_code))
                text = _text(answer)
                if CANARY in text or any(far in text for far in world.theirs if far != number):
                    leaks.append((method, pattern, who))
    assert (wrong, leaks) == ([], [])


def test_no_form_moves_a_case_of_the_other_street(world: World) -> None:
    before = list(Move.objects.filter(case__number__in=world.theirs).values_list("pk", flat=True))
    posts = [("POST", pattern) for pattern in ROWS if "number" in addresses.parts(pattern)]
    for method, pattern in (*posts, *addresses.operations()):
        if method == "GET" or "number" not in addresses.parts(pattern):
            continue
        for who, client in world.clients.items():
            for number in (world.theirs[0], world.theirs[3]):  # new; handled
                address = addresses.filled(pattern, world.known(number))
                answer = client.generic(method, address, json.dumps(BODY), content_type="application/json")
                assert answer.status_code in {302, 401, 403, 404, 405, 409, 415, 422}, (address, who)
    assert list(Move.objects.filter(case__number__in=world.theirs).values_list("pk", flat=True)) == before


def test_what_is_looked_for_is_there_to_be_found(world: World) -> None:
    """The control: our own people do meet our own cases, and the other street's would meet theirs."""
    seen = {who: OURS in _text(_ask(client, "GET", "/cases/")) for who, client in world.clients.items()}
    assert seen == {who: who in CASES for who in world.clients}
    far = _client("far", Role.COMMANDER, area_code=ELSEWHERE)
    assert CANARY in _text(_ask(far, "GET", "/cases/"))
    for address in ("/cases/", "/api/v1/cases"):
        assert set(world.theirs) <= set(NUMBER.findall(_text(_ask(far, "GET", address))))
