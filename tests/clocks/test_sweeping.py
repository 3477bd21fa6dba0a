"""Each event once, never early, whoever sweeps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from huying.clocks import actions, queries
from huying.clocks.models import Deadline, SweeperState
from huying.clocks.policy import SHANGHAI, Limit, Reading
from huying.clocks.states import LimitType, Stage
from huying.clocks.tasks import Sweeper, read_clocks, sweep_forever
from huying.ledger.models import Entry, Opening
from huying.org.policy import SYSTEM
from huying.shared.ids import AssignmentId, CaseId

NOW = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
TEN_MINUTES = Limit(10, LimitType.URGENT_MINUTES)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def start(count: int, *, at: datetime = NOW, first: int = 0) -> list[Deadline]:
    return actions.start_many(
        [
            actions.NewDeadline(CaseId(number), f"HY-{number}", Stage.ACCEPT, TEN_MINUTES, at)
            for number in range(first, first + count)
        ]
    )


def entries(verb: str) -> int:
    return Entry.objects.filter(verb=verb).count()


@pytest.mark.django_db
def test_each_event_comes_once_and_in_its_time() -> None:
    start(1)
    swept = [actions.sweep(now=after(minutes)) for minutes in (7.9, 8, 9, 9.9, 10, 11)]

    events = [(each.warned, each.fired) for each in swept]
    assert events == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 1), (0, 0)]
    assert list(Entry.objects.order_by("id").values_list("verb", "subject", "actor")) == [
        ("deadline_warning", "case:HY-0", "system"),
        ("deadline_due", "case:HY-0", "system"),
    ]


@pytest.mark.django_db
def test_the_entry_says_what_was_missed_and_by_how_much() -> None:
    actions.start(
        case_id=CaseId(1),
        case_number="HY-1",
        stage=Stage.ARRIVE,
        limit=TEN_MINUTES,
        now=NOW,
        assignment_id=AssignmentId(3),
    )

    actions.sweep(now=after(12))

    assert Opening.objects.get().payload == (
        '{"assignment_id":3,"due_at":"2026-11-20T10:10:00+08:00","late_by":120.0,"stage":"arrive"}'
    )


@pytest.mark.django_db
def test_a_sweeper_that_was_away_fires_all_and_warns_of_nothing_past() -> None:
    start(25)

    swept = [actions.sweep(now=after(120), batch=10) for _ in range(4)]

    assert [(each.warned, each.fired) for each in swept] == [(0, 10), (0, 10), (0, 5), (0, 0)]
    assert queries.violations(after(121)) == []


@pytest.mark.django_db
def test_an_unswept_miss_is_a_violation_after_a_minute() -> None:
    start(1)

    assert queries.violations(after(11)) == []
    (violation,) = queries.violations(after(11.1))
    assert violation.startswith("HY-0的受理时限（编号")
    assert violation.endswith("到期超过60秒仍未触发")


@pytest.mark.django_db
def test_a_clock_that_jumped_stops_the_sweeper_until_it_is_right_again() -> None:
    start(1)
    sweeper = Sweeper()
    assert sweeper.step(Reading(NOW, 0, "boot")) is False

    sweeper.step(Reading(after(3 * 1440), 1, "boot"))  # three days ahead: nothing fires

    assert (entries("deadline_due"), entries("sweeper_halted")) == (0, 1)
    state = queries.sweeper_state()
    assert (state.halted_at, state.skew_seconds) == (after(3 * 1440), 3 * 86_400 - 1)
    health = queries.sweeper_health(after(3 * 1440))
    assert (health.is_well, health.text) == (
        False,
        "时钟跳变+259199秒，时限巡查已停止；请核对时间后执行 huying clocks resume",
    )

    for second in (2, 61):  # right again, for 59 seconds
        sweeper.step(Reading(NOW + timedelta(seconds=second), second, "boot"))
    assert queries.sweeper_state().halted_at is not None
    sweeper.step(Reading(NOW + timedelta(seconds=62), 62, "boot"))
    assert (queries.sweeper_state().halted_at, entries("sweeper_resumed")) == (None, 1)

    sweeper.step(Reading(after(10), 600, "boot"))
    assert entries("deadline_due") == 1


@pytest.mark.django_db
def test_a_worker_started_while_halted_stays_halted_until_the_operator_speaks() -> None:
    start(1)
    Sweeper().step(Reading(NOW, 0, "boot"))
    Sweeper().step(Reading(after(1440), 1, "boot"))

    Sweeper().step(Reading(after(1441), 1, "another boot"))
    assert entries("deadline_due") == 0

    assert actions.resume_sweeper(actor=SYSTEM, now=after(1442)) is True
    Sweeper().step(Reading(after(1442), 60, "another boot"))
    assert (entries("deadline_due"), entries("sweeper_resumed")) == (1, 1)
    assert actions.resume_sweeper(actor=SYSTEM, now=after(1443)) is False


@pytest.mark.django_db
def test_a_dead_sweeper_is_seen() -> None:
    assert queries.sweeper_health(NOW).text == "时限巡查没有心跳，请检查后台进程"
    Sweeper().step(Reading(NOW, 0, "boot"))
    assert queries.sweeper_health(NOW + timedelta(seconds=30)).is_well is True
    assert queries.sweeper_health(NOW + timedelta(seconds=31)).is_well is False


def test_two_sweepers_at_once_fire_each_deadline_once(committed: None) -> None:
    start(600)
    swept: list[actions.Swept] = []

    def work() -> None:
        swept.extend(actions.sweep(now=after(11), batch=20) for _ in range(40))
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(each.fired for each in swept) == 600
    assert (entries("deadline_due"), Deadline.objects.filter(fired_at=None).count()) == (600, 0)


def test_stop_and_sweep_racing_fire_once(committed: None) -> None:
    start(200)

    def stop_all() -> None:
        for number in range(200):
            actions.stop(CaseId(number), Stage.ACCEPT, now=after(11))
        connection.close()

    thread = Thread(target=stop_all)
    thread.start()
    for _ in range(30):
        actions.sweep(now=after(11), batch=50)
    thread.join()

    assert entries("deadline_due") == 200
    assert Deadline.objects.filter(state="late").count() == 200


def test_a_locked_deadline_does_not_hold_up_the_others(committed: None) -> None:
    start(3)
    locked, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            list(Deadline.objects.select_for_update().filter(case_id=1))
            locked.set()
            done.wait(10)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    locked.wait(10)
    swept = actions.sweep(now=after(11))
    done.set()
    thread.join()

    assert swept.fired == 2
    assert actions.sweep(now=after(11)).fired == 1


def test_one_of_two_loops_sweeps_and_the_other_takes_over(committed: None) -> None:
    first, second = Event(), Event()
    loops = [Thread(target=sweep_forever, args=[stop]) for stop in (first, second)]
    loops[0].start()
    assert wait_until(lambda: queries.sweeper_state().beat_at is not None)
    loops[1].start()

    start(100, at=read_clocks().wall - timedelta(minutes=11))
    assert wait_until(lambda: entries("deadline_due") == 100)
    first.set()
    loops[0].join()
    start(50, at=read_clocks().wall - timedelta(minutes=11), first=100)
    assert wait_until(lambda: entries("deadline_due") == 150)
    second.set()
    loops[1].join()

    assert entries("deadline_due") == 150


def test_the_loop_survives_a_lost_connection(committed: None) -> None:
    stop = Event()
    loop = Thread(target=sweep_forever, args=[stop])
    loop.start()
    assert wait_until(lambda: queries.sweeper_state().beat_at is not None)

    with connection.cursor() as cursor:  # every other session of this database
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    SweeperState.objects.update(beat_at=None)

    assert wait_until(lambda: queries.sweeper_state().beat_at is not None)
    stop.set()
    loop.join()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    pause = Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        pause.wait(0.05)
    return False
