"""Many threads, few transactions, and nobody pays for another's mistake."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from huying.database.group_commit import GroupCommit


class Notebook:
    """Stands for the database: each write takes until `release` is set."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.release = threading.Event()

    def write(self, wishes: Sequence[int]) -> list[int]:
        self.release.wait(10)
        self.groups.append(list(wishes))
        if any(wish < 0 for wish in wishes):
            raise ValueError(min(wishes))
        return [wish * 2 for wish in wishes]


def test_a_lone_write_waits_for_nobody() -> None:
    book = Notebook()
    book.release.set()
    assert GroupCommit(book.write, most=8).do(3) == 6
    assert book.groups == [[3]]


def test_what_gathers_during_a_write_goes_into_the_next_together() -> None:
    book = Notebook()
    commit = GroupCommit(book.write, most=4)
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(commit.do, 0)]
        while not commit._is_led:
            pass
        waiting += [pool.submit(commit.do, wish) for wish in range(1, 10)]
        while len(commit._waiting) < 9:
            pass
        book.release.set()
        assert [each.result(10) for each in waiting] == [wish * 2 for wish in range(10)]
    assert [len(group) for group in book.groups] == [1, 4, 4, 1]
    assert not commit._is_led
    assert not commit._waiting


def test_who_gathers_with_a_mistake_is_written_all_the_same() -> None:
    book = Notebook()
    commit = GroupCommit(book.write, most=8)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(commit.do, 0)
        while not commit._is_led:
            pass
        others = {wish: pool.submit(commit.do, wish) for wish in (1, -2, 3, 4)}
        while len(commit._waiting) < 4:
            pass
        book.release.set()
        assert first.result(10) == 0
        assert [others[wish].result(10) for wish in (1, 3, 4)] == [2, 6, 8]
        with pytest.raises(ValueError, match="-2"):
            others[-2].result(10)
    assert not commit._is_led


def test_a_thousand_writes_by_many_threads_come_back_to_their_own_callers() -> None:
    book = Notebook()
    book.release.set()
    commit = GroupCommit(book.write, most=16)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(commit.do, range(1_000))) == [wish * 2 for wish in range(1_000)]
    assert sorted(wish for group in book.groups for wish in group) == list(range(1_000))
