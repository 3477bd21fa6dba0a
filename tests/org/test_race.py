"""Two planners at the same moment: what must not be twice is not twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from huying.org import actions, queries
from huying.org.models import Shift, Unit
from huying.org.policy import SYSTEM
from huying.org.states import Role, UnitKind
from huying.shared.errors import Conflict, Incomplete, Refused

from .conftest import HOUR, NOW, STREET, Town, hire, sid

ROUNDS = 20


def at_once(*attempts: Callable[[], object]) -> list[object]:
    """Run the attempts at the same moment on connections of their own; return results or refusals."""
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return attempt()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return [future.result() for future in [pool.submit(run, attempt) for attempt in attempts]]


def test_nobody_is_on_the_roster_twice(racing: Town) -> None:
    for day in range(ROUNDS):
        outcomes = at_once(
            lambda day=day: racing.shift(racing.chen, 24 * day, 24 * day + 8),
            lambda day=day: racing.shift(racing.chen, 24 * day + 7, 24 * day + 15),
        )
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert Shift.objects.count() == ROUNDS


def test_two_halves_of_a_circle_do_not_meet(racing: Town) -> None:
    def move(code: str, parent: str) -> Unit:
        return actions.move_unit(code, line_parent=parent, local_parent="", now=NOW, actor=SYSTEM)

    for _ in range(ROUNDS):
        for code in ("ZHS", "CG"):
            move(code, "")
        outcomes = at_once(lambda: move("ZHS", "CG"), lambda: move("CG", "ZHS"))
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1


def test_two_imports_found_one_unit(racing: Town) -> None:
    for number in range(ROUNDS):
        one, other = at_once(
            *[
                lambda number=number: actions.ensure_unit(
                    code=f"U{number}",
                    name="新单位",
                    kind=UnitKind.DEPARTMENT,
                    area_code=STREET,
                    now=NOW,
                    actor=SYSTEM,
                )
            ]
            * 2
        )
        assert isinstance(one, Unit)
        assert one == other


def test_two_grants_do_not_join_what_must_stay_apart(racing: Town) -> None:
    for _ in range(ROUNDS):
        staff = sid(hire("某人"))
        outcomes = at_once(
            *[
                lambda role=role, staff=staff: actions.grant(
                    staff, role, area_code=STREET, now=NOW, actor=SYSTEM
                )
                for role in (Role.ADMINISTRATOR, Role.COMMANDER)
            ]
        )
        assert sum(isinstance(outcome, Incomplete) for outcome in outcomes) == 1


def test_a_token_revoked_in_one_thread_is_useless_in_all(racing: Town) -> None:
    for _ in range(ROUNDS):
        token, secret = actions.issue_token("x", "s", now=NOW, actor=SYSTEM)
        at_once(
            lambda token=token: actions.revoke_token(token.pk, now=NOW + HOUR, actor=SYSTEM),
            *[lambda secret=secret: queries.actor_for_token(secret, at=NOW)] * 3,
        )
        assert queries.actor_for_token(secret, at=NOW + HOUR) is None
