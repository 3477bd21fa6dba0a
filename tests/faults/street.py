"""A street of real processes: its own PostgreSQL, web processes, workers; each can be killed."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from huying.config import parent
from huying.database import binaries, processes
from huying.database.account import Account
from huying.database.cluster import Cluster
from huying.database.private import private_folder

HERE = Path(__file__).parent
LAID = "laid"  # the database every test starts from
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """What founding.py says of the street."""

    category_id: int
    token: str  # of a connector
    session: str  # of the commander
    units: list[int]
    staff_id: int


@dataclass
class Street:
    """One installation under a folder of its own."""

    home: Path
    facts: Facts
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ends: list[Callable[[], object]] = field(default_factory=list)  # what closes when the test is over
    port: int = 0
    web: subprocess.Popen[bytes] | None = None

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.home)

    @property
    def url(self) -> str:
        return self.cluster.url()

    # -- processes ---------------------------------------------------------------------------------------

    def environment(self, **more: str) -> dict[str, str]:
        own = {"HUYING_HOME": str(self.home), "HUYING_DATABASE_URL": "", parent.VARIABLE: str(os.getpid())}
        return os.environ | own | more

    def spawn(self, command: Sequence[str | Path], **more: str) -> subprocess.Popen[bytes]:
        """Start a process of the street; it ends with the test, also when that is killed."""
        with (self.home / "said").open("ab") as said:
            child = subprocess.Popen(
                list(map(str, command)),
                env=self.environment(**more),
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
            )
        self.children.append(child)
        return child

    def start_web(self, *, without: str = "", workers: int = 2, wait: bool = True, **more: str) -> None:
        self.port = self.port or free_port()
        arguments = ["web", "--workers", str(workers), "--port", str(self.port)]
        self.web = self.spawn([*_huying(without), *arguments], **more)
        if wait:
            until(self.is_ready, lambda: self.said()[-3000:])

    def start_all(self) -> None:
        """Start web processes and worker under the supervisor that starts a dead one again."""
        self.port = self.port or free_port()
        self.web = self.spawn([*_huying(""), "up", "--port", str(self.port)])
        until(self.is_ready, lambda: self.said()[-3000:])

    def start_worker(self, *, without: str = "", **more: str) -> subprocess.Popen[bytes]:
        return self.spawn([*_huying(without), "worker"], **more)

    def stop(self, child: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
        with suppress(ProcessLookupError):
            child.send_signal(number)
        child.wait(PATIENCE_SECONDS)

    def web_processes(self) -> list[int]:
        """Return the processes that answer; those that watch over them are not among them."""
        assert self.web is not None
        watching = [pid for pid in (self.web.pid, *children_of(self.web.pid)) if "\0web\0" in _command(pid)]
        return sorted(child for pid in watching for child in children_of(pid))

    def is_ready(self) -> bool:
        return self.answer("/readyz")[0] == 200

    def answer(self, path: str) -> tuple[int, str]:
        """Return status and text of a GET; status 0 when nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except URLError as error:
            return (error.status, error.read().decode()) if hasattr(error, "status") else (0, str(error))
        except OSError as error:
            return 0, str(error)

    def said(self) -> str:
        return (self.home / "said").read_text(errors="replace")

    def complained(self) -> str:
        """Return what a process said from its first unexpected error on."""
        return self.said().partition("unexpected error")[2][:6000]

    # -- commands and questions --------------------------------------------------------------------------

    def huying(
        self, *arguments: str | Path, without: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, [*_huying(without), *arguments])),
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def django(self, code: str) -> str:
        """Run lines of Python inside an installation made ready; return what they print."""
        done = self.huying("manage", "shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, sql: str, parameters: Sequence[object] = ()) -> object:
        return self.fetch(sql, parameters)[0][0]

    def invariants(self) -> tuple[str, ...]:
        """Return every sentence of `huying invariants`."""
        done = self.huying("invariants", "--json")
        assert done.stdout, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        lists = (value for value in found.values() if isinstance(value, list))
        return tuple(sentence for each in lists for sentence in each)

    # -- the database server -----------------------------------------------------------------------------

    def kill_database(self) -> None:
        """Kill every process of the server at once, as a power cut would."""
        cluster = self.cluster
        while living := processes.of_server(cluster.data, cluster.name):
            for pid in sorted(living):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def start_database(self, **environment: str) -> None:
        """Start the server; with an environment (a faked clock) as the cluster itself never does."""
        if environment:
            cluster = self.cluster
            account = Account.owner(cluster.data.parent)
            programs = binaries.find(cluster.data, account)
            private_folder(cluster.socket, account.uid, account.gid)
            start = [programs / "pg_ctl", "start", "-w", "-D", cluster.data, "-l", "/dev/null"]
            _as(account, start, environment)
        self.cluster.start()

    def alter_system(self, setting: str, value: str) -> None:
        self.fetch(f"ALTER SYSTEM SET {setting} = {value}")
        self.fetch("SELECT pg_reload_conf()")

    # -- from test to test -------------------------------------------------------------------------------

    def reset_processes(self) -> None:
        """Kill what runs but the database."""
        while self.ends:
            self.ends.pop()()
        for child in self.children:
            for pid in {child.pid, *descendants(child.pid)} if child.poll() is None else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()
            assert child.stdin is not None
            with suppress(BrokenPipeError):
                child.stdin.close()
        self.children.clear()

    def reset(self) -> None:
        """Kill what runs, bring back the database and the files of the beginning."""
        self.reset_processes()
        for folder in ("evidence", "log", "door"):
            shutil.rmtree(self.home / folder, ignore_errors=True)
        self.start_database()
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("DROP DATABASE IF EXISTS huying WITH (FORCE)")
            connection.execute(f"CREATE DATABASE huying TEMPLATE {LAID}")


@contextmanager
def founded() -> Iterator[Street]:
    """Yield a street in a folder that the server's user can reach; nothing of it is left afterwards."""
    home = Path(tempfile.mkdtemp(prefix="huying-faults-"))
    home.chmod(0o755)
    cluster = Cluster(home)
    street = Street(home, Facts(0, "", "", [], 0))
    try:
        with cluster.lease():
            street.facts = _lay(street)
            yield street
            street.reset()
    finally:
        cluster.stop()
        shutil.rmtree(cluster.data.parent, ignore_errors=True)
        shutil.rmtree(home)


def _lay(street: Street) -> Facts:
    done = street.huying("migrate")
    assert done.returncode == 0, done.stderr
    facts = street.home / "facts.json"
    environment = street.environment(DJANGO_SETTINGS_MODULE="huying.config.settings")
    subprocess.run([sys.executable, HERE / "founding.py", facts], env=environment, check=True, timeout=120)
    with psycopg.connect(street.cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE huying RENAME TO {LAID}")
    return Facts(**json.loads(facts.read_text()))


def _huying(without: str) -> list[str]:
    """Return the command; `without` a safeguard it is the control, in which a fault must be seen."""
    if without:
        return [sys.executable, str(HERE / "without.py"), without]
    return [sys.executable, "-m", "huying"]


def _as(account: Account, command: Sequence[object], environment: dict[str, str]) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    other = {} if account.name == me else {"user": account.uid, "group": account.gid, "extra_groups": []}
    subprocess.run(
        list(map(str, command)),
        env={"PATH": os.defpath, "LC_ALL": "C", **environment},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=PATIENCE_SECONDS,
        **other,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(
    condition: Callable[[], object], say: Callable[[], object] = str, seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait for a condition; fail with what `say` returns."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, say()
        time.sleep(0.05)


def children_of(pid: int) -> set[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for thread in threads for child in _text(thread).split()}


def descendants(pid: int) -> set[int]:
    children = children_of(pid)
    return children.union(*(descendants(child) for child in children))


def _command(pid: int) -> str:
    return _text(Path(f"/proc/{pid}/cmdline"))


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(errors="replace")
    return ""
