"""Deadlines that run out at one moment among many that run on: how long until real workers fired them all."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial

from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import control, machine, processes, scratch
from huying.config import readiness

WORKERS = 2
WORKER = ("-m", "huying", "worker")  # with everything a worker does
SWEEPER = ("-m", "huying.benchmarks.sweeper")  # the same without the other tasks
LEAD_SECONDS = 2  # between the start of the clocks and the moment they run out
PATIENCE_SECONDS = 60

# One in twenty has run out and been fired before, as overdue work lies about on a real day.
SEED = """
INSERT INTO clocks_deadline (case_id, case_number, area_code, stage, limit_amount, limit_type, started_at,
                             due_at, warn_at, calendar_edition, provisional, state, warned_at, fired_at)
SELECT n, 'HY-330109001-20261121-' || lpad(n::text, 7, '0'), '330109001001001', 'dispose', 5,
       'natural_days', begun, due, begun + (due - begun) * 0.8, 'CN-2026.1', false, 'running',
       CASE WHEN due < now() THEN due END, CASE WHEN due < now() THEN due END
FROM (SELECT n, now() - interval '3 days' - n %% 86400 * interval '1 second' AS begun,
             now() + CASE WHEN n %% 20 = 0 THEN -1 ELSE 1 END * (interval '1 day' + n * interval '1 second')
                 AS due
      FROM generate_series(1, %s) AS n) AS running
WHERE due > begun
"""
# Of cases that are not there.
DUE = """
INSERT INTO clocks_deadline (case_id, case_number, area_code, stage, limit_amount, limit_type, started_at,
                             due_at, warn_at, calendar_edition, provisional, state, warned_at)
SELECT -n, 'HY-330109001-20261121-D' || n, '330109001001001', 'accept', 10, 'urgent_minutes',
       now() - interval '10 minutes', due, now(), '', false, 'running', now()
FROM generate_series(1, %s) AS n, (SELECT clock_timestamp() + %s * interval '1 second' AS due) AS at
RETURNING due_at
"""
WAITING = """
SELECT EXISTS (SELECT FROM clocks_deadline WHERE state = 'running' AND fired_at IS NULL AND due_at <= %s)
"""
FIRED = """
SELECT count(*) FILTER (WHERE due_at = %s AND fired_at >= due_at), count(*) FILTER (WHERE fired_at < due_at)
FROM clocks_deadline
"""
TOLD = """
SELECT count(*), count(DISTINCT subject) FROM ledger_entry
WHERE verb = 'deadline_due' AND subject LIKE 'case:HY-330109001-20261121-D%%' AND at >= %s
"""
CONTROL_TABLES = (
    "CREATE TABLE bench_clock AS SELECT id, due_at, NULL::timestamptz AS fired_at FROM clocks_deadline",
    "ALTER TABLE bench_clock ADD PRIMARY KEY (id)",
    "CREATE INDEX ON bench_clock (due_at) WHERE fired_at IS NULL",
    "CREATE TABLE bench_log (id bigserial PRIMARY KEY, at timestamptz, actor text, verb text, subject text,"
    " commitment bytea)",
    "ANALYZE bench_clock",
)
CONTROL = """
WITH fired AS (
    UPDATE bench_clock SET fired_at = now() WHERE due_at = %s AND fired_at IS NULL RETURNING id
)
INSERT INTO bench_log (at, actor, verb, subject, commitment)
SELECT now(), 'system', 'deadline_due', 'case:HY-330109001-20261121-' || id, sha256(id::text::bytea)
FROM fired
"""


def run(*, running: int = 1_000_000, due: int = 10_000) -> dict[str, object]:
    """Measure; fail when a deadline was fired early, twice or not at all."""
    with scratch.database(readiness.address()) as address:
        seed(running)
        with workers(address):
            seconds = fire(due)
        limit = _control(due)
        facts = machine.facts()
    return {
        "name": "sweep",
        "seconds": round(seconds, 2),
        "per_second": round(due / seconds),
        "control_seconds": round(limit, 2),
        "ratio": round(limit / seconds, 3),
        "running": running,
        "due": due,
        "workers": WORKERS,
        "early": 0,
        "twice": 0,
        "machine": facts,
    }


def seed(running: int) -> None:
    """Let so many clocks run, none of which runs out or warns within the next hours."""
    with connection.cursor() as cursor:
        cursor.execute(SEED, [running])
        cursor.execute("VACUUM ANALYZE clocks_deadline")


def fire(due: int) -> float:
    """Let `due` clocks run out at once; return the seconds from that moment until the last is fired.

    Raises RuntimeError unless each is fired once and none early.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [due, LEAD_SECONDS])
        at: datetime = cursor.fetchone()[0]
    seconds = _until_fired(at)
    _check(due, at)
    return seconds


def forget() -> None:
    """Take away the clocks that ran out: they belong to no case."""
    control.execute("DELETE FROM clocks_deadline WHERE case_id < 0", "VACUUM ANALYZE clocks_deadline")


def _until_fired(at: datetime) -> float:
    until = time.monotonic() + LEAD_SECONDS + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)::float8", [at])
            elapsed: float = cursor.fetchone()[0]
            cursor.execute(WAITING, [at])
            if elapsed > 0 and not cursor.fetchone()[0]:
                return elapsed
            time.sleep(0.02)
    raise RuntimeError(f"not all deadlines were fired within {PATIENCE_SECONDS} s")


def _check(due: int, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FIRED, [at])
        fired = cursor.fetchone()
        cursor.execute(TOLD, [at])
        told, subjects = cursor.fetchone()
    if fired != (due, 0) or (told, subjects) != (due, due):
        raise RuntimeError(f"{due} due; fired in time, early: {fired}; entries {told} about {subjects}")


def _control(due: int) -> float:
    """Return the seconds of one raw UPDATE of as many rows with an INSERT of as many."""
    control.execute(*CONTROL_TABLES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT due_at FROM clocks_deadline WHERE case_id = -1")
        at = cursor.fetchone()[0]
        start = time.perf_counter()
        cursor.execute(CONTROL, [at])
        seconds = time.perf_counter() - start
        if cursor.rowcount != due:
            raise RuntimeError(f"the control wrote {cursor.rowcount} rows, not {due}")
    return seconds


@contextmanager
def workers(database_url: str, command: Sequence[str] = WORKER) -> Iterator[None]:
    """Have WORKERS processes meanwhile; the block starts when one of them has left a pulse."""
    since = now()
    with ExitStack() as stack:
        home = stack.enter_context(processes.home())
        run = partial(processes.running, command, database_url=database_url, home=home)
        started = [stack.enter_context(run()) for _ in range(WORKERS)]
        _wait_for_pulse(started, since)
        yield


def _wait_for_pulse(started: Sequence["subprocess.Popen[bytes]"], since: datetime) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < until and all(each.poll() is None for each in started):
            cursor.execute("SELECT coalesce(beat_at > %s, false) FROM clocks_sweeperstate", [since])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.1)
    raise RuntimeError("no worker has left a pulse")
