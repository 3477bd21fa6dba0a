"""Backup, restore and drill of this installation. How to: docs/backups.md."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from huying.config import environment, readiness
from huying.database import archive, backup, binaries, files, manifest, processes, restore
from huying.database.account import Account
from huying.database.backup import Source, Told, alone, count_rows
from huying.database.cluster import RESTORING, Cluster
from huying.database.manifest import Manifest
from huying.shared.errors import Conflict, Incomplete, NotFound

KEEP = 7
NEVER_LESS = ("cases_case", "ledger_entry", "ledger_leaf")  # tables of which no row is ever deleted
CHECKS: Mapping[str, tuple[str, ...]] = {
    "invariants": ("invariants", "--json"),
    "ledger verify": ("ledger", "verify", "--json"),
}
CHECK_SECONDS = 3600
DRILL = "drill"  # the second installation's folder, under that of the backups


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup. size: bytes, shared ones included; removed: names of older backups."""

    folder: Path
    manifest: Manifest
    seconds: float
    removed: list[str]


@dataclass(frozen=True, slots=True)
class Restored:
    folder: Path
    home: Path
    target: datetime | None
    seconds: float


@dataclass(slots=True)
class Drill:
    """What a drill found. lost_seconds (RPO): what a total loss at its beginning would have cost."""

    backup_seconds: float = 0.0
    restore_seconds: float = 0.0
    check_seconds: float = 0.0
    lost_seconds: float = 0.0
    rows: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def back_seconds(self) -> float:
        """RTO: until the restored installation could serve."""
        return self.restore_seconds


def silent(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def root_folder() -> Path:
    """Return where backups are kept."""
    return environment.BACKUPS


def any_made() -> bool:
    """Tell whether there is a backup."""
    return bool(backup.backups(root_folder()))


def backup_now(folder: Path | None = None, *, keep: int = KEEP, told: Told = silent) -> Made:
    """Make a backup and remove all but the newest `keep`. folder: another place, without the archive.

    Needs a running database. Raises Conflict while another backup is made, Unavailable when it failed.
    """
    root = (folder or root_folder()).absolute()
    begin = time.monotonic()
    source = Source(readiness.address(), environment.HOME)
    made = backup.make(source, root, archiving=root == root_folder(), told=told)
    removed = backup.prune(root, keep, environment.HOME)
    return Made(made, manifest.read(made), time.monotonic() - begin, removed)


def restore_into(folder: Path, home: Path, *, at: datetime | None = None, told: Told = silent) -> Restored:
    """Make a second installation in the empty folder `home`, of the moment `at` or as late as possible.

    folder: one backup, or a folder of backups, of which the newest before `at` is taken.
    """
    begin = time.monotonic()
    chosen = _chosen(folder.absolute(), at)
    _refuse_full(home)
    made = manifest.verify(chosen, lambda done, of: told("核对备份", done, of))
    log = _log(chosen, made, at)
    with _unfinished(home):
        _lay_files(chosen, made, home, told)
        told("恢复数据库", 0, 1)
        restore.recover(chosen / "database", made, log, Cluster(home))
        told("恢复数据库", 1, 1)
    return Restored(chosen, home, at, time.monotonic() - begin)


def drill(at: datetime | None = None, *, fresh: bool = True, told: Told = silent) -> Drill:
    """Back up, restore into a second cluster, check it, remove it. fresh: False takes the newest backup."""
    found = Drill()
    if fresh:
        found.backup_seconds = backup_now(told=told).seconds
    found.lost_seconds = _behind_seconds()
    root = root_folder()
    with _second_home(root) as home:
        restored = restore_into(root, home, at=at, told=told)
        found.restore_seconds = restored.seconds
        begin = time.monotonic()
        told("检查恢复的数据", 0, 1)
        _check(home, manifest.read(restored.folder), found)
        told("检查恢复的数据", 1, 1)
        found.check_seconds = time.monotonic() - begin
    return found


def _chosen(folder: Path, at: datetime | None) -> Path:
    if (folder / manifest.NAME).exists():
        return folder
    found = backup.backups(folder)
    if not found:
        raise NotFound(what="备份", key=folder)
    if at is None:
        return found[-1]
    before = [path for path in found if manifest.read(path).ended_at <= at]
    if not before:
        raise Incomplete(
            reason=f"最早的备份完成于 {manifest.read(found[0]).ended_at.astimezone()}，晚于 {at}"
        )
    return before[-1]


def _refuse_full(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Conflict(reason=f"{home} 不是空目录，恢复不会覆盖已有的数据")


def _log(chosen: Path, made: Manifest, at: datetime | None) -> restore.Log:
    """Return the log to play. Raises Incomplete for a moment that backup and archive do not reach."""
    if at and at < made.ended_at:
        raise Incomplete(reason=f"时刻 {at} 早于备份完成的时刻 {made.ended_at.astimezone()}，请用更早的备份")
    folder = archive.folder_of(chosen.parent, made.slot)
    known = archive.position(folder) if made.slot else None
    if known is None and made.slot:
        raise Incomplete(reason=f"缺少归档 {folder}")
    if known is None and at:
        raise Incomplete(reason="这个备份没有持续归档，只能恢复到备份完成的时刻")
    if known is None:
        return restore.Log([], None, 0)
    if at and at > known.at:
        raise Incomplete(reason=f"归档只到 {known.at.astimezone()}，还没有时刻 {at} 之后的提交")
    return restore.Log(archive.segments(folder, made.first_segment), at, known.lsn)


@contextmanager
def _unfinished(home: Path) -> Iterator[None]:
    """Mark the home meanwhile; leave nothing when it fails."""
    home.mkdir(parents=True, exist_ok=True)
    (home / RESTORING).touch()
    try:
        yield
    except BaseException:
        discard(home)
        raise
    (home / RESTORING).unlink()
    files.sync_folder(home)


def discard(home: Path) -> None:
    """Remove a second installation; its rows may lie elsewhere. Its server must not run."""
    if (home / "database" / "location").exists():
        shutil.rmtree(Cluster(home).data.parent, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _lay_files(chosen: Path, made: Manifest, home: Path, told: Told) -> None:
    """Lay keys, evidence and log. What the pools have from after the backup belongs to later moments.

    The newest published checkpoint is taken even when rows are restored to an earlier moment: then the
    sequencer sees that it would fork the log, and refuses.
    """
    parts = [name for name in made.files if name.split("/", 1)[0] in ("home", *backup.POOLS)]
    for number, name in enumerate(parts, 1):
        files.copy(chosen / name, home / name.removeprefix("home/"))
        told("恢复文件", number, len(parts))
    if made.slot:
        _lay_later(chosen.parent, home)
    files.sync_folders(home)


def _lay_later(root: Path, home: Path) -> None:
    for path in files.inside(root / "evidence"):
        target = home / "evidence" / path.relative_to(root / "evidence")
        if not target.exists() and files.sha256(path) == path.stem:
            files.copy(path, target)
    for pool in ("log", "keys"):
        backup.fill_pool(root / pool, home / pool)


def _behind_seconds() -> float:
    """Return how old the newest moment is that the archive holds."""
    known = archive.position(archive.folder_of(root_folder(), archive.slot_of(root_folder())))
    if known is None:
        raise NotFound(what="归档", key=root_folder())
    with psycopg.connect(readiness.address()) as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101  # a SELECT of a constant has a row
    return float((row[0] - known.at).total_seconds())


@contextmanager
def _second_home(root: Path) -> Iterator[Path]:
    """Have a place for a second installation; it is removed in the end, as is what a killed drill left."""
    with alone(root, DRILL, "正在进行另一次恢复演练"):
        _remove_drill(root / DRILL)
        try:
            yield root / DRILL
        finally:
            _remove_drill(root / DRILL)


def _remove_drill(home: Path) -> None:
    if (home / "database" / "location").exists():
        cluster = Cluster(home)
        cluster.stop()
        processes.clear_remains(cluster.data, cluster.socket, cluster.name)
    discard(home)


def _check(home: Path, made: Manifest, found: Drill) -> None:
    cluster = Cluster(home)
    with cluster.lease():
        for name, words in CHECKS.items():
            found.problems += _problems(name, words, home)
        with psycopg.connect(cluster.url()) as connection:
            rows = count_rows(connection)
    found.rows = sum(rows.values())
    found.problems += [
        f"表 {table} 有 {rows.get(table, 0)} 行，备份时有 {made.rows[table]} 行"
        for table in made.rows
        if table not in rows or (table in NEVER_LESS and rows[table] < made.rows[table])
    ]
    found.problems += _page_problems(cluster)


def _problems(name: str, words: tuple[str, ...], home: Path) -> list[str]:
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "huying", *words],
        env=os.environ | {"HUYING_HOME": str(home), "HUYING_DATABASE_URL": "", "HUYING_BACKUPS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=CHECK_SECONDS,
    )
    if done.returncode == 0:
        return []
    return [f"{name}：{(done.stdout + done.stderr).strip()[:2000]}"]


def _page_problems(cluster: Cluster) -> list[str]:
    """Read every page of the stopped cluster against its checksum."""
    account = Account.owner(cluster.data.parent)
    done = account.run([binaries.find(cluster.data, account) / "pg_checksums", "--check", "-D", cluster.data])
    if done.returncode == 0 or "not enabled" in done.stdout:
        return []
    return [f"pg_checksums:{done.stdout.strip()}"]
