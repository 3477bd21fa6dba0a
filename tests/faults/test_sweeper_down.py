"""F16: nobody sweeps for two hours. F17: two sweep."""

import signal
import time

import pytest

from .clients import filed
from .oracle import fired, hasten, judge, latest_by, waiting
from .street import Street, until
from .tally import Tally

pytestmark = pytest.mark.fault

REPORTS = 60
TWO_HOURS = 7200
ALARM_SECONDS = 120
SILENCE_SECONDS = 30
_BEATS = "SELECT beat_at > clock_timestamp() - interval '5 seconds' FROM clocks_sweeperstate"
_HOLDS_TURN = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"


def silence(street: Street) -> float:
    """Return for how long the web process has not heard of the sweeper."""
    lines = street.answer("/metrics")[1].splitlines()
    return next(
        float(each.split()[1]) for each in lines if each.startswith("huying_sweeper_silence_seconds ")
    )


def test_two_hours_late_is_seen_from_elsewhere_then_made_good(street: Street, tally: Tally) -> None:
    """The pulse and the deadlines are moved two hours back instead of waiting for so long."""
    street.start_web()
    log = filed(street, REPORTS)
    hasten(street, -TWO_HOURS, -10)
    street.fetch("UPDATE clocks_sweeperstate SET beat_at = clock_timestamp() - interval '2 hours'")
    assert silence(street) >= TWO_HOURS
    overdue = street.one(
        "SELECT count(*) FROM clocks_deadline WHERE due_at < clock_timestamp() - interval '60 s'"
    )
    assert f"huying_deadlines_overdue {overdue}\n" in street.answer("/metrics")[1]
    assert street.huying("clocks", "status").returncode == 1

    street.start_worker()
    until(lambda: not waiting(street), street.said)
    assert TWO_HOURS * 0.8 < latest_by(street) < TWO_HOURS + 60
    assert silence(street) < SILENCE_SECONDS
    tally.kept("F16", judge(street, log))


def test_a_dead_sweeper_raises_the_alarm_within_two_minutes(street: Street, tally: Tally) -> None:
    street.start_web()
    log = filed(street, REPORTS)
    worker = street.start_worker()
    until(lambda: street.one(_BEATS))
    street.stop(worker, signal.SIGKILL)
    died = time.monotonic()
    until(lambda: silence(street) > SILENCE_SECONDS, seconds=ALARM_SECONDS)
    assert time.monotonic() - died < ALARM_SECONDS
    assert street.huying("clocks", "status").returncode == 1
    tally.kept("F16", judge(street, log))


def test_control_who_does_not_listen_for_the_pulse_hears_no_alarm(street: Street, tally: Tally) -> None:
    street.fetch("UPDATE clocks_sweeperstate SET beat_at = clock_timestamp() - interval '2 hours'")
    told = street.huying("clocks", "status", without="pulse")
    tally.control("F16", failed=told.returncode == 0, seen=told)


def test_of_two_sweepers_one_fires_and_the_other_takes_over(street: Street, tally: Tally) -> None:
    street.start_web()
    log = filed(street, REPORTS)
    workers = [street.start_worker() for _ in range(2)]
    until(lambda: street.one(_BEATS))
    hasten(street, -1, 4)
    until(lambda: fired(street) > 0)
    holder = str(street.one("SELECT worker FROM clocks_sweeperstate")).rpartition(":")[2]
    assert {str(each.pid) for each in workers} > {holder}
    street.stop(next(each for each in workers if str(each.pid) == holder), signal.SIGKILL)
    time.sleep(4)
    until(lambda: not waiting(street), street.said)
    tally.kept("F17", judge(street, log, grace=5))


def test_control_two_without_turn_and_claim_fire_doubly(street: Street, tally: Tally) -> None:
    street.start_web()
    filed(street, REPORTS)
    for _ in range(2):
        street.start_worker(without="turn")
    sweeping: set[object] = set()
    until(
        lambda: (
            sweeping.add(street.one("SELECT worker FROM clocks_sweeperstate")) or len(sweeping - {""}) == 2
        )
    )
    hasten(street, -1, 0)
    until(lambda: not waiting(street), street.said)
    time.sleep(2)
    verdict = judge(street, invariants=False)
    tally.control("F17", failed=verdict.doubled > 0, seen=verdict)
