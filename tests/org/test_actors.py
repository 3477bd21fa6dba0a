import threading
import time
from datetime import datetime, timedelta

import pytest
import pytest_django
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from huying.org import actions, queries
from huying.org.models import ApiToken, RoleGrant, Staff, User
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.queries import actors
from huying.org.states import Role
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import UnitId

from .conftest import GRID, HOUR, NOW, STREET, Town, sid


def issue(expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    return actions.issue_token("市热线", "12345", expires_at=expires_at, now=NOW, actor=SYSTEM)


def test_a_token_is_known_by_its_digest_only(town: Town) -> None:
    token, secret = issue()
    assert secret not in str(ApiToken.objects.values().get())
    assert len(secret) == 46
    assert queries.actor_for_token(secret, at=NOW) == Actor(
        f"token:{token.pk}", "市热线", frozenset({Grant(Role.CONNECTOR)}), source="12345"
    )
    assert queries.actor_for_token("hy_wrong", at=NOW) is None
    assert queries.actor_for_token(token.digest, at=NOW) is None


def test_a_revoked_token_is_useless_at_once_in_this_process(
    town: Town, django_capture_on_commit_callbacks: pytest_django.DjangoCaptureOnCommitCallbacks
) -> None:
    token, secret = issue()
    assert queries.actor_for_token(secret, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke_token(token.pk, now=NOW + HOUR, actor=SYSTEM)
    assert queries.actor_for_token(secret, at=NOW + HOUR) is None
    with pytest.raises(NotFound):
        actions.revoke_token(token.pk, now=NOW + HOUR, actor=SYSTEM)


def test_a_token_revoked_elsewhere_works_for_three_more_seconds_at_most(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = issue()
    assert queries.actor_for_token(secret, at=NOW)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=NOW)
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 2)
    assert queries.actor_for_token(secret, at=NOW)
    monkeypatch.setattr(time, "monotonic", lambda: began + 4)
    assert queries.actor_for_token(secret, at=NOW) is None


def test_a_token_read_while_it_was_being_revoked_is_not_remembered(town: Town) -> None:
    _, secret = issue()
    actor = queries.actor_for_token(secret, at=NOW)
    assert actor
    generation = actors._memory.generation
    queries.forget_actors()
    actors._memory.put(actors.digest_of(secret), actor, generation)
    assert actors._memory.get(actors.digest_of(secret)) is None


def test_a_token_expires(town: Town) -> None:
    _, secret = issue(expires_at=NOW + HOUR)
    assert queries.actor_for_token(secret, at=NOW + HOUR) is None
    assert queries.actor_for_token(secret, at=NOW)


def test_the_lookup_of_a_token_carries_a_thousand_requests_a_second(town: Town) -> None:
    _, secret = issue()
    queries.actor_for_token(secret, at=NOW)
    found: list[bool] = []

    def ask() -> None:
        found.extend(queries.actor_for_token(secret) is not None for _ in range(1000))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4000
    assert all(found)
    assert time.perf_counter() - began < 4


def test_the_memory_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "MEMORY_SIZE", 2)
    memory = actors._Memory()
    for digest in "abc":
        memory.put(digest, RESIDENT, 0)
    assert [memory.get(digest) for digest in "abc"] == [None, None, RESIDENT]


def test_a_user_acts_with_the_grants_of_the_moment(town: Town) -> None:
    wang = sid(town.wang)
    user = actions.open_account(wang, "wang", "Correct-2026", now=NOW, actor=SYSTEM)
    actions.grant(wang, Role.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM)
    actions.grant(wang, Role.UNIT_WORKER, unit_code="CG", ends_at=NOW + HOUR, now=NOW, actor=SYSTEM)
    actions.grant(wang, Role.COMMANDER, area_code=STREET, starts_at=NOW + HOUR, now=NOW, actor=SYSTEM)
    department = UnitId(queries.unit_by_code("CG").pk)

    assert queries.actor_for_user(user, at=NOW) == Actor(
        f"staff:{wang}",
        "王网格",
        frozenset({Grant(Role.GRID_WORKER, GRID), Grant(Role.UNIT_WORKER, unit_id=department)}),
        wang,
    )
    assert queries.actor_for_user(user, at=NOW + HOUR).roles == {Role.GRID_WORKER, Role.COMMANDER}
    assert queries.actor_for_user(user, at=NOW - HOUR).grants == frozenset()


def test_who_has_no_account_or_lost_it_has_no_grants(town: Town) -> None:
    wang = sid(town.wang)
    user = actions.open_account(wang, "wang", "Correct-2026", now=NOW, actor=SYSTEM)
    actions.grant(wang, Role.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM)
    stranger = User.objects.create_superuser("root", password="Correct-2026")

    assert queries.actor_for_user(AnonymousUser()) == RESIDENT
    assert queries.actor_for_user(stranger) == Actor(f"user:{stranger.pk}")  # being superuser opens nothing
    actions.dismiss(wang, now=NOW, actor=SYSTEM)
    user.refresh_from_db()
    assert queries.actor_for_user(user, at=NOW) == RESIDENT


def test_without_a_moment_the_clock_of_the_database_counts(town: Town) -> None:
    wang = sid(town.wang)
    user = actions.open_account(wang, "wang", "Correct-2026", now=NOW, actor=SYSTEM)
    past, future = now() - timedelta(hours=1), now() + timedelta(hours=1)
    actions.grant(wang, Role.GRID_WORKER, area_code=GRID, starts_at=past, now=NOW, actor=SYSTEM)
    actions.grant(wang, Role.COMMANDER, area_code=STREET, starts_at=future, now=NOW, actor=SYSTEM)
    assert queries.actor_for_user(user).roles == {Role.GRID_WORKER}


def test_a_grant_is_taken_back_and_given_again(town: Town) -> None:
    row = actions.grant(sid(town.wang), Role.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM)
    actions.revoke_grant(row.pk, now=NOW + HOUR, actor=SYSTEM)
    with pytest.raises(NotFound):
        actions.revoke_grant(row.pk, now=NOW + HOUR, actor=SYSTEM)
    with pytest.raises(NotFound):
        actions.revoke_grant(0, now=NOW, actor=SYSTEM)
    actions.grant(sid(town.wang), Role.GRID_WORKER, area_code=GRID, now=NOW + HOUR, actor=SYSTEM)


def test_an_administrator_cannot_become_a_commander_as_well(town: Town) -> None:
    actions.grant(sid(town.sun), Role.ADMINISTRATOR, area_code=STREET, now=NOW, actor=SYSTEM)
    with pytest.raises(Incomplete, match="不能由同一人兼任"):
        actions.grant(sid(town.sun), Role.COMMANDER, area_code=STREET, now=NOW, actor=SYSTEM)


def test_one_account_for_each_person_and_name(town: Town) -> None:
    actions.open_account(sid(town.wang), "wang", "Correct-2026", now=NOW, actor=SYSTEM)
    for staff, name in ((town.wang, "wang2"), (town.zhao, "wang")):
        with pytest.raises(Exception, match=r"已有账号|已被使用"):
            actions.open_account(sid(staff), name, "Correct-2026", now=NOW, actor=SYSTEM)


def test_to_enrol_is_all_or_nothing(town: Town) -> None:
    def enrol(area_code: str) -> Staff:
        return actions.enrol(
            name="甲",
            username="jia",
            password="Correct-2026",
            role=Role.LEADER,
            area_code=area_code,
            now=NOW,
            actor=SYSTEM,
        )

    with pytest.raises(NotFound):
        enrol("9")
    assert not User.objects.exists()
    staff = enrol(STREET)
    assert queries.actor_for_user(User.objects.get(username="jia"), at=NOW).staff_id == staff.pk


def test_the_database_refuses_a_grant_that_fits_nobody(town: Town) -> None:
    for facts in (
        {"role": Role.LEADER},
        {"role": Role.LEADER, "staff": town.wang, "token": issue()[0]},
        {"role": Role.UNIT_WORKER, "staff": town.wang},
        {"role": "king", "staff": town.wang},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleGrant.objects.create(starts_at=NOW, **facts)
