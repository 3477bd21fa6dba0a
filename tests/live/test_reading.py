"""What is read step by step equals what is fetched anew, whoever commits late and whoever was away."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random, randrange
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from tests.cases.conftest import ELSEWHERE, NOW, Cast
from tests.live.traffic import Seen, fetched, traffic

from huying.cases import actions
from huying.cases.models import Move
from huying.cases.policy.reports import Place
from huying.cases.policy.sight import Happened
from huying.cases.queries import News, check_position, position, steps_since
from huying.live.policy import GONE, for_viewer
from huying.live.reading import Reader
from huying.org.policy import Actor
from huying.shared.errors import Incomplete

SEED = int(os.environ.get("HUYING_SEED") or randrange(10**6))  # noqa: S311


@dataclass
class Page:
    """What somebody's page shows: fetched once, then kept by steps; fetched anew only after a gap."""

    actor: Actor
    random: Random
    at: str = field(default_factory=position)
    shown: Seen = field(default_factory=dict)
    gaps: int = 0

    def __post_init__(self) -> None:
        self.shown = fetched(self.actor)

    def follow(self, *, most: int) -> None:
        news = steps_since(self.at, most=most)
        self.at = news.until
        if not news.is_complete:
            self.gaps += 1
            self.shown = fetched(self.actor)
            return
        for step in news.steps:
            self.apply(step)

    def apply(self, step: Happened) -> None:
        told = for_viewer(step, self.actor)
        if told is None:
            return
        if told["state"] == GONE:
            self.shown.pop(str(told["number"]), None)
        else:
            self.shown[str(told["number"])] = (
                str(told["state"]),
                bool(told["urgent"]),
                str(told["area_code"]),
            )


def test_what_is_shown_step_by_step_is_what_is_fetched_anew(racing: Cast) -> None:
    """Every role follows at its own pace; some miss so much that they must fetch anew."""
    random = Random(SEED)  # noqa: S311
    cast = (racing.wang, racing.zhao, racing.qian, racing.chen, racing.sun, racing.zhou, racing.stranger)
    pages = [Page(actor, random) for actor in cast]
    done = Event()
    follower = Thread(target=_follow, args=[pages, random, done])
    with traffic(racing, steps=40, seed=SEED):
        follower.start()
    done.set()
    follower.join()
    for page in pages:
        page.follow(most=10_000)

    assert [page.shown for page in pages] == [fetched(actor) for actor in cast]
    assert sum(bool(page.shown) for page in pages) >= 5  # a unit may not have been called
    assert len({frozenset(page.shown) for page in pages}) > 2  # they do not all see the same
    assert sum(page.gaps for page in pages) > 0


def _follow(pages: list[Page], random: Random, done: Event) -> None:
    while not done.is_set():
        random.choice(pages).follow(most=random.choice([3, 10_000]))  # 3: who was away too long
        time.sleep(0.002)
    connection.close()


def test_a_reader_by_ids_loses_what_is_committed_late(racing: Cast) -> None:
    """The control: the same traffic, read by "id above the last one"."""
    start = position()
    begun, go_on = Event(), Event()
    writer = Thread(target=_commit_late, args=[racing, begun, go_on])
    writer.start()
    assert begun.wait(10)
    racing.reported()  # a higher id, committed first
    first_ids, first = _above(0), steps_since(start, most=10)
    go_on.set()
    writer.join()
    then_ids, then = _above(max(first_ids)), steps_since(first.until, most=10)

    assert (len(first_ids), len(then_ids)) == (1, 0)
    assert (len(first.steps), len(then.steps)) == (1, 1)


def _commit_late(cast: Cast, begun: Event, go_on: Event) -> None:
    with transaction.atomic():
        cast.reported(place=Place(ELSEWHERE))  # of another street: its number keeps nobody waiting
        begun.set()
        go_on.wait(10)
    connection.close()


def _above(last: int) -> list[int]:
    return list(Move.objects.filter(entry_id__gt=last).values_list("entry_id", flat=True))


def test_the_reader_tells_everything_once_and_in_order(racing: Cast) -> None:
    told: list[News] = []
    stop = Event()
    reader = Reader(told.append, stop)
    thread = Thread(target=reader.run)
    thread.start()
    _until(lambda: told)
    with traffic(racing, steps=25, seed=SEED):
        pass
    _until(lambda: sum(len(news.steps) for news in told) == Move.objects.count())
    stop.set()
    thread.join()
    steps = [step for news in told for step in news.steps]
    for number in {step.sight.number for step in steps}:
        life = [str(step.verb) for step in steps if step.sight.number == number]
        assert life == list(
            Move.objects.filter(case__number=number).order_by("seq").values_list("verb", flat=True)
        )


def test_a_step_wakes_the_reader_long_before_it_would_look(
    racing: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huying.live.reading.POLL_SECONDS", 60.0)
    told: list[News] = []
    stop = Event()
    thread = Thread(target=Reader(told.append, stop).run)
    thread.start()
    _until(lambda: told)
    time.sleep(0.3)  # it sits and waits
    racing.reported()
    _until(lambda: any(news.steps for news in told), seconds=2)
    stop.set()
    time.sleep(0.15)  # past what a writer keeps to itself
    racing.reported()  # lets it see that it should stop
    thread.join(10)
    assert not thread.is_alive()


def test_a_database_that_goes_away_costs_nothing(racing: Cast) -> None:
    told: list[News] = []
    stop = Event()
    thread = Thread(target=Reader(told.append, stop).run)
    thread.start()
    _until(lambda: told)
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    racing.reported()
    _until(lambda: any(news.steps for news in told))
    stop.set()
    thread.join()
    assert sum(len(news.steps) for news in told) == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1",
        "5:4:",  # ends before it begins
        "0:4:",
        "3:9:10",  # not inside
        "3:9:5,4",  # not in order
        "3:9:4,4",
        "3:9:4,",
        "3:9223372036854775808:",
        "3:9:4;drop table cases_case",
        "１:２:",  # digits, but not these
    ],
)
def test_what_is_no_position_is_refused(written: str) -> None:
    with pytest.raises(Incomplete):
        check_position(written)


@pytest.mark.django_db
def test_a_position_ahead_of_the_database_is_refused() -> None:
    """As after a restore: what would follow is not what came after it."""
    ahead = int(position().split(":")[1]) + 1_000
    with pytest.raises(Incomplete):
        steps_since(f"{ahead}:{ahead}:", most=10)


def test_a_case_that_leaves_an_area_is_told_there_as_gone(racing: Cast) -> None:
    number, start = racing.reported(), position()
    actions.accept(number, actor=racing.chen, now=NOW, area_code="330109002")
    (step,) = steps_since(start, most=10).steps

    told = {name: for_viewer(step, actor) for name, actor in _cast(racing).items()}
    assert {name: seen and (seen["state"], seen["area_code"]) for name, seen in told.items()} == {
        "chen": (GONE, "330109001002003"),
        "wang": (GONE, "330109001002003"),
        "stranger": ("accepted", "330109002"),
        "zhao": None,
    }


def _cast(cast: Cast) -> dict[str, Actor]:
    return {"chen": cast.chen, "wang": cast.wang, "stranger": cast.stranger, "zhao": cast.zhao}


def _until(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
