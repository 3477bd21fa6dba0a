"""Walks: on and off, which points are kept, who may look, when they are forgotten."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now
from tests.cases.conftest import GRID, NOW, Cast, staff
from tests.field import signed_in

from huying.ledger.models import Entry
from huying.org import actions as org
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Employment, Role
from huying.patrol import actions, queries
from huying.patrol.models import TrackPoint, Walk
from huying.patrol.policy import Point, kept
from huying.shared.errors import Conflict, Incomplete, NotFound, NotPermitted

COMMUNITY = "330109001002"
STEP = 0.0002  # degrees of longitude: 19 m here


def point(number: int, *, seconds: int = 0, **more: float) -> Point:
    at = NOW + timedelta(seconds=seconds or 10 * number)
    return Point(at, 120.27 + number * STEP, 30.16, **more)


@pytest.fixture
def wang(cast: Cast) -> Actor:
    """The grid worker, as somebody the roster knows."""
    hired = org.hire(name="王建国", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    return staff(hired.pk, Grant(Role.GRID_WORKER, GRID))


@pytest.fixture
def head() -> Actor:
    return staff(777, Grant(Role.COMMUNITY_WORKER, COMMUNITY))


def walked(wang: Actor) -> Walk:
    walk = actions.set_out(actor=wang, now=NOW, is_tracked=True)
    actions.take_points(walk.pk, [point(1), point(2), point(3)], actor=wang, now=NOW + timedelta(minutes=1))
    return walk


def test_points_too_near_too_blurred_or_of_another_time_are_left_out() -> None:
    near = Point(NOW + timedelta(seconds=60), 120.27 + 2 * STEP + 0.00001, 30.16)
    blurred = point(5, accuracy_m=200)
    before = Point(NOW - timedelta(minutes=1), 120.3, 30.16)
    future = point(9, seconds=3_600)
    good = [point(1), point(2)]
    assert kept([near, blurred, *reversed(good), before, future], None, since=NOW, now=NOW) == good
    assert kept([point(1)], point(1), since=NOW, now=NOW) == []


def test_a_walk_keeps_its_line_while_it_is_on_and_not_a_point_more(wang: Actor) -> None:
    walk = walked(wang)
    actions.switch_track(walk.pk, on=False, actor=wang, now=NOW)
    assert actions.take_points(walk.pk, [point(4)], actor=wang, now=NOW + timedelta(minutes=1)) == 0
    walk.refresh_from_db()
    assert (TrackPoint.objects.count(), round(walk.length_m)) == (3, 38)


def test_who_is_away_leaves_no_line(wang: Actor) -> None:
    walk = actions.set_out(actor=wang, now=NOW, is_tracked=True)
    org.record_absence(wang.staff_id, NOW, NOW + timedelta(hours=8), now=NOW, actor=SYSTEM)
    assert actions.take_points(walk.pk, [point(1)], actor=wang, now=NOW) == 0
    actions.come_back(walk.pk, actor=wang, now=NOW + timedelta(minutes=1))
    with pytest.raises(Incomplete, match="离岗"):
        actions.set_out(actor=wang, now=NOW + timedelta(minutes=2))


def test_one_walk_at_a_time_and_nothing_after_its_end(wang: Actor) -> None:
    walk = actions.set_out(actor=wang, now=NOW)
    with pytest.raises(Conflict):
        actions.set_out(actor=wang, now=NOW)
    actions.come_back(walk.pk, actor=wang, now=NOW + timedelta(hours=1), note="一切正常")
    for late in (
        lambda: actions.take_points(walk.pk, [point(1)], actor=wang, now=NOW),
        lambda: actions.come_back(walk.pk, actor=wang, now=NOW),
        lambda: actions.switch_track(walk.pk, on=True, actor=wang, now=NOW),
    ):
        with pytest.raises(Conflict):
            late()


def test_who_does_not_walk_sets_out_nowhere(cast: Cast) -> None:
    for actor in (cast.zhao, cast.chen, cast.zhou, cast.lin):
        with pytest.raises(NotPermitted):
            actions.set_out(actor=actor, now=NOW)


def test_the_line_is_for_the_worker_and_who_answers_for_him(cast: Cast, wang: Actor, head: Actor) -> None:
    walk = walked(wang)
    far = staff(778, Grant(Role.COMMUNITY_WORKER, "330109001003"))
    colleague = staff(779, Grant(Role.GRID_WORKER, GRID))
    for stranger in (cast.chen, cast.sun, cast.zhou, cast.zhao, far, colleague):
        with pytest.raises(NotFound):
            queries.walk_for(stranger, walk.pk)
    assert len(actions.look_at_track(walk.pk, actor=wang, now=NOW, reason="")) == 3
    assert Entry.objects.filter(verb="look_at_track").count() == 0
    with pytest.raises(Incomplete):
        actions.look_at_track(walk.pk, actor=head, now=NOW, reason=" ")
    assert len(actions.look_at_track(walk.pk, actor=head, now=NOW, reason="核对漏巡投诉")) == 3
    assert Entry.objects.get(verb="look_at_track").actor == head.key
    assert [each.pk for each in queries.walks_in(head, NOW)] == [walk.pk]
    assert queries.walks_in(far, NOW) == []


def test_no_position_stands_in_the_ledger(wang: Actor) -> None:
    walk = walked(wang)
    entries = Entry.objects.filter(subject=f"walk:{walk.pk}")
    assert entries.count() == 1
    assert not any("120." in str(vars(entry)) for entry in entries)


def test_lines_are_forgotten_walks_are_not(wang: Actor) -> None:
    walked(wang)
    assert actions.forget_tracks(now=NOW + timedelta(days=30), days=30) == 0
    assert actions.forget_tracks(now=NOW + timedelta(days=31), days=30) == 3
    assert (TrackPoint.objects.count(), Walk.objects.count()) == (0, 1)


def test_the_pages_of_a_walk(cast: Cast, wang: Actor, head: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(monkeypatch, wang)
    client.post("/grid/walks/out/", {"is_tracked": "1"})
    walk = Walk.objects.get()
    assert client.post("/grid/walks/out/").status_code == 409
    client.post(
        "/grid/report/", {"key": "0193a7c2-5b1e-7c34-9a55-3f2a8e0c4d11", "text": "堆物", "address": "清风苑"}
    )
    client.post(f"/grid/walks/{walk.pk}/back/", {"note": "一切正常"})
    page = client.get(f"/grid/walks/{walk.pk}/").content.decode()
    for shown in ("王建国", "一切正常", "堆物"):
        assert shown in page
    assert signed_in(monkeypatch, cast.chen).get(f"/grid/walks/{walk.pk}/").status_code == 404
    Walk.objects.update(length_m=40)
    looked = signed_in(monkeypatch, head)
    assert looked.post(f"/grid/walks/{walk.pk}/", {"reason": ""}).status_code == 422
    assert looked.post(f"/grid/walks/{walk.pk}/", {"reason": "核对"}).status_code == 200


def test_over_http_it_counts_once_for_a_key(wang: Actor, client: Client) -> None:
    assert client.post("/api/v1/walks", {}, content_type="application/json").status_code == 401
    org.grant(wang.staff_id, Role.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM)
    user = org.open_account(wang.staff_id, "wang", "Chang-cheng-1", now=NOW, actor=SYSTEM)
    client.force_login(user)
    key = {"Idempotency-Key": "0193a7c2-5b1e-7c34-9a55-3f2a8e0c4d11"}
    body = {"is_tracked": True}
    first, again = (
        client.post("/api/v1/walks", body, content_type="application/json", headers=key) for _ in range(2)
    )
    assert (first.status_code, first.content) == (200, again.content)
    walk = first.json()["id"]
    spot = {"at": now().isoformat(), "lng": 120.27, "lat": 30.16, "accuracy_m": 8}
    sent = client.post(f"/api/v1/walks/{walk}/points", {"points": [spot]}, content_type="application/json")
    assert sent.json() == {"kept": 1}
    off = client.post(f"/api/v1/walks/{walk}/track", {"on": False}, content_type="application/json")
    assert off.json()["is_tracked"] is False
    assert client.post(f"/api/v1/walks/{walk}/back", {}, content_type="application/json").json()["ended_at"]
    late = client.post(f"/api/v1/walks/{walk}/track", {"on": True}, content_type="application/json")
    assert late.status_code == 409
