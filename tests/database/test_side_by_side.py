"""Several functions, one transaction, two trips; and nobody pays for another's mistake."""

from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from psycopg.pq import TransactionStatus
from tests.database.trips import Trips, noted

from huying.database import hot, waking
from huying.database.backend.prepared import COMMIT
from huying.database.side_by_side import SideBySide, may_wait

LOCKED = "SELECT number, said FROM leaf WHERE number = %s FOR UPDATE SKIP LOCKED"
SAY = "UPDATE leaf SET said = %s WHERE number = %s"
SAID = "SELECT said FROM leaf WHERE number = %s"
LEAVES = 6


@pytest.fixture(autouse=True)
def _laid(own_database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE leaf (number int PRIMARY KEY, said text CHECK (said <> 'wrong'))")
        cursor.execute("INSERT INTO leaf SELECT generate_series(1, %s), ''", [LEAVES])


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    return noted(monkeypatch)


@pytest.fixture
def other() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else's connection."""
    connection.ensure_connection()
    with psycopg.connect(
        connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]
    ) as made:
        yield made


def say(number: int, words: str, *, between: Callable[[], object] | None = None) -> str:
    """Lock a leaf, write on it and return what it says then; a refusal is said, too."""
    try:
        with hot.read_beside(SAID, [number]) as reading, transaction.atomic():
            found = hot.fetch(LOCKED, [number])
            if between is not None:
                between()
            if words == "refused":
                raise ValueError(words)
            hot.write(hot.Change(SAY, [f"{found[0][1]}{words}", number]), commits=True)
        return "" if reading.rows is None else str(reading.rows[0][0])
    except (ValueError, DatabaseError, InterfaceError) as error:
        return type(error).__name__


def said() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM leaf ORDER BY number")
        return [words for (words,) in cursor.fetchall()]


def is_idle() -> bool:
    return bool(connection.connection.info.transaction_status == TransactionStatus.IDLE)


def test_what_each_asks_goes_in_one_trip_and_one_transaction(trips: Trips) -> None:
    side = SideBySide()
    assert side.run([partial(say, number, "a") for number in (1, 2, 3)]) == ["a", "a", "a"]
    assert [len(trip) for trip in trips] == [1 + 3, 3 * 2 + 1]
    assert [trip.count(COMMIT) for trip in trips] == [0, 1]
    assert side.run([partial(say, number, "b") for number in (1, 2)]) == ["ab", "ab"]  # the same guests again
    assert said() == ["ab", "ab", "a", "", "", ""]
    assert (is_idle(), may_wait(), connection.get_autocommit()) == (True, True, True)


def test_one_alone_goes_the_same_way(trips: Trips) -> None:
    assert SideBySide().run([partial(say, 1, "a")]) == ["a"]
    assert len(trips) == 2


def test_a_refusal_writes_nothing_and_the_others_are_written() -> None:
    assert SideBySide().run([partial(say, 1, "refused"), partial(say, 2, "b")]) == ["ValueError", "b"]
    assert SideBySide().run([partial(say, 3, "refused")]) == ["ValueError"]
    assert (said(), is_idle()) == (["", "b", "", "", "", ""], True)


def with_block() -> None:
    with transaction.atomic():
        hot.fetch(SAID, [1])


def with_question() -> None:
    hot.fetch(SAID, [1])


@pytest.mark.parametrize("more", [with_block, with_question])
def test_who_needs_more_asks_more(more: Callable[[], None], trips: Trips) -> None:
    assert SideBySide().run([partial(say, 1, "a", between=more), partial(say, 2, "b")]) == ["a", "b"]
    assert [trip.count(COMMIT) for trip in trips] == [0, 0, 1]
    assert said()[:2] == ["a", "b"]


def test_who_ends_on_his_own_ends_with_the_others(trips: Trips) -> None:
    def write() -> str:
        with transaction.atomic():
            hot.fetch(LOCKED, [1])
            hot.write(hot.Change(SAY, ["a", 1]))
        return "done"

    assert SideBySide().run([write, partial(say, 2, "b")]) == ["done", "b"]
    assert [trip.count(COMMIT) for trip in trips] == [0, 0, 1]
    assert said()[:2] == ["a", "b"]


def by_cursor(words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leaf SET said = said || %s WHERE number = 6", [words])


def test_what_is_done_by_cursor_after_the_look_belongs_to_the_same_transaction(trips: Trips) -> None:
    calls = [partial(say, 1, "a", between=partial(by_cursor, "x")), partial(say, 2, "b")]
    assert SideBySide().run(calls) == ["a", "b"]
    assert (said(), len(trips)) == (["a", "b", "", "", "", "x"], 2)


def test_who_used_a_cursor_and_is_refused_leaves_nothing() -> None:
    """What he has written must go, and with it what the others were about to write: they do it alone."""
    calls = [partial(say, 1, "refused", between=partial(by_cursor, "x")), partial(say, 2, "b")]
    assert SideBySide().run(calls) == ["ValueError", None]
    assert (said(), is_idle()) == ([""] * LEAVES, True)


@pytest.mark.parametrize("ends", [True, False])
def test_what_is_noted_after_a_refusal_is_done_alone_with_it(ends: bool) -> None:
    """In the transaction of the others the note would keep what was refused, or go with it."""

    def noting() -> str:
        refused = say(1, "refused")
        with transaction.atomic():
            hot.fetch(SAID, [5])
            hot.write(hot.Change(SAY, [refused, 5]), commits=ends)
        return refused

    def noting_by_cursor() -> str:
        refused = say(1, "refused")
        by_cursor(refused)
        return refused

    for note in (noting, noting_by_cursor):
        assert SideBySide().run([note, partial(say, 2, "b")])[0] is None
        assert note() == "ValueError"
    assert said() == ["", "bb", "", "", "ValueError", "ValueError"]


def test_a_cursor_that_fails_harms_nobody_else() -> None:
    def broken() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    calls = [partial(say, number, "a", between=broken) for number in (1, 2)] + [partial(say, 3, "c")]
    assert SideBySide().run(calls) == ["DataError", None, None]
    assert (said(), is_idle()) == ([""] * LEAVES, True)


def test_what_is_looked_up_before_the_block_is_no_part_of_it(trips: Trips) -> None:
    def remembered() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM leaf")
            (count,) = cursor.fetchone()
        ((found,),) = hot.fetch(SAID, [1])
        return say(1, f"{count}{found}")

    assert SideBySide().run([remembered, partial(say, 2, "b")]) == ["6", "b"]
    assert [len(trip) for trip in trips] == [1, 1 + 2, 2 * 2 + 1]


def test_a_block_that_begins_with_a_cursor_is_for_one_alone() -> None:
    def write() -> str:
        with transaction.atomic():
            by_cursor("x")
        return "done"

    assert SideBySide().run([write, partial(say, 2, "b")]) == [None, "b"]
    assert said() == ["", "b", "", "", "", ""]


def test_who_only_looks_holds_nobody_up() -> None:
    def look() -> str:
        with transaction.atomic():
            return str(hot.fetch(LOCKED, [1]))

    assert SideBySide().run([look, partial(say, 2, "b")]) == ["[(1, '')]", "b"]


def test_a_block_in_which_nothing_is_asked_is_no_transaction() -> None:
    def nothing() -> str:
        with transaction.atomic():
            return "nothing"

    assert SideBySide().run([nothing, partial(say, 2, "b")]) == ["nothing", "b"]


def test_who_writes_without_looking_is_left_to_do_it_alone() -> None:
    def write() -> str:
        with transaction.atomic():
            hot.write(hot.Change(SAY, ["a", 1]), commits=True)
        return "done"

    assert SideBySide().run([write, partial(say, 2, "b")]) == [None, "b"]
    assert said()[:2] == ["", "b"]


def test_nobody_pays_for_anothers_mistake() -> None:
    calls = [partial(say, 1, "a"), partial(say, 2, "wrong"), partial(say, 3, "c")]
    assert SideBySide().run(calls) == [None, None, None]
    assert (said(), is_idle()) == ([""] * LEAVES, True)
    assert [SideBySide().run([call])[0] or call() for call in calls] == ["a", "IntegrityError", "c"]


def test_a_question_that_fails_is_asked_again_by_each_alone() -> None:
    def broken() -> None:
        with transaction.atomic():
            hot.fetch("SELECT 1 / %s::int", [0])

    assert SideBySide().run([broken, partial(say, 2, "b")]) == [None, None]
    assert (said(), is_idle()) == ([""] * LEAVES, True)


def test_a_lock_is_not_waited_for(other: psycopg.Connection[tuple[object, ...]]) -> None:
    other.execute("SELECT FROM leaf WHERE number = 1 FOR UPDATE")

    def locked() -> str:
        assert not may_wait()
        if not hot.fetch(LOCKED, [1]):
            return "somebody has it"
        raise AssertionError

    assert SideBySide().run([locked, partial(say, 2, "b")]) == ["somebody has it", "b"]


def test_nobody_takes_a_second_lock_beside_others() -> None:
    """It may be one that another of them holds: in one transaction that would not be seen."""
    calls = [partial(say, 1, "a", between=may_wait), partial(say, 2, "b")]
    assert SideBySide().run(calls) == [None, "b"]


def test_when_the_server_is_gone_at_the_end_nobody_does_it_again(
    other: psycopg.Connection[tuple[object, ...]],
) -> None:
    """It may have been written or not; each is told so, as whoever is alone."""
    side = SideBySide()

    def end() -> None:
        own = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [own])

    assert side.run([partial(say, 1, "a", between=end), partial(say, 2, "b")]) == ["OperationalError"] * 2
    connection.close()
    assert said() == [""] * LEAVES
    assert side.run([partial(say, 1, "a")]) == ["a"]


def test_when_the_server_is_gone_before_each_finds_out_alone(
    other: psycopg.Connection[tuple[object, ...]],
) -> None:
    connection.ensure_connection()
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    assert SideBySide().run([partial(say, 1, "a"), partial(say, 2, "b")]) == [None, None]
    connection.close()
    assert say(1, "a") == "a"


def test_what_comes_after_the_commit_has_a_transaction_of_its_own(trips: Trips) -> None:
    def after(number: int) -> str:
        with transaction.atomic():
            hot.fetch(LOCKED, [number])
            hot.write(hot.Change(SAY, ["a", number]), commits=True)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE leaf SET said = said || 'b' WHERE number = %s", [number])
            transaction.on_commit(partial(hot.fetch, SAID, [number]))
        return str(hot.fetch(SAID, [number])[0][0])

    assert SideBySide().run([partial(after, 1), partial(after, 2)]) == ["ab", "ab"]
    assert [trip.count(COMMIT) for trip in trips] == [0, 1, 0, 0, 0, 0]
    assert (is_idle(), connection.get_autocommit()) == (True, True)


def test_an_error_after_the_commit_is_told_and_nothing_is_done_again() -> None:
    def after() -> str:
        try:
            with transaction.atomic():
                hot.fetch(LOCKED, [1])
                hot.write(hot.Change(SAY, ["a", 1]), commits=True)
                hot.fetch("SELECT 1 / %s::int", [0])
        except DatabaseError as error:
            return type(error).__name__
        raise AssertionError

    assert SideBySide().run([after, partial(say, 2, "b")]) == ["DataError", "b"]
    assert (said()[:2], is_idle()) == (["a", "b"], True)


def test_who_raises_after_the_commit_hears_of_it_alone_and_nothing_is_done_again() -> None:
    def after() -> str:
        say(1, "a")
        raise KeyError("a mistake")

    said_to = SideBySide().run([after, partial(say, 2, "b")])
    assert (type(said_to[0]), said_to[1]) == (KeyError, "b")
    assert said()[:2] == ["a", "b"]


def test_waking_goes_out_after_the_commit_of_all(trips: Trips, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_woken_at", 0.0)
    assert SideBySide().run(
        [partial(say, 1, "a", between=waking.wake_after_commit), partial(say, 2, "b")]
    ) == [
        "a",
        "b",
    ]
    assert [trip[-1][0] for trip in trips] == [LOCKED, "COMMIT", f"NOTIFY {waking.CHANNEL}"]
