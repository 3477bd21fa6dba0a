"""The embedded PostgreSQL, with real processes, real kills and real folders."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from huying.database import account, binaries, processes
from huying.database.account import ROOT, Account
from huying.database.cluster import Cluster
from huying.shared.errors import Unavailable

COMMAND = Path(__file__).with_name("command.py")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are for their owner alone."""
    path = Path(tempfile.mkdtemp(prefix="huying-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextmanager
def disposable(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home)
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.data.parent)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


@pytest.fixture
def new_cluster(folder: Path) -> Iterator[Cluster]:
    with disposable(folder / "home") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def old_cluster() -> Iterator[Cluster]:
    with open_folder() as path, disposable(path / "home") as cluster:
        yield cluster


@pytest.fixture
def cluster(old_cluster: Cluster) -> Iterator[Cluster]:
    """A cluster that has been used before, stopped, without rows."""
    with old_cluster.lease(), psycopg.connect(old_cluster.url()) as connection:
        connection.execute("drop table if exists kept")
    yield old_cluster
    old_cluster.stop()


def command(cluster: Cluster, user: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, COMMAND, cluster.home, *([user] if user else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == "ready\n", process.communicate()[1]


def leave(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def write(cluster: Cluster, word: str) -> None:
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("insert into kept values (%s)", [word])


def kept(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.url()) as connection:
        return [word for (word,) in connection.execute("select word from kept order by word")]


def kill(cluster: Cluster) -> None:
    for pid in processes.of_server(cluster.data, cluster.name):
        with suppress(ProcessLookupError):  # the others follow their postmaster by themselves
            os.kill(pid, signal.SIGKILL)


def test_it_runs_safely_and_privately(cluster: Cluster) -> None:
    expected = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "password_encryption": "scram-sha-256",
        "server_encoding": "UTF8",
    }
    with cluster.lease(), psycopg.connect(cluster.url()) as connection:
        found = {name: connection.execute(f"show {name}").fetchone()[0] for name in expected}
        assert found == expected
        (backend,) = connection.execute("select pg_backend_pid()").fetchone()
        assert os.sched_getscheduler(backend) == os.SCHED_BATCH  # it does not displace who asks it
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
        assert (cluster.home / "database" / "password").stat().st_mode & 0o777 == 0o600
    assert not cluster.running()


def test_nobody_gets_in_without_the_password(cluster: Cluster) -> None:
    with cluster.lease(), pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url(), password="guess")


def test_the_address_is_known_before_the_start_and_stays(new_cluster: Cluster) -> None:
    address = new_cluster.url()
    assert not new_cluster.running()
    with new_cluster.lease():
        assert new_cluster.url() == address


def test_data_survive_a_clean_stop(cluster: Cluster) -> None:
    with cluster.lease():
        write(cluster, "呼应")
    with cluster.lease():
        assert kept(cluster) == ["呼应"]


def test_data_survive_the_death_of_every_process(cluster: Cluster) -> None:
    cluster.start()
    for word in ("first", "second", "third"):
        write(cluster, word)
        kill(cluster)
        cluster.start()
    assert kept(cluster) == ["first", "second", "third"]


def test_a_backend_that_outlives_its_postmaster_is_ended_first(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ORPHANS_LEAVE_SECONDS", 0.5)
    cluster.start()
    write(cluster, "kept")
    busy = "do $$ begin loop end loop; end $$"  # never waits, so it never notices
    psql = subprocess.Popen(
        [binaries.find(cluster.data, Account.current()) / "psql", cluster.url(), "-c", busy],
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)
    postmaster = processes.postmaster(cluster.data, cluster.name)
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    cluster.start()
    assert kept(cluster) == ["kept"]
    assert psql.wait() != 0


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(cluster: Cluster) -> None:
    cluster.start()
    write(cluster, "kept")
    owner = Account.owner(cluster.data)
    lent = {"user": owner.uid, "group": owner.gid} if os.geteuid() == ROOT else {}
    stranger = subprocess.Popen(["sleep", "60"], **lent)
    pid_file = cluster.data / "postmaster.pid"
    remains = pid_file.read_text().split("\n", 1)[1]
    kill(cluster)
    while processes.of_server(cluster.data, cluster.name):
        time.sleep(0.01)
    pid_file.write_text(f"{stranger.pid}\n{remains}")
    cluster.start()
    assert kept(cluster) == ["kept"]
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_start_that_was_killed_half_way_leaves_nothing_half_made(new_cluster: Cluster) -> None:
    half = new_cluster.data.with_name("draft")
    half.mkdir(mode=0o700)
    (half / "PG_VERSION").write_text("18\n")
    with new_cluster.lease():
        write(new_cluster, "kept")
        assert kept(new_cluster) == ["kept"]
    assert not half.exists()


@pytest.mark.parametrize("number", [2, 20])
def test_commands_that_start_together_share_one_server(new_cluster: Cluster, number: int) -> None:
    commands = [command(new_cluster) for _ in range(number)]
    for process in commands:
        ready(process)
    for process in commands:
        leave(process)
    assert not new_cluster.running()


def test_the_last_to_leave_stops_the_server(cluster: Cluster) -> None:
    first, second = command(cluster), command(cluster)
    ready(first)
    ready(second)
    leave(first)
    assert cluster.running()
    leave(second)
    assert not cluster.running()


def test_a_killed_command_leaves_no_false_lease(cluster: Cluster) -> None:
    killed = command(cluster)
    ready(killed)
    killed.kill()
    killed.communicate()
    assert cluster.running()
    with cluster.lease():
        pass
    assert not cluster.running()


def test_it_works_in_a_folder_only_its_owner_may_enter(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Root's server belongs to another user: the data go where that user can follow, and a line says so."""
    (folder / "closed").mkdir(mode=0o700)
    with disposable(folder / "closed" / "home") as cluster:
        with cluster.lease():
            write(cluster, "kept")
        process = command(cluster)
        ready(process)
        assert kept(cluster) == ["kept"]
        leave(process)
        moved = not cluster.data.is_relative_to(folder)
        assert moved == (os.geteuid() == ROOT)
        assert (f"数据库存放在 {cluster.data.parent}" in caplog.text) == moved


def test_programs_are_copied_when_the_python_lies_in_a_closed_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = folder / "closed" / "site-packages"
    install = binaries.installs()[newest := max(binaries.installs(), key=int)]
    copy = packages / install.relative_to(install.parents[1])
    shutil.copytree(install, copy)
    libraries = f"{install.parent.name}.libs"
    shutil.copytree(install.parents[1] / libraries, packages / libraries)
    (folder / "closed").chmod(0o700)
    monkeypatch.setattr(binaries, "installs", lambda: {newest: copy})
    monkeypatch.setattr(binaries, "shelter", lambda: folder)
    found = binaries.find(folder / "data", Account.current())
    assert found.is_relative_to(packages) == (os.geteuid() != ROOT)
    assert Account.current().run([found / "psql", "--version"]).returncode == 0


def test_an_ordinary_user_needs_nobody_else(folder: Path) -> None:
    user = "nobody" if os.geteuid() == ROOT else ""
    own = folder / "own"
    own.mkdir(mode=0o700)
    if user:
        shutil.chown(own, user)
    cluster = Cluster(own / "home")
    process = command(cluster, user)
    ready(process)
    assert cluster.data.is_relative_to(own)
    assert Account.owner(cluster.data).uid == own.stat().st_uid
    leave(process)
    assert not cluster.running()


def test_another_users_home_is_refused_in_words(folder: Path) -> None:
    Cluster(folder / "home").url()
    if os.geteuid() != ROOT:  # nobody else to be: a folder we may not write is as good
        (folder / "home" / "database").chmod(0o500)
    process = command(Cluster(folder / "home"), "nobody" if os.geteuid() == ROOT else "")
    assert "请以它所属的用户运行" in process.communicate()[1]
    (folder / "home" / "database").chmod(0o700)


def test_root_without_a_user_to_lend_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ROOT)
    monkeypatch.setattr(account, "LENT_BY_ROOT", ("no-such-user",))
    with pytest.raises(Unavailable, match="useradd postgres"):
        Account.current()


def test_data_of_a_version_we_have_no_programs_for_are_left_alone(folder: Path) -> None:
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match="没有 PostgreSQL 9 的程序"):
        binaries.find(folder, Account.current())
