"""F18: twenty clerks merge crosswise and reassign, while the tables are being changed."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import psycopg
import pytest

from .clients import Answer, commander, filed, insist
from .oracle import judge
from .street import Street
from .tally import Tally

CLERKS = 20
PAIRS = 30
STORMS = 8  # of the control, at most: whether two clerks meet between two locks is chance
PROPER = {200, 409, 422}  # done, or refused with a reason
_MERGED_BOTH = """
SELECT count(*) FROM cases_case AS one JOIN cases_case AS other ON one.merged_into_id = other.id
WHERE other.merged_into_id = one.id
"""
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
_LEFT = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def alter_tables(street: Street, stop: Event) -> None:
    """Change a table again and again as a migration does: it gives up rather than hold everybody up."""
    with psycopg.connect(street.url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '100ms'")
        while not stop.wait(0.2):
            try:
                connection.execute("ALTER TABLE cases_case ADD COLUMN probe int")
                connection.execute("ALTER TABLE cases_case DROP COLUMN probe")
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DuplicateColumn):
                continue


def storm(street: Street, numbers: list[str], *, retried: bool) -> Counter[int]:
    """Let the clerks loose; return the statuses of their last answers."""
    deeds = []
    for one, other in zip(numbers[::2], numbers[1::2], strict=True):
        deeds += [(one, "merge", {"into": other}), (other, "merge", {"into": one})]
        calls = [
            {"unit_id": unit, "lead": lead}
            for unit, lead in zip(street.facts.units, (True, False), strict=True)
        ]
        deeds += [(other, "assign", {"calls": calls}), (one, "notes", {"text": "已知悉"})]
    clerks = [commander(street) for _ in range(CLERKS)]

    def act(clerk: int) -> list[int]:
        own = deeds[clerk::CLERKS]
        return [deed(clerk, place, *each) for place, each in enumerate(own)]

    def deed(clerk: int, place: int, number: str, verb: str, body: object) -> int:
        def send() -> Answer:
            key = f"f18-{number}-{clerk}-{place}"
            return clerks[clerk].post(f"/cases/{number}/{verb}", body, Idempotency_Key=key)

        return insist(send, lambda got: got.status in PROPER).status if retried else send().status

    with ThreadPoolExecutor(CLERKS) as pool:
        return Counter(status for statuses in pool.map(act, range(CLERKS)) for status in statuses)


def accepted(street: Street, name: str) -> list[str]:
    """Return the numbers of new cases that wait to be assigned, in an order of chance."""
    filed(street, 2 * PAIRS, name)
    numbers = [
        str(number)
        for (number,) in street.fetch("SELECT number FROM cases_case ORDER BY id DESC LIMIT %s", [2 * PAIRS])
    ]
    clerk = commander(street)
    for number in numbers:
        assert clerk.post(f"/cases/{number}/accept", {}).status == 200
    random.Random(18).shuffle(numbers)
    return numbers


@pytest.mark.fault
def test_every_deed_is_done_or_refused_with_a_reason(street: Street, tally: Tally) -> None:
    street.start_web()
    numbers, stop = accepted(street, "storm"), Event()
    changing = Thread(target=alter_tables, args=[street, stop])
    changing.start()
    statuses = storm(street, numbers, retried=True)
    stop.set()
    changing.join()
    assert set(statuses) <= PROPER, statuses
    assert statuses[200] >= 2 * PAIRS
    assert [street.one(each) for each in (_MERGED_BOTH, _DEADLOCKS, _LEFT)] == [0, 0, 0]
    tally.kept("F18", judge(street))


@pytest.mark.fault
def test_control_locks_in_any_order_and_nobody_tries_again(street: Street, tally: Tally) -> None:
    street.start_web(without="order")
    statuses: Counter[int] = Counter()
    for place in range(STORMS):
        statuses += storm(street, accepted(street, f"storm{place}-"), retried=False)
        if statuses[503]:
            break
    deadlocks = street.one(_DEADLOCKS)
    tally.control("F18", failed=statuses[503] > 0 and deadlocks > 0, seen=(statuses, deadlocks))
