"""F8: one key, fifty senders at the same moment; one key, two contents."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from .clients import Answer, Log, hotline, report
from .oracle import judge
from .street import Street
from .tally import Tally

AT_ONCE = 50
ROUNDS = 4


def send_at_once(street: Street, key: str) -> list[Answer]:
    barrier = Barrier(AT_ONCE)

    def send(_: int) -> Answer:
        client = hotline(street)
        barrier.wait()
        return client.post("/reports", report(street, 1), Idempotency_Key=key)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(AT_ONCE)))


def test_fifty_at_once_are_one_case_and_another_content_is_refused(street: Street, tally: Tally) -> None:
    street.start_web()
    log = Log()
    for number in range(ROUNDS):
        key = f"f8-{number}"
        answers = send_at_once(street, key)
        assert all(log.note(key, answer) for answer in answers), log.improper
        assert len({answer.body for answer in answers}) == 1
    other = hotline(street).post("/reports", report(street, 1, text="另一件事"), Idempotency_Key="f8-0")
    assert (other.status, other.json["code"]) == (422, "KeyReused")
    assert street.fetch("SELECT count(*), count(DISTINCT text) FROM cases_case") == [(ROUNDS, 1)]
    tally.kept("F8", judge(street, log))


def test_control_looking_before_writing_is_not_enough(street: Street, tally: Tally) -> None:
    """Read, then insert, without the unique key."""
    street.fetch("ALTER TABLE cases_case DROP CONSTRAINT case_reported_once")
    street.start_web()
    log = Log()
    for number in range(ROUNDS):
        for answer in send_at_once(street, f"f8-{number}"):
            log.note(f"f8-{number}", answer)
    verdict = judge(street, log, invariants=False)
    tally.control("F8", failed=verdict.doubled > 0, seen=verdict)
