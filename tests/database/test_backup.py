"""Backups of a real cluster, restored into real second clusters. Rules: docs/backups.md."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from huying.config import archiving, backups, environment
from huying.database import archive, backup, files, manifest
from huying.database.backup import Source
from huying.database.cluster import RESTORING, Cluster
from huying.shared.errors import Conflict, Incomplete, NotFound, Refused, Unavailable

PHOTO, LATER_PHOTO = b"a photo", b"a photo taken after the backup"
OLD_CHECKPOINT, NEW_CHECKPOINT = "log of a test\n10\n", "log of a test\n12\n"


@dataclass(frozen=True)
class World:
    """A cluster with a past. wanted_at: before a row was deleted and another written."""

    cluster: Cluster
    root: Path
    folder: Path
    wanted_at: datetime

    @property
    def made(self) -> manifest.Manifest:
        return manifest.read(self.folder)

    @property
    def archive(self) -> Path:
        return archive.folder_of(self.root, self.made.slot)


def put_photo(home: Path, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    files.write(home / "evidence" / name[:2] / f"{name}.jpg", content)
    return f"evidence/{name[:2]}/{name}.jpg"


def words(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [word for (word,) in connection.execute("select word from kept order by word")]


def run(url: str, *statements: str) -> datetime:
    """Run each statement in a transaction of its own; return the server's moment after them."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return connection.execute("select clock_timestamp()").fetchone()[0]


def told(_what: str, _done: int, _of: int) -> None:
    pass


def keep_up(cluster: Cluster, root: Path) -> None:
    for pool in backup.POOLS:
        backup.fill_pool(cluster.home / pool, root / pool)
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        archive.advance(cluster.url(), connection, root)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="huying-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    cluster, root = Cluster(folder / "home"), folder / "backups"
    with cluster.lease():
        url = cluster.url()
        put_photo(cluster.home, PHOTO)
        files.write(cluster.home / "secret.key", b"secret")
        files.write(cluster.home / "keys" / "log.key", b"key")
        files.write(cluster.home / "log" / "checkpoint", OLD_CHECKPOINT.encode())
        run(url, "create table kept (word text)", "insert into kept values ('before')")
        made = backup.make(Source(url, cluster.home), root, archiving=True, told=told)
        wanted_at = run(url, "insert into kept values ('wanted')", "select pg_switch_wal()")
        run(url, "delete from kept where word = 'wanted'", "insert into kept values ('after')")
        run(url, "select pg_switch_wal()", "insert into kept values ('later')")
        put_photo(cluster.home, LATER_PHOTO)
        files.write(cluster.home / "keys" / "later.key", b"later key")
        files.write(cluster.home / "log" / "checkpoint", NEW_CHECKPOINT.encode())
        keep_up(cluster, root)
        yield World(cluster, root, made, wanted_at)
    shutil.rmtree(cluster.data.parent)


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    path = folder / "second"
    yield path
    backups.discard(path)


@pytest.fixture
def copy(world: World) -> Iterator[Path]:
    """A copy of all backups that may be spoiled."""
    path = world.root.with_name("copy")
    shutil.copytree(world.root, path, copy_function=os.link)
    yield path
    shutil.rmtree(path)


def flip(path: Path, at: int) -> None:
    """Change one bit in a file of its own: the original has other names."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.unlink()
    path.write_bytes(content)


def test_a_moment_comes_back(world: World, home: Path) -> None:
    """A row that was deleted later is there again, one that was written later is not."""
    backups.restore_into(world.root, home, at=world.wanted_at)
    second = Cluster(home)
    with second.lease():
        assert words(second.url()) == ["before", "wanted"]
    assert words(world.cluster.url()) == ["after", "before", "later"]
    assert (home / "secret.key").read_bytes() == b"secret"
    assert (home / "keys" / "log.key").stat().st_mode & 0o777 == 0o600
    assert (home / "keys" / "later.key").read_bytes() == b"later key"  # signed the newest checkpoint
    for photo in (PHOTO, LATER_PHOTO):
        name = hashlib.sha256(photo).hexdigest()
        assert (home / "evidence" / name[:2] / f"{name}.jpg").read_bytes() == photo
    assert (home / "log" / "checkpoint").read_text() == NEW_CHECKPOINT  # so that the log cannot fork unseen


def test_without_a_moment_everything_comes_back(world: World, home: Path) -> None:
    backups.restore_into(world.folder, home)
    second = Cluster(home)
    with second.lease():
        assert words(second.url()) == ["after", "before", "later"]
        run(second.url(), "insert into kept values ('new')")
    assert not (home / RESTORING).exists()


def test_a_broken_record_in_the_archive_is_not_taken_for_its_end(
    world: World, home: Path, copy: Path
) -> None:
    """Recovery stops at a broken record as it does at the end: silently."""
    segment = sorted(archive.segments(copy / world.archive.name, world.made.first_segment))[1]
    content = bytearray(segment.read_bytes())
    content[40:400] = bytes(360)
    segment.unlink()
    segment.write_bytes(content)
    with pytest.raises(Conflict, match="归档的日志中途损坏"):
        backups.restore_into(copy, home)
    assert not home.exists()


def test_the_folders_of_a_backup_are_private(world: World) -> None:
    seen = [*world.root.rglob("*"), world.root]
    assert {path.stat().st_mode & 0o077 for path in seen} == {0}


SPOILED = ("database/PG_VERSION", "database/base/1/1259", "home/secret.key", "log/checkpoint", "photo")


@pytest.mark.parametrize("name", [*SPOILED, manifest.NAME, manifest.SEAL])
def test_a_flipped_bit_is_refused(world: World, home: Path, copy: Path, name: str) -> None:
    chosen = copy / world.folder.name
    manifest.verify(chosen, lambda *_: None)  # as it is, it is accepted
    path = next((chosen / "evidence").rglob("*.jpg")) if name == "photo" else chosen / name
    flip(path, 0)
    with pytest.raises(Conflict, match=r"不符|已损坏"):
        backups.restore_into(chosen, home)
    assert not home.exists()


def test_a_missing_or_a_strange_file_is_refused(world: World, copy: Path) -> None:
    chosen = copy / world.folder.name
    (chosen / "database" / "stranger").touch()
    with pytest.raises(Conflict, match="多出 1 个文件，如 database/stranger"):
        manifest.verify(chosen, lambda *_: None)
    (chosen / "database" / "stranger").unlink()
    (chosen / "home" / "secret.key").unlink()
    with pytest.raises(Conflict, match=r"缺少 1 个文件，如 home/secret\.key"):
        manifest.verify(chosen, lambda *_: None)


def test_a_missing_segment_is_refused(world: World, home: Path, copy: Path) -> None:
    kept = archive.segments(copy / world.archive.name, world.made.first_segment)
    assert len(kept) >= 3
    gone = sorted(kept)[1]
    gone.unlink()
    with pytest.raises(Conflict, match=f"归档缺少日志段 {gone.name.removesuffix('.partial')}"):
        backups.restore_into(copy, home)
    assert not home.exists()


def test_moments_out_of_reach_are_refused(world: World, home: Path) -> None:
    with pytest.raises(Incomplete, match="早于备份完成的时刻"):
        backups.restore_into(world.folder, home, at=world.made.ended_at - timedelta(milliseconds=1))
    with pytest.raises(Incomplete, match="最早的备份完成于"):
        backups.restore_into(world.root, home, at=world.made.ended_at - timedelta(milliseconds=1))
    with pytest.raises(Incomplete, match="归档只到"):
        backups.restore_into(world.folder, home, at=datetime(2999, 1, 1, tzinfo=UTC))
    assert not home.exists()


def test_nothing_is_restored_over_anything(world: World, home: Path) -> None:
    with pytest.raises(Conflict, match="不是空目录"):
        backups.restore_into(world.folder, world.cluster.home)
    assert words(world.cluster.url()) == ["after", "before", "later"]
    with pytest.raises(NotFound, match="没有找到备份"):
        backups.restore_into(world.cluster.home, home)


def test_a_home_that_is_half_restored_does_not_start(home: Path) -> None:
    home.mkdir()
    (home / RESTORING).touch()
    with pytest.raises(Unavailable, match="恢复没有完成"):
        Cluster(home).start()


def test_a_backup_elsewhere_needs_no_archive(world: World, home: Path, folder: Path) -> None:
    """It holds the log of its own time, and begins no archive that nobody would receive."""
    made = backup.make(
        Source(world.cluster.url(), world.cluster.home), folder / "disk", archiving=False, told=told
    )
    assert not (folder / "disk" / "archive").exists()
    with pytest.raises(Incomplete, match="没有持续归档"):
        backups.restore_into(made, home, at=manifest.read(made).ended_at + timedelta(seconds=1))
    backups.restore_into(made, home)
    second = Cluster(home)
    with second.lease():
        assert words(second.url()) == ["after", "before", "later"]


KILLED = """
import os, signal, sys
from pathlib import Path
from huying.database import backup
def told(what, done, of):
    if what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
backup.make(backup.Source(sys.argv[1], Path(sys.argv[2])), Path(sys.argv[4]), archiving=False, told=told)
"""


def test_a_killed_backup_leaves_none(world: World, folder: Path) -> None:
    root = folder / "killed"
    arguments = [world.cluster.url(), str(world.cluster.home), "计算校验值", str(root)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL
    assert backup.backups(root) == []
    drafts = list(root.glob(f"{files.DRAFT}*"))
    assert len(drafts) == 1
    with pytest.raises(Refused):
        manifest.read(drafts[0])
    backup.make(Source(world.cluster.url(), world.cluster.home), root, archiving=False, told=told)
    assert len(backup.backups(root)) == 1
    assert list(root.glob(f"{files.DRAFT}*")) == []
    shutil.rmtree(root)


def test_the_newest_are_kept_with_what_they_need(world: World, folder: Path) -> None:
    """A second backup shares the photos; when the first goes, so does the log before the second."""
    home, root = world.cluster.home, folder / "kept"
    source = Source(world.cluster.url(), home)
    erased, photo = put_photo(home, b"to be erased"), put_photo(home, PHOTO)
    first = backup.make(source, root, archiving=True, told=told)
    (home / erased).unlink()
    run(source.url, "select pg_switch_wal()")
    second = backup.make(source, root, archiving=True, told=told)
    assert not (second / erased).exists()  # what was erased is not taken along from the pool
    assert (second / photo).samefile(first / photo)
    segments = archive.folder_of(root, archive.slot_of(root))
    begin, later = manifest.read(first).first_segment, manifest.read(second).first_segment
    assert begin < later
    assert min(path.name for path in segments.glob("0*"))[:24] <= begin
    assert backup.prune(root, 1, home) == [first.name]
    assert backup.backups(root) == [second]
    assert min(path.name for path in segments.glob("0*"))[:24] == later
    assert not (root / erased).exists()
    assert (root / photo).exists()
    with psycopg.connect(source.url, autocommit=True) as connection:
        archive.end(connection, root)
    shutil.rmtree(root)


def test_the_worker_keeps_the_archive_within_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "BACKUPS", world.root)
    monkeypatch.setattr(environment, "HOME", world.cluster.home)
    monkeypatch.setattr(environment, "DATABASE_URL", world.cluster.url())
    monkeypatch.setattr(archiving, "EVERY_SECONDS", 0.1)
    stop = Event()
    task = Thread(target=archiving.archive_forever, args=[stop])
    written_at = run(world.cluster.url(), "select pg_current_xact_id()")
    task.start()
    patience = time.monotonic() + 20
    while (known := archive.position(world.archive)) and known.at < written_at:
        assert time.monotonic() < patience
        time.sleep(0.05)
    stop.set()
    task.join()


def test_before_the_first_backup_nothing_is_held_back(world: World) -> None:
    """A slot that nobody reads would fill the disk: there is one only where a backup began it."""
    with psycopg.connect(world.cluster.url()) as connection:
        slots = connection.execute("select slot_name from pg_replication_slots").fetchall()
    assert slots == [(world.made.slot,)]


@pytest.mark.parametrize(
    ("number", "following"),
    [
        ("0000000000000001", "0000000000000002"),
        ("00000000000000FF", "0000000100000000"),  # 256 segments to a number of the first half
        ("0000000A000000FF", "0000000B00000000"),
    ],
)
def test_segments_are_counted_as_postgresql_names_them(number: str, following: str) -> None:
    assert archive._next(number) == following
