"""F3: a worker is killed while it sends. F4: a worker is frozen while it sends, and thaws too late."""

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.messages.provider import Provider

from .clients import hotline, report
from .oracle import hasten, judge
from .street import Street, until
from .tally import Tally, Verdict

pytestmark = pytest.mark.fault

LEASE_SECONDS = 4  # of without.py "hasty"; a minute in earnest
_STATES = "SELECT DISTINCT state FROM outbox_message"
_ENDS = """
CREATE TABLE ends (message uuid);
CREATE FUNCTION end_of() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO ends VALUES (NEW.id); RETURN NULL; END';
CREATE TRIGGER ended AFTER UPDATE ON outbox_message FOR EACH ROW
    WHEN (NEW.state = 'delivered' OR OLD.state = 'delivered') EXECUTE FUNCTION end_of()
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


def start_courier(street: Street, *without: str) -> subprocess.Popen[bytes]:
    safeguards = ",".join(("hasty", *without))
    return street.start_worker(without=safeguards, HUYING_MESSAGES_ALLOW_PRIVATE="1")


def tell_late(street: Street, provider: Provider) -> None:
    """Subscribe the provider; let one report fall due, of which it is to be told."""
    added = street.huying(
        "outlet", "add", "指挥室", "--kind", "sms", "--address", provider.url("sms"), "--to", "13800000000",
        "--topic", "deadline_due", HUYING_MESSAGES_ALLOW_PRIVATE="1",
    )  # fmt: skip
    assert added.returncode == 0, added
    street.start_web()
    assert hotline(street).post("/reports", report(street, 1), Idempotency_Key="f3").status == 201
    street.fetch(_ENDS)
    hasten(street, -2, -1)


def delivered(street: Street) -> bool:
    return street.fetch(_STATES) == [("delivered",)]


def verdict(street: Street, provider: Provider) -> Verdict:
    """Add the messages to what the oracle says: effects that are missing or doubled, completions that are."""
    found = judge(street)
    messages = int(str(street.one("SELECT count(*) FROM outbox_message")))
    ends = int(str(street.one("SELECT count(*) FROM ends")))
    lost = messages - len(provider.effects)
    return replace(found, acknowledged=messages, lost=lost, doubled=found.doubled + max(ends - messages, 0))


def test_a_killed_worker_loses_no_message(street: Street, tally: Tally, provider: Provider) -> None:
    """Killed after the provider took the message, before it answered."""
    tell_late(street, provider)
    provider.script("hold")
    courier = start_courier(street)
    until(lambda: provider.requests)
    street.stop(courier, signal.SIGKILL)
    provider.released.set()
    killed = time.monotonic()
    start_courier(street)
    until(lambda: delivered(street), street.said)
    assert time.monotonic() - killed < 60
    assert set(provider.received.values()) == {2}  # sent again, under the same id: the effect is one
    tally.kept("F3", verdict(street, provider))


def test_control_without_the_reaper_it_is_stuck_for_ever(
    street: Street, tally: Tally, provider: Provider
) -> None:
    tell_late(street, provider)
    provider.script("hold")
    courier = start_courier(street, "reaper")
    until(lambda: provider.requests)
    street.stop(courier, signal.SIGKILL)
    provider.released.set()
    start_courier(street, "reaper")
    time.sleep(3 * LEASE_SECONDS)
    states = street.fetch(_STATES)
    tally.control("F3", failed=states == [("running",)], seen=states)


def freeze_and_thaw(street: Street, provider: Provider, *without: str) -> None:
    tell_late(street, provider)
    provider.script("hold")
    frozen = start_courier(street, *without)
    until(lambda: provider.requests)
    frozen.send_signal(signal.SIGSTOP)
    provider.released.set()
    start_courier(street, *without)
    until(lambda: delivered(street), street.said)
    frozen.send_signal(signal.SIGCONT)
    time.sleep(3)


def test_a_thawed_worker_may_not_complete_what_another_has_taken(
    street: Street, tally: Tally, provider: Provider
) -> None:
    freeze_and_thaw(street, provider)
    assert "came too late" in street.said()
    tally.kept("F4", verdict(street, provider))


def test_control_without_the_attempt_it_is_completed_twice(
    street: Street, tally: Tally, provider: Provider
) -> None:
    freeze_and_thaw(street, provider, "attempt")
    seen = verdict(street, provider)
    tally.control("F4", failed=seen.doubled > 0, seen=seen)
