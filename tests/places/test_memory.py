"""What a process remembers must never be older than a second, nor newer than what is committed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection, transaction

from huying.ledger import queries as ledger
from huying.places import actions, memory, queries
from huying.places.models import Area, Revision
from huying.places.states import AreaLevel

TODAY = date(2026, 11, 21)
WHO = {"actor": "staff:12", "now": datetime(2026, 11, 21, 2, 0, tzinfo=UTC)}


@pytest.fixture(autouse=True)
def fresh(own_database: None) -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


def city(code: str, name: str) -> None:
    actions.create_area(code, name=name, level=AreaLevel.CITY, **WHO)


def in_another_thread() -> list[str]:
    """Return the names another thread of this process knows."""
    names: list[str] = []

    def look() -> None:
        names.extend(ref.name for ref in memory.current().areas.values())
        connection.close()

    thread = Thread(target=look)
    thread.start()
    thread.join()
    return names


def test_own_process_sees_a_write_at_once() -> None:
    assert queries.locate(address="杭州市", on=TODAY).area_code == ""
    city("3301", "杭州市")
    assert queries.locate(address="杭州市", on=TODAY).area_code == "3301"
    assert in_another_thread() == ["杭州市"]


def test_lookup_needs_no_query_within_the_second(django_assert_num_queries: object) -> None:
    city("3301", "杭州市")
    queries.locate(address="杭州市", on=TODAY)
    with django_assert_num_queries(0):  # type: ignore[operator]
        queries.locate(address="杭州市", on=TODAY)
        queries.chain("3301")


def test_write_of_another_process_is_seen_after_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    city("3301", "杭州市")
    queries.chain("3301")
    Area.objects.filter(code="3301").update(name="新杭州市")  # as another process would, with its token
    Revision.objects.update(token=uuid4())
    assert queries.chain("3301")[0].name == "杭州市"
    later = memory.monotonic() + memory.COMPARE_SECONDS
    monkeypatch.setattr(memory, "monotonic", lambda: later)
    assert queries.chain("3301")[0].name == "新杭州市"


def test_uncommitted_write_is_seen_by_its_writer_only() -> None:
    city("3301", "杭州市")
    with transaction.atomic():
        city("3302", "宁波市")
        assert [ref.code for ref in queries.chain("3302")] == ["3302"]
        assert in_another_thread() == ["杭州市"]
    assert in_another_thread() == ["杭州市", "宁波市"]


def test_rolled_back_write_is_forgotten() -> None:
    city("3301", "杭州市")
    with transaction.atomic():
        city("3302", "宁波市")
        queries.chain("3302")
        transaction.set_rollback(True)
    assert queries.chain("3302") == ()
    with transaction.atomic():
        city("3303", "温州市")
        with transaction.atomic():
            city("3304", "嘉兴市")
            queries.chain("3304")
            transaction.set_rollback(True)
        assert (queries.chain("3304"), len(queries.chain("3303"))) == ((), 1)


def test_two_imports_at_once_make_an_area_once() -> None:
    barrier, made = Barrier(2), []

    def ensure() -> None:
        barrier.wait()
        made.append(actions.ensure_area("3301", name="杭州市", **WHO).pk)
        connection.close()

    threads = [Thread(target=ensure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made))) == (2, 1)
    assert len(list(ledger.history("area:3301"))) == 1
