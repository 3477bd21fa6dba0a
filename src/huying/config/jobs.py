"""Side jobs by the clock, on procrastinate: any number of workers, each tick runs once.

procrastinate leaves the jobs of a dead worker "doing" for ever; `_reap` takes them back every minute. It and
all others have a queueing lock only: with a `lock` a reaper that died would block every later one (#1408 at
procrastinate). A worker that was only frozen runs on beside the one that took over, so what a job makes is
kept under a fencing token (`JobRun`). Rules: docs/rules/messages.md §9.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Event

from django.db import connection, transaction
from procrastinate import App, JobContext, PsycopgConnector, exceptions
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Status

from huying.config import chores
from huying.config.chores import Done
from huying.messages.tasks import read_clock

CHINA_AHEAD_HOURS = 8  # of UTC, in which procrastinate reads its tables
HEARTBEAT_SECONDS = 10.0
STALLED_SECONDS = 60.0  # without a heartbeat
LATE_SECONDS = 3_600  # a tick missed by more is left out
KEPT_HOURS = 7 * 24
LOOK_SECONDS = 0.2
CONCURRENCY = 4
STOP_SECONDS = 10.0

_BEGIN = """
INSERT INTO config_jobrun AS run (name, job_id, attempt, started_at, number, text)
VALUES (%s, %s, %s, %s, 0, '')
ON CONFLICT (name) DO UPDATE SET job_id = excluded.job_id, attempt = excluded.attempt,
    started_at = excluded.started_at, finished_at = NULL, is_well = NULL
WHERE (run.job_id, run.attempt) < (excluded.job_id, excluded.attempt)
RETURNING name
"""
_FINISH = """
UPDATE config_jobrun SET finished_at = %s, is_well = %s, number = %s, text = %s
WHERE name = %s AND job_id = %s AND attempt = %s AND finished_at IS NULL
RETURNING name
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """cron: minute, hour and three stars, in the time of China."""

    cron: str
    work: Callable[[datetime], Done]


JOBS: Mapping[str, Job] = {
    "relearn_routing": Job(
        "*/10 * * * *", chores.relearn_routing
    ),  # learns when the model is half an hour old
    "relearn_subjects": Job("5-59/10 * * * *", chores.relearn_subjects),
    "find_orphans": Job("17 * * * *", chores.find_orphans),
    "clear_imports": Job("*/15 * * * *", chores.clear_imports),
    "forget_uploads": Job("40 * * * *", chores.forget_uploads),
    "check_promises": Job("30 3 * * *", chores.check_promises),
    "forget_tracks": Job("40 3 * * *", chores.forget_tracks),
    "back_up": Job("0 2 * * *", chores.back_up),
}
REAP = "reap"
TIDY = "tidy"


@dataclass(frozen=True, slots=True)
class Token:
    """Which run of a job somebody holds."""

    name: str
    job_id: int
    attempt: int


def run_forever(stop: Event) -> None:
    """Run jobs until `stop`, in an event loop of this thread. Raises when the database goes away."""
    asyncio.run(_run(stop))


async def _run(stop: Event) -> None:
    app = make_app()
    async with app.open_async():
        work = asyncio.create_task(
            app.run_worker_async(
                concurrency=CONCURRENCY,
                install_signal_handlers=False,  # the process has its own
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=STOP_SECONDS,
            )
        )
        while not stop.is_set() and not work.done():
            await asyncio.sleep(LOOK_SECONDS)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def make_app() -> App:
    """Return procrastinate's app with every job of the table, on the database Django uses."""
    app = App(
        connector=PsycopgConnector(kwargs=connector_params()), periodic_defaults={"max_delay": LATE_SECONDS}
    )
    for name, job in JOBS.items():
        _add(app, name, in_utc(job.cron), partial(_on_schedule, name))
    _add(app, REAP, "* * * * *", _reap)
    _add(app, TIDY, in_utc("50 4 * * *"), _tidy)
    return app


def _add(app: App, name: str, cron: str, work: Callable[..., object]) -> None:
    task = app.task(name=name, queueing_lock=name, pass_context=True)(work)
    app.periodic(cron=cron)(task)


def in_utc(cron: str) -> str:
    """Return a crontab of China's time as one of UTC. China has one time zone and no summer time.

    Raises ValueError for more than minute and hour: a day of China is not a day of UTC.
    """
    minute, hour, *days = cron.split()
    if days != ["*"] * 3 or not (hour == "*" or hour.isdecimal()):
        raise ValueError(f"cannot be told in UTC: {cron}")
    hour = hour if hour == "*" else str((int(hour) - CHINA_AHEAD_HOURS) % 24)
    return " ".join([minute, hour, *days])


async def _on_schedule(name: str, context: JobContext, timestamp: int) -> None:  # noqa: ARG001  # procrastinate's
    """Run one job in a thread of its own, so that none holds up the reaper."""
    token = Token(name, context.job.id or 0, context.job.attempts)
    await asyncio.to_thread(_in_thread, token)


def _in_thread(token: Token) -> None:
    try:
        run_job(token, now=read_clock())
    finally:
        connection.close()


def run_job(token: Token, *, now: datetime) -> bool:
    """Run a job and keep what it made; return False when another worker has taken it over meanwhile."""
    if not begin(token, now=now):
        logger.warning("%s: a later run has begun, this one is not started", token.name)
        return False
    try:
        done = JOBS[token.name].work(now)
    except Exception as mistake:
        finish(token, Done(f"出错：{mistake!r}", is_well=False), now=read_clock())
        raise
    return finish(token, done, now=read_clock())


def begin(token: Token, *, now: datetime) -> bool:
    """Take the job unless a later run of it has begun."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [token.name, token.job_id, token.attempt, now])
        return cursor.fetchone() is not None


@transaction.atomic
def finish(token: Token, done: Done, *, now: datetime) -> bool:
    """Write the result and what was made, both or nothing; nothing when the run is no longer ours."""
    with connection.cursor() as cursor:
        held = (token.name, token.job_id, token.attempt)
        cursor.execute(_FINISH, [now, done.is_well, done.number, done.text[:300], *held])
        if cursor.fetchone() is None:
            logger.warning("%s: taken over by another worker, the result is dropped", token.name)
            return False
    if done.keep is not None:
        done.keep()
    if not done.is_well:
        logger.error("%s: %s", token.name, done.text)
    return True


async def _reap(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  # procrastinate's
    """Take back the jobs of dead workers. One that is queued anew already is given up instead."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await manager.retry_job(job)
            logger.warning("job %s (%s) taken back from a dead worker", job.id, job.task_name)
        except exceptions.UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=False)


async def _tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  # procrastinate's
    """Forget the jobs of last week."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
