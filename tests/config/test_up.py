"""The whole site as processes: started, killed in part, stopped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from huying.config import parent
from huying.database.cluster import Cluster

PATIENCE_SECONDS = 60


@pytest.fixture
def port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An installation of its own, where the server's user can reach it."""
    path = Path(tempfile.mkdtemp(prefix="huying-test-"))
    path.chmod(0o755)
    yield path
    cluster = Cluster(path)
    cluster.stop()
    shutil.rmtree(cluster.data.parent)
    shutil.rmtree(path)


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return os.environ | {"HUYING_HOME": str(home), "HUYING_DATABASE_URL": ""}


@pytest.fixture
def site(port: int, home: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "huying", "up", "--port", str(port), "--workers", "1"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: is_ready(port) or process.poll() is not None)
        assert process.poll() is None, (home / "log").read_text()
        yield process
    finally:
        for pid in descendants(process.pid) | {process.pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_ready(port: int) -> bool:
    with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return answer.status == 200
    return False


def descendants(pid: int) -> set[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = {int(child) for thread in threads for child in read(thread).split()}
    return children.union(*(descendants(child) for child in children))


def read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text()
    return ""


def is_alive(pid: int) -> bool:
    state = read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_process(site: subprocess.Popen[bytes], number: signal.Signals) -> None:
    children = descendants(site.pid)
    assert len(children) == 4  # web, its one worker process, live, the background worker
    site.send_signal(number)
    assert site.wait(PATIENCE_SECONDS) == 0
    assert not any(is_alive(pid) for pid in children)


def test_the_web_processes_wait_for_their_turn_and_the_background_worker_does_not(
    site: subprocess.Popen[bytes],
) -> None:
    policies = [os.sched_getscheduler(pid) for pid in descendants(site.pid)]
    assert sorted(policies) == [os.SCHED_OTHER] * 2 + [os.SCHED_BATCH] * 2  # live, worker; the two of web


def test_a_killed_child_is_started_again(site: subprocess.Popen[bytes], port: int) -> None:
    before = descendants(site.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(descendants(site.pid) - before) == 4 and is_ready(port))


def test_children_do_not_outlive_a_killed_parent(site: subprocess.Popen[bytes], port: int) -> None:
    children = descendants(site.pid)
    site.kill()
    until(lambda: not any(is_alive(pid) for pid in children))
    assert not is_ready(port)


def test_a_child_that_lost_its_parent_while_it_started_stops(port: int, environment: dict[str, str]) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    subprocess.run(
        [sys.executable, "-m", "huying", "live", "--port", str(port)],
        env=environment | {parent.VARIABLE: str(gone.pid)},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    assert not is_ready(port)


def test_a_taken_port_is_refused_in_words(
    site: subprocess.Popen[bytes], port: int, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "huying", "web", "--port", str(port)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "请用 --port 另选端口" in done.stderr
    assert site.poll() is None
