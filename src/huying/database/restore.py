"""A backup and its archive become a second cluster, at a moment of choice."""

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from huying.database import binaries, configuration, files, processes
from huying.database.account import Account
from huying.database.cluster import NAME, START_SECONDS, Cluster
from huying.database.manifest import Manifest
from huying.database.private import private_folder
from huying.shared.errors import Conflict, Unavailable

RECOVERY_SECONDS = 24 * 3600
TRUST = "local all all trust\n"  # the socket's folder is closed to everybody but the server's user and root
NOT_REACHED = "recovery ended before configured recovery target was reached"
STALE = ("postmaster.pid", "postmaster.opts", "recovery.signal", "standby.signal")


@dataclass(frozen=True, slots=True)
class Log:
    """The archived log that is played. target: None means all of it; least: an LSN it must reach then."""

    segments: Sequence[Path]
    target: datetime | None
    least: int


def recover(base: Path, made: Manifest, log: Log, cluster: Cluster) -> None:
    """Make the data of `cluster` out of the copy in `base`: whole, or not there.

    Raises Conflict when the log does not reach its target, Unavailable when the server does not start.
    """
    account = Account.owner(cluster.data.parent)
    draft, archive = cluster.data.with_name("draft"), cluster.data.with_name("archive")
    try:
        _copy(base, draft, account)
        _lay_out(log.segments, archive, account)
        _prepare(draft, archive if log.segments else None, log.target, cluster, account)
        _play(draft, made, log, cluster, account)
        draft.rename(cluster.data)
        files.sync_folder(cluster.data.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(archive, ignore_errors=True)
        shutil.rmtree(cluster.socket, ignore_errors=True)


def _copy(base: Path, draft: Path, account: Account) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(base, draft)
    for name in STALE:
        (draft / name).unlink(missing_ok=True)
    _give(draft, account)


def _lay_out(segments: Sequence[Path], archive: Path, account: Account) -> None:
    """Put the log where the server's user can read it; what is only begun gets its full name."""
    shutil.rmtree(archive, ignore_errors=True)
    archive.mkdir(mode=0o700)
    for path in sorted(segments, key=lambda path: path.suffix != ".partial"):  # a full one replaces it
        shutil.copyfile(path, archive / path.name.removesuffix(".partial"))
    _give(archive, account)


def _give(folder: Path, account: Account) -> None:
    for path, _, names in os.walk(folder):
        os.chown(path, account.uid, account.gid)
        Path(path).chmod(0o700)
        for name in names:
            os.chown(Path(path) / name, account.uid, account.gid)


def _prepare(
    draft: Path, archive: Path | None, target: datetime | None, cluster: Cluster, account: Account
) -> None:
    values = configuration.settings(
        socket=cluster.socket, name=cluster.name, memory=configuration.machine_memory()
    )
    values |= {"hot_standby": "off"}  # then no setting need be as large as it was on the other machine
    if archive:
        (draft / "recovery.signal").touch()
        quoted = str(archive).replace("%", "%%")
        values |= {"restore_command": f'cp "{quoted}/%f" "%p"', "recovery_target_action": "promote"}
    if target:
        values |= {"recovery_target_time": target.isoformat(" "), "recovery_target_inclusive": "on"}
    _configure(draft, configuration.render(values), TRUST)
    _give(draft, account)


def _configure(draft: Path, settings: str, access: str) -> None:
    for file, text in (
        ("postgresql.conf", settings),
        ("postgresql.auto.conf", ""),  # of the other machine: might archive into the archive we read
        ("pg_hba.conf", access),
        ("pg_ident.conf", ""),
    ):
        (draft / file).write_text(text)


def _play(draft: Path, made: Manifest, log: Log, cluster: Cluster, account: Account) -> None:
    programs = binaries.find(draft, account)
    private_folder(cluster.socket, account.uid, account.gid)
    said = draft.with_name("recovery.log")
    said.unlink(missing_ok=True)
    words: list[str | Path] = [
        programs / "pg_ctl",
        "start",
        "-s",
        "-D",
        draft,
        "-l",
        said,
        "-w",
        "-t",
        str(START_SECONDS),
    ]
    account.run(words)  # returns when recovery runs; how it ends shows later
    try:
        with _recovered(draft, made, said, log, cluster) as connection:
            _refuse_short(connection, log)
            _take_over(connection, made, cluster)
    finally:
        account.run([programs / "pg_ctl", "stop", "-s", "-D", draft, "-m", "fast", "-w"])
    processes.clear_remains(draft, cluster.socket, cluster.name)


def _recovered(
    draft: Path, made: Manifest, said: Path, log: Log, cluster: Cluster
) -> psycopg.Connection[tuple[Any, ...]]:
    """Return a connection once the log is played and the server is its own master.

    Raises Conflict or Unavailable when the server ended instead.
    """
    address = f"postgresql://{quote(made.owner)}@/postgres?{urlencode({'host': cluster.socket}, safe='/')}"
    patience = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < patience and processes.postmaster(draft, cluster.name):
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:  # still recovering
            time.sleep(0.1)
    raise _failure(said, log.target)


def _failure(said: Path, target: datetime | None) -> Unavailable | Conflict:
    text = said.read_text(errors="replace") if said.exists() else ""
    if NOT_REACHED in text:
        return Conflict(reason=f"归档没有到达 {target}：日志在那之前就结束或损坏了")
    wrong = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line]
    return Unavailable(reason=f"恢复失败：{wrong[-1] if wrong else '数据库无法启动'}")


def _refuse_short(connection: psycopg.Connection, log: Log) -> None:
    """Raise Conflict when the log was to be played to its end and stopped before: a broken record."""
    row = connection.execute("select pg_last_wal_replay_lsn() - '0/0'::pg_lsn").fetchone()
    reached = int(row[0] or 0) if row else 0
    if log.segments and not log.target and reached < log.least:
        raise Conflict(reason="归档的日志中途损坏，已确认的写入会丢失，拒绝恢复")


def _take_over(connection: psycopg.Connection, made: Manifest, cluster: Cluster) -> None:
    """Make database and owner those of an embedded cluster."""
    ours = sql.Identifier(NAME)
    if not connection.execute("select 1 from pg_roles where rolname = %s", [NAME]).fetchone():
        connection.execute(sql.SQL("create role {}").format(ours))
    connection.execute(
        sql.SQL("alter role {} superuser login replication password {}").format(
            ours, sql.Literal(cluster.password)
        )
    )
    if made.database != NAME:
        theirs = sql.Identifier(made.database)
        connection.execute(sql.SQL("alter database {} rename to {}").format(theirs, ours))
