"""F2: a web process is killed again and again while every report is sent twice at once."""

import os
import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from .clients import Answer, Load, commander, filed, insist
from .oracle import judge
from .street import Street
from .tally import Tally

pytestmark = pytest.mark.fault

PAUSE_SECONDS = 0.5
SEED = 20261121
CLERKS = 12
_ACCEPTED = """
SELECT count(*), count(DISTINCT case_id), count(DISTINCT cases_move.xmin::text) FROM cases_move
WHERE verb = 'accept'
"""


def kill_web_processes(street: Street, load: Load, seconds: float) -> None:
    """Kill one at random every half second; the supervisor brings them back, ever more slowly."""
    dice = random.Random(SEED)
    load.wait_for(50)
    for _ in range(int(seconds / PAUSE_SECONDS)):
        kill_one(street, dice)
    load.wait_for(50)


def kill_one(street: Street, dice: random.Random) -> None:
    time.sleep(PAUSE_SECONDS)
    if victims := street.web_processes():
        with suppress(ProcessLookupError):
            os.kill(dice.choice(victims), signal.SIGKILL)


@pytest.mark.parametrize("seconds", [2, 30])
def test_who_sends_again_with_his_key_is_counted_once(street: Street, tally: Tally, seconds: float) -> None:
    street.start_all()
    with Load(street, "f2", doubly=True) as load:
        kill_web_processes(street, load, seconds)
    assert load.log.improper == []
    assert load.log.statuses[0] > 0  # the fault was felt
    tally.kept("F2", judge(street, load.log))


def test_steps_that_share_a_transaction_are_made_once(street: Street, tally: Tally) -> None:
    """Without a key: who got no answer asks again, and is refused if it was done."""
    street.start_all()
    log = filed(street, 600, "f2")
    numbers = [number for each in log.numbers.values() for number in each]
    with ThreadPoolExecutor(CLERKS) as clerks:
        told = [clerks.submit(accepted, street, numbers[nr::CLERKS]) for nr in range(CLERKS)]
        dice = random.Random(SEED)
        for _ in range(3):
            kill_one(street, dice)
        answers = [status for each in told for status in each.result()]
    assert set(answers) <= {200, 409, 503, 0}
    assert answers.count(200) + answers.count(409) == len(numbers)
    assert answers.count(0) > 0  # the fault was felt
    steps, cases, transactions = street.fetch(_ACCEPTED)[0]
    assert steps == cases == len(numbers)
    assert transactions < steps  # some were made together
    tally.kept("F2", judge(street, log))


def accepted(street: Street, numbers: Sequence[str]) -> list[int]:
    """Accept cases, each until it is said to be done; return the status of every answer."""
    clerk, answers = commander(street), list[int]()
    for number in numbers:

        def is_done(answer: Answer) -> bool:
            answers.append(answer.status)
            return answer.status in (200, 409)

        insist(partial(clerk.post, f"/cases/{number}/accept", {}), is_done)
    return answers


def test_control_without_the_unique_key_reports_are_doubled(street: Street, tally: Tally) -> None:
    street.fetch("ALTER TABLE cases_case DROP CONSTRAINT case_reported_once")
    street.start_all()
    with Load(street, "f2", doubly=True) as load:
        kill_web_processes(street, load, 1)
    verdict = judge(street, load.log, invariants=False)
    tally.control("F2", failed=verdict.doubled > 0, seen=verdict)
