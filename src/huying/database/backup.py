"""One backup of a whole installation: rows, log files, keys, evidence. Complete, or not there at all.

Under the folder of backups: `2026…Z/` one backup each (`database/`, `home/`, `log/`, `evidence/`, manifest),
`evidence/`, `log/`, `keys/` pools that hold each file once (backups have hard links), `wal-…/` the archive.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from huying.database import archive, clients, files, manifest
from huying.database.manifest import Manifest
from huying.database.private import opened_lock
from huying.shared.errors import Conflict, Unavailable

BACKUP = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
POOLS = ("evidence", "log", "keys")  # followed also between backups
ARCHIVE = "wal-*"
LAST = "checkpoint"  # of the log: published after the files it speaks of, so also copied after them
LEFT_OUT = {"database", "door", "backups", *POOLS}  # of the home: has its own copy, or is meant for minutes
BUSY = "正在进行另一次备份"
SEGMENT_BYTES = 16 << 20
SEGMENT_SIZE = "select setting::bigint from pg_settings where name = 'wal_segment_size'"

Told = Callable[[str, int, int], None]  # (what is done, done, of all)


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the database at `url` and the files under `home`."""

    url: str
    home: Path


def backups(root: Path) -> list[Path]:
    """Return the finished backups under a folder, oldest first."""
    return sorted(path for path in root.glob("*") if BACKUP.fullmatch(path.name) and path.is_dir())


def make(source: Source, root: Path, *, archiving: bool, told: Told) -> Path:
    """Make a backup under `root` and return its folder. archiving: begin or go on with the archive there.

    Lock: one at a time for each folder of backups. Raises Conflict while another is made.
    """
    files.make_folder(root)
    with alone(root, "backup", BUSY), psycopg.connect(source.url, autocommit=True) as connection:
        _refuse(connection)
        _clear(root)
        slot = archive.begin(connection, root) if archiving else ""
        draft = root / f"{files.DRAFT}{secrets.token_hex(6)}"
        draft.mkdir(mode=0o700)
        try:
            return _made(source, root, draft, slot, connection, told)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


def _made(
    source: Source, root: Path, draft: Path, slot: str, connection: psycopg.Connection, told: Told
) -> Path:
    began_at, rows = _moment(connection), _rows(connection)
    _copy_rows(source.url, draft / "database", told)
    ended_at = _moment(connection)
    _copy_home(source.home, root, draft / "home")
    for pool in POOLS:
        fill_pool(source.home / pool, root / pool)
        _share(root / pool, source.home / pool, draft / pool)
    found = Manifest(
        began_at=began_at,
        ended_at=ended_at,
        lsn=_lsn(draft / "database"),
        first_segment=_first_segment(draft / "database"),
        slot=slot,
        postgresql=connection.info.server_version // 10_000,
        database=connection.info.dbname,
        owner=_owner(connection),
        version=metadata.version("huying"),
        rows=rows,
        files=_described(draft, told),
    )
    _compare(draft / "database", found)
    manifest.write(draft, found)
    files.sync_folders(draft)
    if slot:
        archive.advance(source.url, connection, root)
    done = root / f"{ended_at.astimezone(UTC):%Y%m%dT%H%M%S}.{ended_at.microsecond // 1000:03}Z"
    draft.rename(done)
    files.sync_folder(root)
    return done


def prune(root: Path, keep: int, home: Path) -> list[str]:
    """Remove all but the newest `keep` backups, with what only they needed; return their names."""
    with alone(root, "backup", BUSY):
        found = backups(root)
        old = found[: max(0, len(found) - keep)]
        for folder in old:
            gone = folder.rename(root / f"{files.DRAFT}{folder.name}")
            shutil.rmtree(gone)
        kept = [manifest.read(folder) for folder in backups(root)]
        _prune_archives(root, kept)
        for pool in POOLS:
            _prune_pool(root / pool, home / pool)
    return [folder.name for folder in old]


def fill_pool(source: Path, pool: Path) -> int:
    """Copy what is new or changed under `source`; return how many files. The checkpoint comes last."""
    fresh = [path for path in files.inside(source) if not _same(path, pool / path.relative_to(source))]
    copied = 0
    for path in sorted(fresh, key=lambda path: path.name == LAST):
        try:
            files.copy(path, pool / path.relative_to(source))
        except FileNotFoundError:  # removed meanwhile: erased, or a draft that got its name
            continue
        copied += 1
    if copied:
        files.sync_folders(pool)
    return copied


def _same(path: Path, copy: Path) -> bool:
    try:
        one, other = path.stat(), copy.stat()
    except FileNotFoundError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


@contextmanager
def alone(root: Path, name: str, reason: str) -> Iterator[None]:
    """Keep others from doing `name` under `root` meanwhile. Raises Conflict when somebody does it."""
    lock = opened_lock(root / f"{name}.lock")
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(reason=reason) from None
        yield
    finally:
        os.close(lock)


def _clear(root: Path) -> None:
    """Remove what killed backups left."""
    for draft in root.glob(f"{files.DRAFT}*"):
        shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


def _refuse(connection: psycopg.Connection) -> None:
    """Raise Unavailable for a server we could not restore."""
    clients.refuse_newer(connection)
    if _value(connection, "select count(*) from pg_tablespace where spcname !~ '^pg_'"):
        raise Unavailable(reason="数据库使用了自建表空间，不支持备份")
    if _value(connection, SEGMENT_SIZE) != SEGMENT_BYTES:
        raise Unavailable(reason="数据库的日志段不是 16 MB，不支持备份")


def _value(connection: psycopg.Connection, statement: LiteralString) -> object:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def _moment(connection: psycopg.Connection) -> datetime:
    found = _value(connection, "select clock_timestamp()")
    assert isinstance(found, datetime)  # noqa: S101  # what the function returns
    return found


def _owner(connection: psycopg.Connection) -> str:
    return str(_value(connection, "select rolname from pg_roles where oid = 10"))  # the role initdb made


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    """Count every table of ours, all at one moment."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        return count_rows(connection)


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    names = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' order by tablename"
    ).fetchall()
    return {name: _count(connection, name) for (name,) in names}


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _copy_rows(url: str, target: Path, told: Told) -> None:
    arguments = ["-D", str(target), "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256", "-P"]
    last = ""
    with clients.start(url, "pg_basebackup", arguments) as process:
        try:
            for line in process.stdout or ():  # a carriage return ends a line too
                last = line.strip() or last
                if match := re.search(r"(\d+)/(\d+) kB", line):
                    told("复制数据库", int(match[1]) << 10, int(match[2]) << 10)
            process.wait()
        finally:
            process.kill()
    if process.returncode != 0:
        raise Unavailable(reason=f"数据库无法备份（{last}）")


def _copy_home(home: Path, root: Path, target: Path) -> None:
    """Copy keys, secrets and what else lies in the home, but no backups."""
    target.mkdir(mode=0o700)
    for entry in sorted(home.iterdir()):
        if entry.name in LEFT_OUT or root.is_relative_to(entry) or entry.suffix == ".lock":
            continue
        for path in [entry] if entry.is_file() else files.inside(entry):
            files.copy(path, target / path.relative_to(home))


def _share(pool: Path, live: Path, target: Path) -> None:
    """Take from the pool what the installation has now: not what was erased and older backups still hold."""
    target.mkdir(mode=0o700)
    for path in files.inside(pool):
        name = path.relative_to(pool)
        if (live / name).exists():
            files.link(path, target / name)


def _described(draft: Path, told: Told) -> dict[str, manifest.Stored]:
    found = list(files.inside(draft))
    stored = {}
    for number, path in enumerate(found, 1):
        name = str(path.relative_to(draft))
        stored[name] = manifest.of_file(path, named_by_hash=name.startswith("evidence/"))
        told("计算校验值", number, len(found))
    return stored


def _compare(database: Path, found: Manifest) -> None:
    """Compare what arrived with the checksums the server sent. Raises Unavailable when they differ."""
    sent = json.loads((database / "backup_manifest").read_bytes())["Files"]
    for file in sent:
        name = file.get("Path")
        if name and found.files[f"database/{name}"].sha256 != file["Checksum"]:
            raise Unavailable(reason=f"数据库文件 {name} 在复制中损坏")


def _first_segment(database: Path) -> str:
    match = re.search(r"START WAL LOCATION: .* \(file ([0-9A-F]{24})\)", _label(database))
    assert match  # noqa: S101  # PostgreSQL's own format
    return match[1]


def _lsn(database: Path) -> int:
    match = re.search(r"START WAL LOCATION: ([0-9A-F]+)/([0-9A-F]+)", _label(database))
    assert match  # noqa: S101
    return (int(match[1], 16) << 32) + int(match[2], 16)


def _label(database: Path) -> str:
    return (database / "backup_label").read_text()


def _prune_archives(root: Path, kept: list[Manifest]) -> None:
    slots = {found.slot for found in kept} | {archive.slot_of(root)}
    for folder in root.glob(ARCHIVE):
        if not archive.used(folder, slots - {""}):
            shutil.rmtree(folder)
            continue
        firsts = [found.first_segment for found in kept if archive.used(folder, {found.slot} - {""})]
        if firsts:
            archive.prune(folder, min(firsts))


def _prune_pool(pool: Path, live: Path) -> None:
    """Remove what neither a backup nor the installation has any more: erased pictures, old partial tiles."""
    for path in files.inside(pool):
        if path.stat().st_nlink == 1 and not (live / path.relative_to(pool)).exists():
            path.unlink()
