"""Many threads have few connections, one after another."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connection, connections

from huying.database import hot
from huying.database.seats import Seats

pytestmark = pytest.mark.usefixtures("own_database")

Result = TypeVar("Result")


@pytest.fixture
def seats() -> Iterator[Seats]:
    made = Seats(2)
    yield made
    made.close()


def process() -> int:
    number: int = hot.fetch("SELECT pg_backend_pid()", [])[0][0]
    return number


def elsewhere(do: Callable[[], Result]) -> Result:
    """Do it in a thread of its own, as every request is."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result(20)


def seated(seats: Seats) -> int:
    with seats.taken():
        return process()


def test_one_thread_after_another_has_the_same_connection(seats: Seats) -> None:
    assert len({elsewhere(lambda: seated(seats)) for _ in range(3)}) == 1


def test_no_more_connections_than_seats_and_everybody_gets_one(seats: Seats) -> None:
    both = threading.Barrier(2)

    def work() -> int:
        with seats.taken():
            both.wait(20)  # so two do sit at the same time
            return process()

    with ThreadPoolExecutor(8) as pool:
        assert len({each.result(20) for each in [pool.submit(work) for _ in range(8)]}) == 2


def test_a_seat_comes_back_after_an_error_and_the_thread_has_none(seats: Seats) -> None:
    def fail() -> bool:
        with pytest.raises(RuntimeError), seats.taken():
            raise RuntimeError
        return hasattr(connections._connections, DEFAULT_DB_ALIAS)

    assert [elsewhere(fail) for _ in range(5)] == [False] * 5  # more often than there are seats


def test_a_seat_whose_connection_broke_is_opened_anew(seats: Seats) -> None:
    before = elsewhere(lambda: seated(seats))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])

    def begun() -> int:
        with seats.taken():
            close_old_connections()  # as at the beginning of each request
            return process()

    assert elsewhere(begun) not in (before, connection.connection.info.backend_pid)
