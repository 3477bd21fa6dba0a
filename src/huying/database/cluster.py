"""The embedded PostgreSQL: started by the first command that needs it, stopped by the last one to leave."""

import fcntl
import logging
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from huying.database import binaries, configuration, processes
from huying.database.account import Account
from huying.database.private import made_once, opened_lock, private_folder
from huying.shared.errors import Unavailable
from huying.shared.scheduling import started_in_turn

NAME = "huying"  # of the database and of its owner
RESTORING = "restoring"  # a file in the home while a backup is being restored into it
SOCKETS = Path("/tmp")  # noqa: S108  # not TMPDIR: each command must find the same place; a socket's path is ≤ 107 bytes
START_SECONDS = 300  # crash recovery after a busy day
STOP_SECONDS = 60
LOG_BYTES = 10_000_000
INITDB = (
    "--auth=scram-sha-256",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # the same order on every operating system, for ever
    "--builtin-locale=C.UTF-8",
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The server of one HUYING_HOME."""

    home: Path

    @property
    def name(self) -> str:
        """A name no other home has; part of the socket's folder and of the server's process titles."""
        return made_once(self._folder / "name", lambda: f"{NAME}-{secrets.token_hex(6)}")

    @property
    def password(self) -> str:
        return made_once(self._folder / "password", lambda: secrets.token_urlsafe(32))

    @property
    def socket(self) -> Path:
        return SOCKETS / self.name

    @property
    def data(self) -> Path:
        """Where the rows are: under the home if the server's user can enter it. Fixed at the first use."""
        return Path(made_once(self._folder / "location", self._choose_location)) / "data"

    def url(self, database: str = NAME) -> str:
        """Return the address. Does not start the server."""
        where = urlencode({"host": self.socket}, safe="/")
        return f"postgresql://{NAME}:{quote(self.password)}@/{database}?{where}"

    def running(self) -> bool:
        """Tell whether the server's process lives; it may still be recovering."""
        return self._postmaster() is not None

    def start(self) -> None:
        """Return when the server answers. Raises Unavailable, with the server's own words, when it cannot."""
        if (self.home / RESTORING).exists():
            raise Unavailable(reason=f"{self.home} 的恢复没有完成，请删除该目录后重新恢复")
        with self._locked("start"):
            self._start()

    def stop(self) -> None:
        """Stop the server, whoever uses it; disconnects them without losing a commit."""
        with self._locked("start"):
            self._stop()

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Keep the server running meanwhile; the last holder to leave stops it.

        The kernel gives up the lease of a killed process, so none is ever false.
        """
        lease = self._open("lease")
        fcntl.flock(lease, fcntl.LOCK_SH)
        try:
            self.start()
            yield
        finally:
            with self._locked("start"):
                if _only_holder(lease):
                    self._stop()
                os.close(lease)

    @property
    def _folder(self) -> Path:
        return self.home / "database"

    def _postmaster(self) -> int | None:
        return processes.postmaster(self.data, self.name) if self._placed() else None

    def _placed(self) -> bool:
        return (self._folder / "location").exists()

    def _choose_location(self) -> str:
        account = Account.current()
        here = self._folder / "server"
        private_folder(here, account.uid, account.gid)
        if account.may("-w", here):
            return str(here.resolve())
        here.rmdir()
        there = binaries.shelter() / self.name
        private_folder(there, account.uid, account.gid)
        logger.warning("用户 %s 无法进入 %s，数据库存放在 %s", account.name, self.home, there)
        return str(there)

    def _open(self, name: str) -> int:
        return opened_lock(self._folder / f"{name}.lock")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        lock = self._open(name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _start(self) -> None:
        patience = time.monotonic() + START_SECONDS
        while refusal := self._refusal():
            if time.monotonic() > patience:
                raise Unavailable(reason=f"数据库 {START_SECONDS} 秒内没有就绪（{refusal}）")
            if not self.running():
                self._launch()
            time.sleep(0.02)

    def _refusal(self) -> str:
        """Return "" when our database can be used (made if need be), else the server's words."""
        try:
            connection = psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            return str(error)
        with connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone():
                connection.execute(f"create database {NAME}")
        return ""

    def _launch(self) -> None:
        account = Account.owner(self.data.parent)
        programs = binaries.find(self.data, account)
        processes.clear_remains(self.data, self.socket, self.name)
        if not self.data.exists():
            self._initialise(programs, account)
        private_folder(self.socket, account.uid, account.gid)
        self._configure(self.data, account)
        log = self.data.with_name("log")
        _rotate(log)
        wait = ["-w", "-t", str(START_SECONDS)]
        with started_in_turn():
            done = account.run([programs / "pg_ctl", "start", "-s", "-D", self.data, "-l", log, *wait])
        if done.returncode != 0:
            raise Unavailable(reason=f"数据库无法启动：{_last_line(log) or done.stdout.strip()}")

    def _initialise(self, programs: Path, account: Account) -> None:
        """Make the data folder: complete or not at all, so that a killed start leaves nothing half made."""
        draft, password = self.data.with_name("draft"), self.data.with_name("password")
        shutil.rmtree(draft, ignore_errors=True)
        password.unlink(missing_ok=True)
        private_folder(draft, account.uid, account.gid)
        password.touch(mode=0o600)
        password.write_text(self.password)
        os.chown(password, account.uid, account.gid)
        done = account.run([programs / "initdb", "-D", draft, "-U", NAME, f"--pwfile={password}", *INITDB])
        password.unlink()
        if done.returncode != 0:
            raise Unavailable(reason=f"数据库无法初始化：{done.stdout.strip()}")
        draft.rename(self.data)

    def _configure(self, data: Path, account: Account) -> None:
        memory = configuration.machine_memory()
        values = configuration.settings(socket=self.socket, name=self.name, memory=memory)
        for file, text in (
            ("postgresql.conf", configuration.render(values)),
            ("pg_hba.conf", configuration.ACCESS),
        ):
            (data / file).write_text(text)
            os.chown(data / file, account.uid, account.gid)

    def _stop(self) -> None:
        polite, forced = signal.SIGINT, signal.SIGQUIT  # forced: recovered at the next start
        if not self._ended(polite) and not self._ended(forced):
            raise Unavailable(reason=f"数据库 {STOP_SECONDS} 秒内没有停止")
        if self._placed():
            shutil.rmtree(self.socket, ignore_errors=True)

    def _ended(self, number: signal.Signals) -> bool:
        """Signal the server and wait for its end, which pg_ctl would not see while nobody reaps it."""
        patience = time.monotonic() + STOP_SECONDS
        if pid := self._postmaster():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while self.running() and time.monotonic() < patience:
            time.sleep(0.02)
        return not self.running()


def _only_holder(lease: int) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name("log.1"))


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else ""
