"""F7: the work is committed, the answer never arrives."""

import psycopg
import pytest

from .clients import Answer, Client, Log, commander, hotline, insist, report
from .oracle import judge
from .proxy import Address, Proxy
from .street import Street
from .tally import Tally

pytestmark = pytest.mark.fault

ROUNDS = 10


def test_who_asks_again_gets_the_very_same_answer(street: Street, tally: Tally) -> None:
    """Cut between client and web process."""
    street.start_web()
    proxy = wire(street, ("127.0.0.1", 0), ("127.0.0.1", street.port))
    client, log = hotline(street, proxy.port), Log()
    for number in range(ROUNDS):
        key = f"f7-{number}"
        proxy.lose(key.encode())
        answer = insist(lambda key=key, number=number: sent(client, street, key, number), log.noting(key))
        assert proxy.lost[-1].endswith(answer.body)  # byte for byte what the lost answer said
    assert log.statuses == {0: ROUNDS, 201: ROUNDS}
    tally.kept("F7", judge(street, log))


def test_a_step_of_a_case_is_made_once_and_answered_as_it_was(street: Street, tally: Tally) -> None:
    street.start_web()
    number = sent(hotline(street), street, "f7", 1).json["number"]
    proxy = wire(street, ("127.0.0.1", 0), ("127.0.0.1", street.port))
    client = commander(street, proxy.port)
    proxy.lose(b"accept-once")

    def accept() -> Answer:
        return client.post(f"/cases/{number}/accept", {}, Idempotency_Key="accept-once")

    answer = insist(accept, lambda got: got.status != 0)
    assert (answer.status, answer.json["state"]) == (200, "accepted")
    assert proxy.lost[0].endswith(answer.body)
    assert street.one("SELECT count(*) FROM cases_move WHERE verb = 'accept'") == 1
    tally.kept("F7", judge(street))


def test_the_database_commits_and_cannot_say_so(street: Street, tally: Tally) -> None:
    """Cut between web process and database: the web process cannot know whether it was stored."""
    proxy, url = wired(street)
    street.start_web(HUYING_DATABASE_URL=url)
    client, log = hotline(street), Log()
    for number in range(ROUNDS):
        key = f"f7-{number}"
        proxy.lose(f'"source_key":"{key}"'.encode())
        insist(lambda key=key, number=number: sent(client, street, key, number), log.noting(key))
    assert (len(proxy.lost), log.improper) == (ROUNDS, [])
    tally.kept("F7", judge(street, log))


def test_control_a_key_kept_in_a_second_transaction_doubles(street: Street, tally: Tally) -> None:
    """The usual pattern of idempotency middleware: do the work, commit, then store key and answer."""
    proxy, url = wired(street)
    street.fetch("CREATE TABLE work (id bigserial PRIMARY KEY, key text)")
    street.fetch("CREATE TABLE kept (key text PRIMARY KEY, answer bigint)")
    for number in range(ROUNDS):
        proxy.lose(f"'f7-{number}'".encode())
        while work_then_keep(url, f"f7-{number}") is None:
            pass
    doubled = int(str(street.one("SELECT count(*) - count(DISTINCT key) FROM work")))
    tally.control("F7", failed=doubled == ROUNDS, seen=doubled)


def work_then_keep(url: str, key: str) -> int | None:
    """Return the answer to a request, None when the connection broke."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            if known := connection.execute("SELECT answer FROM kept WHERE key = %s", [key]).fetchone():
                return int(known[0])
            insert = f"INSERT INTO work (key) VALUES ('{key}') RETURNING id"  # as the wire sees it
            done = connection.execute(insert).fetchone()
            connection.execute("INSERT INTO kept VALUES (%s, %s)", [key, done[0]])
            return int(done[0])
    except psycopg.OperationalError:
        return None


def sent(client: Client, street: Street, key: str, number: int) -> Answer:
    return client.post("/reports", report(street, number), Idempotency_Key=key)


def wire(street: Street, here: Address, there: Address) -> Proxy:
    proxy = Proxy(here, there).start()
    street.ends.append(proxy.stop)
    return proxy


def wired(street: Street) -> tuple[Proxy, str]:
    """Return a proxy before the database and the address that leads through it."""
    folder, name = street.home / "wire", ".s.PGSQL.5432"
    folder.mkdir(exist_ok=True)
    socket = street.cluster.socket
    proxy = wire(street, str(folder / name), str(socket / name))
    return proxy, street.url.replace(str(socket), str(folder))
