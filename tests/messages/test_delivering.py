"""The way of a message on PostgreSQL: claimed, completed, taken back; real commits where workers race."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

import pytest
from django.db import IntegrityError, connection, transaction
from tests.messages.conftest import happened
from tests.messages.provider import Provider

from huying.database import hot
from huying.messages import queries
from huying.messages.actions import Load, claim, close_outlet, complete, delivering, queued, reap, revive
from huying.messages.models import Message, Outlet, Pace, Tally
from huying.messages.policy.pace import ATTEMPTS, DIGEST, LEASE, LONGEST_WAIT
from huying.messages.policy.verdicts import Verdict
from huying.messages.states import Outcome, OutletKind
from huying.messages.tasks import read_clock
from huying.org.policy import SYSTEM

Subscribe = Callable[..., Outlet]
DELIVERED = Verdict(Outcome.DELIVERED, "ok")
LATER = Verdict(Outcome.LATER, "服务方未接收（HTTP 500）")
LIMITED = Verdict(Outcome.LIMITED, "每分钟超过20条")
REFUSED = Verdict(Outcome.REFUSED, "机器人已停用")
MINUTE = timedelta(minutes=1)


def queue(count: int) -> datetime:
    """Queue a message for each of so many cases; return a moment just after."""
    hot.write(queued(happened(count)))
    return read_clock()


def take(now: datetime, worker: str = "one") -> Load:
    load = claim(worker=worker, now=now)
    assert load is not None
    return load


def states() -> list[tuple[str, int]]:
    return list(Message.objects.order_by("subject").values_list("state", "attempt"))


@pytest.mark.django_db
def test_delivered_with_the_providers_receipt(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    load = take(now)
    assert states() == [("running", 1)]
    assert complete(load, DELIVERED, now=now, jitter=0.5) == 1
    row = Message.objects.get()
    assert (row.state, row.receipt, row.ended_at, row.last_error) == ("delivered", "ok", now, "")
    assert claim(worker="one", now=now + MINUTE) is None


@pytest.mark.django_db
def test_what_failed_waits_longer_each_time_and_is_given_up_at_last(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    waits = []
    for _ in range(ATTEMPTS):
        complete(take(now), LATER, now=now, jitter=1.0)
        row = Message.objects.get()
        waits.append((row.next_attempt_at - now).total_seconds())
        now = max(row.next_attempt_at, Pace.objects.get().blocked_until or now)
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert (row.state, row.attempt, row.last_error) == ("dead", ATTEMPTS, LATER.text)
    assert claim(worker="one", now=now + LONGEST_WAIT) is None


@pytest.mark.django_db
def test_refused_for_good_is_dead_at_once_and_can_be_revived(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    complete(take(now), REFUSED, now=now, jitter=0.5)
    assert states() == [("dead", 1)]
    assert [letter.reason for letter in queries.dead_letters()] == ["机器人已停用"]
    assert revive("指挥室", actor=SYSTEM, now=now) == 1
    again = take(now)
    assert [(each.attempt, each.tried) for each in again.claims] == [(2, 1)]  # the token goes on
    complete(again, DELIVERED, now=now, jitter=0.5)
    assert states() == [("delivered", 2)]


@pytest.mark.django_db
def test_a_rate_limit_shuts_the_outlet_and_kills_nothing(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(2)
    for _ in range(ATTEMPTS + 1):
        complete(take(now), LIMITED, now=now, jitter=0.0)
        assert claim(worker="one", now=now + 9 * MINUTE) is None  # DingTalk: 10 minutes
        now += LONGEST_WAIT
    assert {state for state, _ in states()} == {"pending"}


@pytest.mark.django_db
def test_an_outlet_that_does_not_answer_is_left_alone_and_others_are_not(subscribe: Subscribe) -> None:
    for name in ("甲", "乙"):
        subscribe(name)
    now = queue(2)
    dead, alive = take(now), take(now)
    assert {dead.name, alive.name} == {"甲", "乙"}
    complete(dead, LATER, now=now, jitter=1.0)
    complete(alive, DELIVERED, now=now, jitter=1.0)
    assert take(now).name == alive.name  # the second message of the first outlet waits 5 s
    assert claim(worker="one", now=now) is None
    assert take(now + timedelta(seconds=6)).name == dead.name


@pytest.mark.django_db
def test_more_than_may_be_sent_comes_as_a_digest(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(4)
    sizes = []
    while (load := claim(worker="one", now=now)) is not None:
        sizes.append(len(load.claims))
        complete(load, DELIVERED, now=now, jitter=0.5)
    assert sizes == [1, 1, 1, 1]  # five at once may be sent
    now = queue(DIGEST + 9)
    load = take(now)
    assert len(load.claims) == DIGEST  # one token is left
    complete(load, DELIVERED, now=now, jitter=0.5)
    assert claim(worker="one", now=now) is None  # none is left
    assert len(take(now + 2 * MINUTE).claims) == 9  # more than the five that may go alone
    assert queries.accounts()[0].difference == 0


@pytest.mark.django_db
def test_a_thawed_worker_finds_its_completion_refused(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    frozen = take(now, "frozen")
    assert reap(now=now + LEASE / 2) == 0
    now += LEASE + timedelta(seconds=1)
    assert reap(now=now) == 1
    other = take(now, "other")
    assert complete(frozen, REFUSED, now=now, jitter=0.5) == 0
    assert states() == [("running", 2)]
    assert complete(other, DELIVERED, now=now, jitter=0.5) == 1
    assert complete(frozen, REFUSED, now=now, jitter=0.5) == 0
    assert states() == [("delivered", 2)]


@pytest.mark.django_db
def test_without_the_fencing_token_the_thawed_worker_would_win(subscribe: Subscribe) -> None:
    """Control: the same statement without `attempt` lets the late one overwrite."""
    subscribe()
    now = queue(1)
    frozen = take(now, "frozen")
    now += LEASE + timedelta(seconds=1)
    reap(now=now)
    take(now, "other")
    fence = "AND message.attempt = done.attempt "
    assert fence in delivering._COMPLETE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivering, "_COMPLETE", delivering._COMPLETE.replace(fence, ""))
        assert complete(frozen, REFUSED, now=now, jitter=0.5) == 1
    assert states() == [("dead", 2)]


@pytest.mark.django_db
def test_who_dies_over_a_message_each_time_does_not_do_so_for_ever(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    for _ in range(ATTEMPTS):
        take(now)
        now += LEASE + MINUTE
        assert reap(now=now) == 1
    assert states() == [("dead", ATTEMPTS)]


@pytest.mark.django_db
def test_a_clock_that_jumped_delays_nothing(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(3)
    ahead = now + timedelta(days=3)
    complete(take(ahead), LATER, now=ahead, jitter=0.5)
    take(ahead + timedelta(hours=1))
    before = now - timedelta(hours=2)  # and two hours back
    assert reap(now=before) == 1
    assert set(Message.objects.values_list("state", "next_attempt_at")) == {("pending", before)}
    assert claim(worker="one", now=before) is not None


@pytest.mark.django_db
def test_a_closed_outlet_gets_nothing_more(subscribe: Subscribe) -> None:
    subscribe()
    late = queued(happened(1))
    queue(1)
    close_outlet("指挥室", actor=SYSTEM, now=read_clock())
    assert queued(happened(1)).rows == ()
    hot.write(late)  # by a process that has not heard of it yet
    assert claim(worker="one", now=read_clock()) is None
    reap(now=read_clock())
    assert set(Message.objects.values_list("state", "last_error")) == {("dead", "渠道已停用")}
    assert list(queries.violations(read_clock())) == []


@pytest.mark.django_db
def test_the_account_shows_a_message_that_vanished(subscribe: Subscribe) -> None:
    subscribe()
    queue(3)
    assert list(queries.violations(read_clock())) == []
    Message.objects.all()[:1].get().delete()
    assert [(each.created, each.pending, each.difference) for each in queries.accounts()] == [(3, 2, 1)]
    assert list(queries.violations(read_clock())) == [
        "渠道“指挥室”账不平：生成3条，送达0、待发2、发送中0、未送达0，相差1条"
    ]


@pytest.mark.django_db
def test_tallies_are_added_up(subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet = subscribe()
    for _ in range(3):
        queue(2)
    monkeypatch.setattr(delivering, "TALLIES", 2)
    reap(now=read_clock())
    assert list(Tally.objects.values_list("outlet_id", "created")) == [(outlet.pk, 6)]


@pytest.mark.django_db
def test_what_nobody_sends_is_seen(subscribe: Subscribe) -> None:
    subscribe()
    now = queue(1)
    assert list(queries.violations(now + 9 * MINUTE)) == []
    assert list(queries.violations(now + 11 * MINUTE)) == ["渠道“指挥室”有1条通知超过10分钟无人发送"]
    complete(take(now + 11 * MINUTE), LIMITED, now=now + 11 * MINUTE, jitter=0.0)
    assert list(queries.violations(now + 20 * MINUTE)) == []  # tried, and shut by the provider since


@pytest.mark.django_db
def test_the_message_is_written_with_the_case_or_not_at_all(subscribe: Subscribe) -> None:
    subscribe()
    rows = queued(happened(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        _twice(rows)
    assert (Message.objects.count(), Tally.objects.count()) == (0, 0)


def _twice(rows: hot.Rows) -> None:
    hot.write(rows)
    hot.write(rows)


def test_three_workers_and_one_of_them_killed(
    own_database: None, subscribe: Subscribe, workers: list[subprocess.Popen[bytes]]
) -> None:
    """200 messages: each took effect, by its id exactly once; the account adds up."""
    with Provider() as provider:
        for number in range(20):  # a gateway takes ten at once: each message is a request of its own
            subscribe(f"网关{number}", OutletKind.SMS, provider.url("sms"))
        hot.write(queued(happened(10)))
        made = {str(pk) for pk in Message.objects.values_list("pk", flat=True)}
        provider.script(*["ok"] * 50, "hold")  # one dies when the provider has its request, before the answer
        workers += [start_worker() for _ in range(3)]
        wait_until(lambda: Message.objects.filter(state="delivered").count() == 199)
        held = Message.objects.get(state="running")
        assert str(held.pk) in provider.effects
        victim = next(each for each in workers if f":{each.pid}:" in held.claimed_by)
        victim.kill()
        provider.released.set()
        Message.objects.filter(pk=held.pk).update(claimed_at=read_clock() - LEASE)  # a minute later
        wait_until(lambda: Message.objects.filter(state="delivered").count() == 200)
        assert set(provider.effects) == made
        assert provider.received == {each: 1 + (each == str(held.pk)) for each in made}
    assert sum(each.delivered for each in queries.accounts()) == len(made) == 200
    assert list(queries.violations(read_clock())) == []


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the test."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for each in running:
        each.kill()
        each.wait()


WORKER = """
import os, threading
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_DATABASE"]
from huying.messages.tasks import deliver_forever
deliver_forever(threading.Event())
"""


def start_worker() -> subprocess.Popen[bytes]:
    """Start a process that delivers from the test's own database, as `huying worker` would."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "huying.config.settings",
        "HUYING_MESSAGES_ALLOW_PRIVATE": "1",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


def wait_until(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end
        Event().wait(0.05)
