"""Changing what is known of people and units, and their accounts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.org.conftest import COMMUNITY, GRID, NOW, OTHER_STREET, STREET, Town, sid

from huying.ledger import queries as ledger
from huying.org import actions
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.queries import people
from huying.org.states import ChainLevel, Employment, Role
from huying.shared.errors import Conflict, Incomplete, NotFound, NotPermitted

PASSWORD = "Gang-Qi-2026"


def edit(town: Town, **changes: object) -> None:
    facts = {
        "name": "王网格",
        "phone": "0571-8201",
        "employment": Employment.FULL_TIME,
        "workload_weight": Decimal(1),
    } | changes
    actions.edit_staff(sid(town.wang), now=NOW, actor=SYSTEM, **facts)  # type: ignore[arg-type]


def test_a_changed_person_says_what_it_was(town: Town) -> None:
    edit(town, phone="13800138000")
    town.wang.refresh_from_db()
    assert town.wang.phone == "13800138000"
    (*_, last) = ledger.history(f"staff:{town.wang.pk}")
    opening = ledger.opening(last.pk)
    assert opening is not None
    assert (last.verb, opening["payload"]) == (
        "edit_staff",
        '{"changes":{"phone":["0571-8201","13800138000"]}}',
    )


def test_the_same_again_is_no_entry(town: Town) -> None:
    before = ledger.count()
    edit(town)
    assert ledger.count() == before


@pytest.mark.parametrize("changes", [{"name": ""}, {"workload_weight": Decimal(2)}])
def test_what_the_table_refuses_is_refused_in_words(town: Town, changes: dict[str, object]) -> None:
    with pytest.raises(Conflict):
        edit(town, **changes)


def test_a_unit_changes_name_and_area_within_ones_reach(town: Town) -> None:
    admin = town.actor(town.sun, Role.ADMINISTRATOR)
    actions.edit_unit("CG", name="综合执法局", area_code=COMMUNITY, now=NOW, actor=admin)
    with pytest.raises(NotPermitted):
        actions.edit_unit("CG", name="综合执法局", area_code=OTHER_STREET, now=NOW, actor=admin)
    with pytest.raises(Incomplete):
        actions.edit_unit("CG", name=" ", area_code=COMMUNITY, now=NOW, actor=admin)
    actions.close_unit("CG", now=NOW, actor=admin)
    with pytest.raises(Conflict):
        actions.edit_unit("CG", name="又改", area_code=COMMUNITY, now=NOW, actor=admin)


def test_accounts_are_reset_locked_and_unlocked(town: Town) -> None:
    with pytest.raises(Incomplete):
        actions.reset_password(sid(town.wang), PASSWORD, now=NOW, actor=SYSTEM)
    user = actions.open_account(sid(town.wang), "wang", PASSWORD, now=NOW, actor=SYSTEM)
    hashed = user.get_session_auth_hash()
    actions.reset_password(sid(town.wang), PASSWORD + "x", now=NOW, actor=SYSTEM)
    user.refresh_from_db()
    assert user.check_password(PASSWORD + "x")
    assert user.get_session_auth_hash() != hashed  # sessions end
    actions.lock_account(sid(town.wang), now=NOW, actor=SYSTEM)
    with pytest.raises(Conflict):
        actions.lock_account(sid(town.wang), now=NOW, actor=SYSTEM)
    actions.unlock_account(sid(town.wang), now=NOW, actor=SYSTEM)
    assert User.objects.get(username="wang").is_active
    with pytest.raises(Incomplete):
        actions.reset_password(sid(town.wang), "kurz", now=NOW, actor=SYSTEM)
    with pytest.raises(NotPermitted):
        actions.reset_password(sid(town.wang), PASSWORD, now=NOW, actor=town.actor(town.chen, Role.COMMANDER))


def test_people_work_where_their_post_is_else_where_they_answer(town: Town) -> None:
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    actions.create_post("CG", "队长", now=NOW, actor=SYSTEM)
    actions.appoint(sid(town.zhao), "CG", "队长", starts_at=NOW, now=NOW, actor=SYSTEM)
    found = {each.name: each.area_code for each in people.people(("",), NOW)}
    assert found == {"王网格": GRID, "赵队长": STREET, "陈值班": "", "孙主任": ""}
    assert [each.name for each in people.people((COMMUNITY,), NOW)] == ["王网格"]
    actions.dismiss(sid(town.wang), now=NOW, actor=SYSTEM)
    with pytest.raises(NotFound):
        people.person(sid(town.wang), NOW + timedelta(seconds=1))
