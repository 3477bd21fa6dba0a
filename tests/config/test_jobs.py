"""Side jobs: each tick once, taken back from the dead, kept only by who still holds them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from zoneinfo import ZoneInfo

import croniter
import pytest
from django.conf import settings
from django.db import connection

from huying.config import chores, jobs
from huying.config.chores import Done
from huying.config.jobs import JOBS, Job, Token, begin, finish, in_utc, make_app, run_job
from huying.config.models import JobRun
from huying.dispatch.models import Learned

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
FIRST = Token("check_promises", 7, 0)


@pytest.mark.parametrize(
    ("cron", "utc", "moment"),
    [
        ("30 3 * * *", "30 19 * * *", "2026-11-22 03:30"),
        ("50 23 * * *", "50 15 * * *", "2026-11-21 23:50"),
        ("17 * * * *", "17 * * * *", "2026-11-21 09:17"),
        ("*/10 * * * *", "*/10 * * * *", "2026-11-21 09:10"),
    ],
)
def test_crontabs_are_in_the_time_of_china(cron: str, utc: str, moment: str) -> None:
    """Read by the same library as procrastinate reads them."""
    assert in_utc(cron) == utc
    due = datetime.fromtimestamp(croniter.croniter(utc, NOW.timestamp()).get_next(float), UTC)
    assert f"{due.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize("cron", ["0 3 * * 1", "0 3 1 * *", "0 */2 * * *", "0 3-5 * * *"])
def test_what_cannot_be_told_in_utc_is_our_mistake(cron: str) -> None:
    with pytest.raises(ValueError, match="cannot be told in UTC"):
        in_utc(cron)


def test_every_job_has_a_queueing_lock_and_no_lock() -> None:
    """With a lock, a job of a dead worker blocks all that follow it, the reaper included."""
    app = make_app()
    periodic = {each.task.name: each.task for each in app.periodic_registry.periodic_tasks.values()}
    assert set(periodic) == {*JOBS, jobs.REAP, jobs.TIDY}
    assert {name: (task.queueing_lock, task.lock) for name, task in periodic.items()} == {
        name: (name, None) for name in periodic
    }


@pytest.mark.django_db
def test_a_job_leaves_its_result() -> None:
    assert run_job(FIRST, now=NOW)
    row = JobRun.objects.get()
    assert (row.name, row.is_well, row.number, row.text) == ("check_promises", True, 0, "全部承诺均成立")


@pytest.mark.django_db
def test_what_a_taken_over_job_made_is_dropped() -> None:
    kept: list[str] = []
    assert begin(FIRST, now=NOW)
    second = replace(FIRST, attempt=1)
    assert begin(second, now=NOW)
    assert not finish(FIRST, Done("frozen", keep=lambda: kept.append("first")), now=NOW)
    assert finish(second, Done("well", keep=lambda: kept.append("second")), now=NOW)
    assert not finish(second, Done("twice", keep=lambda: kept.append("again")), now=NOW)
    assert not begin(FIRST, now=NOW)  # thawed before it began
    assert not begin(replace(FIRST, job_id=6, attempt=9), now=NOW)  # an older job
    assert kept == ["second"]
    assert JobRun.objects.get().text == "well"


@pytest.mark.django_db
def test_a_job_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(now: datetime) -> Done:
        raise OSError("no space")

    monkeypatch.setattr(jobs, "JOBS", {"breaks": Job("* * * * *", breaks)})
    with pytest.raises(OSError, match="no space"):
        run_job(Token("breaks", 1, 0), now=NOW)
    row = JobRun.objects.get()
    assert (row.is_well, row.text) == (False, "出错：OSError('no space')")


@pytest.mark.django_db
def test_the_model_is_learned_when_it_is_half_an_hour_old() -> None:
    token, now = Token("relearn_routing", 1, 0), NOW
    learned = []
    for minutes in (0, 10, 29, 31):
        token = replace(token, job_id=token.job_id + 1)
        run_job(token, now=now + timedelta(minutes=minutes))
        learned.append(Learned.objects.get().learned_at - now)
    assert learned == [timedelta(0)] * 3 + [timedelta(minutes=31)]


@pytest.mark.django_db
def test_a_file_without_a_case_is_found_when_it_is_old_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EVIDENCE_FOLDER", tmp_path)
    assert chores.find_orphans(NOW).number == 0
    for name, age in (("old", 61), ("young", 59)):
        file = tmp_path / "ab" / f"{name}.jpg"
        file.parent.mkdir(exist_ok=True)
        file.touch()
        moment = (NOW - timedelta(minutes=age)).timestamp()
        os.utime(file, (moment, moment))
    assert chores.find_orphans(NOW) == Done("1个凭证文件不属于任何案件，如ab/old.jpg", 1, is_well=False)


def test_a_job_of_a_killed_worker_is_taken_back_and_kept_once(own_database: None, tmp_path: Path) -> None:
    """The first worker is killed in mid-job. Without the reaper it stays "doing" for ever: the control."""
    with workers(tmp_path) as start:
        asyncio.run(defer("slow"))
        first = start()
        wait_until((tmp_path / "0").exists)  # begun, at its first attempt
        first.kill()
        first.wait()
        start()
        Event().wait(5)  # longer than a worker counts as alive here
        assert not (tmp_path / "1").exists()  # nobody takes it back by himself
        assert statuses() == ["doing"]
        asyncio.run(defer(jobs.REAP))
        wait_until(lambda: JobRun.objects.filter(is_well=True).exists())
        wait_until(lambda: statuses() == ["succeeded"])
    assert (JobRun.objects.get().attempt, JobRun.objects.get().text) == (1, "done")


WORKER = """
import os, sys, threading
from pathlib import Path
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_DATABASE"]
from huying.config import jobs
from huying.config.chores import Done
from huying.config.models import JobRun
def slow(now):
    attempt = JobRun.objects.get().attempt
    Path(os.environ["TEST_FOLDER"], str(attempt)).touch()
    if attempt == 0:
        threading.Event().wait()
    return Done("done")
jobs.JOBS = {"slow": jobs.Job("0 0 * * *", slow)}
jobs.HEARTBEAT_SECONDS, jobs.STALLED_SECONDS = 0.5, 2.0
make_app = jobs.make_app
def without_ticks():
    app = make_app()
    app.periodic_registry.periodic_tasks.clear()  # nothing runs but what the test queues
    return app
jobs.make_app = without_ticks
jobs.run_forever(threading.Event())
"""


class workers:  # noqa: N801  # reads as a word
    """Starts workers on the test's own database; all end with the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Callable[[], subprocess.Popen[bytes]]:
        return self.start

    def __exit__(self, *_: object) -> None:
        for each in self.running:
            each.kill()
            each.wait()

    def start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "huying.config.settings",
            "TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "TEST_FOLDER": str(self.folder),
        }
        self.running.append(subprocess.Popen([sys.executable, "-c", WORKER], env=environment))
        return self.running[-1]


async def defer(name: str) -> None:
    app = make_app()
    task = app.tasks[name] if name in app.tasks else app.configure_task(name, queueing_lock=name)
    async with app.open_async():
        await task.defer_async(timestamp=0)


def statuses() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE task_name = 'slow'")
        return [status for (status,) in cursor.fetchall()]


def wait_until(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end
        Event().wait(0.1)
