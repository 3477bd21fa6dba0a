"""Several writers at once on the cases of the cast, some of whom commit late."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

from django.db import connection, transaction
from tests.cases.conftest import ELSEWHERE, GRID, NOW, STREET, Cast

from huying.cases import actions
from huying.cases.policy.reports import Call, Place
from huying.cases.queries import visible
from huying.org.policy import Actor
from huying.shared.errors import Refused

AREAS = (GRID, STREET, ELSEWHERE, "330109001002")
LATEST_SECONDS = 0.03
WRITERS = 4

State = tuple[str, bool, str]  # state, urgent, area_code of a case
Seen = dict[str, State]


def fetched(actor: Actor) -> Seen:
    """Return what a page of this person shows that is made now."""
    rows = visible(actor).values_list("number", "state", "urgent", "area_code")
    return {number: (state, urgent, area) for number, state, urgent, area in rows}


@contextmanager
def traffic(cast: Cast, *, steps: int, seed: int) -> Iterator[None]:
    """Let the writers do so many steps each meanwhile; leave when all are done."""
    with ThreadPoolExecutor(WRITERS) as pool:
        chances = [Random(f"{seed} {nr}") for nr in range(WRITERS)]  # noqa: S311
        writers = [pool.submit(_write, cast, steps, chance) for chance in chances]
        yield
        for writer in writers:
            writer.result()


def _write(cast: Cast, steps: int, random: Random) -> None:
    numbers: list[str] = []
    try:
        for _ in range(steps):
            with transaction.atomic():
                _step(cast, numbers, random)
                time.sleep(random.random() * LATEST_SECONDS)  # other ids are given and committed meanwhile
    finally:
        connection.close()


def _step(cast: Cast, numbers: list[str], random: Random) -> None:
    """Do something with one of the own cases; what it does not allow is left."""
    if not numbers or random.random() < 0.3:
        numbers.append(cast.reported(place=Place(random.choice(AREAS), certain=random.random() < 0.5)))
        return
    number = random.choice(numbers)
    deeds = (
        lambda: actions.accept(number, actor=cast.chen, now=NOW, area_code=random.choice(AREAS)),
        lambda: actions.accept(number, actor=cast.stranger, now=NOW, area_code=random.choice(AREAS)),
        lambda: actions.expedite(number, actor=cast.chen, now=NOW, opinion="急"),
        lambda: actions.decline(number, actor=cast.stranger, now=NOW, reason="不属街道"),
        lambda: actions.assign(
            number, [Call(random.choice([cast.roads, cast.water]))], actor=cast.chen, now=NOW
        ),
        lambda: actions.acknowledge(number, actor=cast.zhao, now=NOW),
        lambda: actions.answer(number, actor=cast.zhao, now=NOW, opinion="已处置"),
        lambda: actions.verify(number, actor=cast.chen, now=NOW),
    )
    try:
        with transaction.atomic():
            random.choice(deeds)()
    except Refused:
        return
