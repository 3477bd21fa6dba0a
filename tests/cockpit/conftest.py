"""Some weeks of cases of the standing cast, shuffled through the loop by chance with a seed."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from tests.cases.conftest import GRID, NOW, STREET, Cast, cast

from huying.cases import actions
from huying.cases.models import Case
from huying.cases.policy.reports import Call, Place
from huying.clocks.models import Deadline

__all__ = ["cast"]  # a fixture

LATER = NOW + timedelta(days=2)
Weeks = Callable[[int], None]


@pytest.fixture
def weeks(cast: Cast) -> Weeks:
    """Return how to make sixty cases of the last forty days with a seed."""

    def make(seed: int) -> None:
        random = Random(seed)  # noqa: S311  # chance by seed
        for _ in range(60):
            _lived(cast, random)

    return make


def _lived(cast: Cast, random: Random) -> None:
    """Bring one case as far as chance will have it, then move its moments."""
    place = random.choice([Place(GRID, lng=120.27, lat=30.16), Place(GRID[:12]), Place(STREET)])
    number = cast.reported(place=place)
    for step in _path(cast, random, number):
        if random.random() < 0.12:
            break
        step()
    if random.random() < 0.05 and cast.case(number).state == "reported":
        actions.decline(number, actor=cast.chen, now=NOW, reason="不属于受理范围")
    _moved(number, random)


def _path(cast: Cast, random: Random, number: str) -> list[Callable[[], object]]:
    calls = [Call(cast.roads)] + ([Call(cast.water, lead=False)] if random.random() < 0.5 else [])
    answers = [
        step
        for who in (cast.zhao, cast.qian)[: len(calls)]
        for step in (
            lambda who=who: actions.acknowledge(number, actor=who, now=NOW),
            lambda who=who: actions.answer(number, actor=who, now=NOW, opinion="已处置"),
        )
    ]
    return [
        lambda: actions.accept(number, actor=cast.chen, now=NOW),
        lambda: actions.assign(number, calls, actor=cast.chen, now=NOW),
        *answers,
        lambda: actions.verify(number, actor=cast.chen, now=NOW),
    ]


def _moved(number: str, random: Random) -> None:
    """Let the case begin up to forty days ago and take up to three; its clocks run out around now."""
    case = Case.objects.get(number=number)
    begin = NOW - timedelta(minutes=random.randrange(40 * 24 * 60))
    at = [begin + timedelta(minutes=minutes) for minutes in sorted(random.sample(range(3 * 24 * 60), 4))]
    case.found_at = begin - timedelta(minutes=random.randrange(60))
    case.reported_at, case.assigned_at = begin, case.assigned_at and at[0]
    case.handled_at, case.closed_at = case.handled_at and at[1], case.closed_at and at[2]
    case.urgent = random.random() < 0.3
    case.in_time = None if case.closed_at is None else random.random() < 0.7
    case.save()
    due = NOW + timedelta(minutes=random.randrange(-300, 300))
    Deadline.objects.filter(case_id=case.pk, state="running").update(due_at=due)
