"""The watch: who has it, and how it is handed over with what is open."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.cases.conftest import NOW, STREET, Cast

from huying.org import actions as org
from huying.org.models import HandOver
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Employment, Role, UnitKind
from huying.shared.ids import StaffId

from .conftest import SignIn

WATCH = timedelta(hours=8)


@pytest.fixture
def watch(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Actor, Actor]:
    """Return a shift that runs at NOW, who has it, and who comes after."""
    monkeypatch.setattr("huying.desk.views.duty.now", lambda: NOW)
    room = org.create_unit(
        code="room", name="指挥室", kind=UnitKind.COMMAND_CENTRE, area_code=STREET, actor=SYSTEM, now=NOW
    )
    people = [
        org.hire(name=name, employment=Employment.FULL_TIME, now=NOW - WATCH, actor=SYSTEM)
        for name in ("陈夜班", "何早班")
    ]
    starts = (NOW - WATCH / 2, NOW + WATCH / 2)
    shifts = [
        org.schedule_shift(room.code, StaffId(each.pk), start, start + WATCH, now=NOW, actor=SYSTEM)
        for each, start in zip(people, starts, strict=True)
    ]
    grant = frozenset({Grant(Role.COMMANDER, STREET)})
    chen, he = (Actor(f"staff:{each.pk}", each.name, grant, StaffId(each.pk)) for each in people)
    return shifts[0].pk, chen, he


def page(client: Client) -> str:
    return client.get("/desk/duty/").content.decode()


def test_a_watch_goes_over_with_what_is_open(
    cast: Cast, sign_in: SignIn, watch: tuple[int, Actor, Actor]
) -> None:
    shift, chen, he = watch
    urgent = cast.reported(urgent=True)
    leaving = sign_in(chen)
    shown = page(leaving)
    assert "陈夜班" in shown
    assert f"[急]{urgent}" in shown  # written into the note by itself
    fields = {"coming": he.staff_id, "note": f"{urgent}:已到场"}
    assert leaving.post(f"/desk/duty/{shift}/", fields).status_code == 302
    coming = sign_in(he)
    assert "陈夜班向您交班" in page(coming)
    assert coming.post(f"/desk/duty/{shift}/confirm/").status_code == 302
    assert HandOver.objects.get(shift=shift).confirmed_at == NOW
    assert "向您交班" not in page(coming)


def test_a_watch_is_handed_over_only_by_who_has_it(
    cast: Cast, sign_in: SignIn, watch: tuple[int, Actor, Actor]
) -> None:
    shift, chen, he = watch
    fields = {"coming": chen.staff_id, "note": "无"}
    assert sign_in(he).post(f"/desk/duty/{shift}/", fields).status_code == 403
    answer = sign_in(chen).post(f"/desk/duty/{shift}/", fields)
    assert (answer.status_code, "接班人须为另一人" in answer.content.decode()) == (422, True)
    sign_in(chen).post(f"/desk/duty/{shift}/", {"coming": he.staff_id, "note": "无"})
    assert sign_in(chen).post(f"/desk/duty/{shift}/confirm/").status_code == 403
    assert HandOver.objects.get().confirmed_at is None


def test_an_empty_room_is_said_in_red(cast: Cast, sign_in: SignIn) -> None:
    assert "现在没有人值班" in page(sign_in(cast.chen))
    assert sign_in(cast.zhao).get("/desk/duty/").status_code == 403
