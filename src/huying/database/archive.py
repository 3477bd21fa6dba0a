"""The archive of the write-ahead log: a receiver streams it, the server keeps what was not yet received.

A replication slot holds the log back for us, so nothing is missing when the receiver was away. It is made
with the first backup: before that nothing piles up. A folder of backups names its slot in the file `archive`;
the slot's name is also that of the folder with the segments, so that two histories never meet in one.
Why so: ADR 0030.
"""

import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from huying.database import clients, files
from huying.shared.errors import Conflict, Unavailable

PREFIX = "huying_"
SEGMENT = re.compile(r"[0-9A-F]{24}(\.partial)?")
WAIT_SECONDS = 60
STATUS_SECONDS = 1  # how often the receiver tells what it has


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where the archive is known to be on disk. at: a moment of the server; all before it is there."""

    lsn: int
    at: datetime


def slot_of(root: Path) -> str:
    """Return the slot whose log is kept under `root`, "" before the first backup."""
    file = root / "archive"
    return file.read_text().strip() if file.exists() else ""


def folder_of(root: Path, slot: str) -> Path:
    return root / f"wal-{slot.removeprefix(PREFIX)}"


def begin(connection: psycopg.Connection, root: Path) -> str:
    """Return a slot of this server that still has all of its log; made when there is none."""
    slot = slot_of(root)
    state = slot_state(connection, slot)
    if state not in ("", "lost"):
        return slot
    if state == "lost":
        connection.execute("select pg_drop_replication_slot(%s)", [slot])
    slot = f"{PREFIX}{secrets.token_hex(6)}"
    folder_of(root, slot).mkdir(mode=0o700)
    try:
        connection.execute("select pg_create_physical_replication_slot(%s, true)", [slot])
    except psycopg.Error as error:
        folder_of(root, slot).rmdir()
        raise Unavailable(reason=f"数据库不允许持续归档（{str(error).strip()}）") from error
    files.write(root / "archive", slot.encode())
    return slot


def end(connection: psycopg.Connection, root: Path) -> None:
    """Let the server forget the slot: nothing is kept for the archive any more."""
    if slot_state(connection, slot_of(root)):
        connection.execute("select pg_drop_replication_slot(%s)", [slot_of(root)])
    (root / "archive").unlink(missing_ok=True)


def slot_state(connection: psycopg.Connection, slot: str) -> str:
    """Return the server's word on the slot: reserved, extended, unreserved, lost, or "" for unknown."""
    row = connection.execute(
        "select coalesce(wal_status, 'lost') from pg_replication_slots where slot_name = %s", [slot]
    ).fetchone()
    return row[0] if row else ""


def receiver(url: str, root: Path, slot: str, *more: str) -> subprocess.Popen[str]:
    """Start to receive. It ends by itself when the server does."""
    folder = folder_of(root, slot)
    arguments = ["-D", str(folder), "-S", slot, "--no-loop", "-s", str(STATUS_SECONDS), *more]
    return clients.start(url, "pg_receivewal", arguments)


def advance(url: str, connection: psycopg.Connection, root: Path) -> Position:
    """Bring the archive up to now and return its position; by the running receiver or one of its own.

    The heartbeat is a commit, so that recovery to a moment before it finds a later commit to stop at.
    """
    slot = slot_of(root)
    lsn, at, flushed = _heartbeat(connection)
    patience = time.monotonic() + WAIT_SECONDS
    while _received(connection, slot) < flushed:
        if time.monotonic() > patience:
            raise Unavailable(reason=f"日志归档 {WAIT_SECONDS} 秒内没有跟上")
        if not _is_active(connection, slot) and _receive_until(url, connection, root, slot, flushed):
            break
        time.sleep(0.1)
    return _noted(root, slot, Position(lsn, at))


def _heartbeat(connection: psycopg.Connection) -> tuple[int, datetime, int]:
    row = connection.execute(
        "select clock_timestamp(), pg_logical_emit_message(true, 'huying', 'heartbeat') - '0/0'::pg_lsn"
    ).fetchone()
    flushed = connection.execute("select pg_current_wal_flush_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None and flushed is not None  # noqa: S101, PT018  # a SELECT of constants has a row
    return int(row[1]), row[0], int(flushed[0])


def _received(connection: psycopg.Connection, slot: str) -> int:
    row = connection.execute(
        "select write_lsn - '0/0'::pg_lsn from pg_stat_replication"
        " where pid = (select active_pid from pg_replication_slots where slot_name = %s)",
        [slot],
    ).fetchone()
    return int(row[0] or 0) if row else 0


def _is_active(connection: psycopg.Connection, slot: str) -> bool:
    row = connection.execute(
        "select active from pg_replication_slots where slot_name = %s", [slot]
    ).fetchone()
    if row is None:
        raise Conflict(reason="数据库中没有归档所用的复制槽，请重新备份一次")
    return bool(row[0])


def _receive_until(url: str, connection: psycopg.Connection, root: Path, slot: str, lsn: int) -> bool:
    """Receive up to `lsn` and end; it ends with the first byte after it, so one is written.

    False when another receiver was quicker to take the slot.
    """
    with receiver(url, root, slot, f"--endpos={lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}") as process:
        try:
            _heartbeat(connection)
            said, _ = process.communicate(timeout=WAIT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(reason=f"日志归档 {WAIT_SECONDS} 秒内没有跟上") from error
        finally:
            process.kill()
    if process.returncode != 0 and "is active" not in said:
        raise Unavailable(reason=f"日志归档失败（{said.strip()}）")
    return process.returncode == 0


def _noted(root: Path, slot: str, position: Position) -> Position:
    folder = folder_of(root, slot)
    for partial in folder.glob("*.partial"):
        _sync(partial)
    files.sync_folder(folder)
    content = {"lsn": position.lsn, "at": position.at.isoformat()}
    files.write(folder / "position.json", json.dumps(content).encode())
    return position


def _sync(partial: Path) -> None:
    try:
        descriptor = os.open(partial, os.O_RDONLY)
    except FileNotFoundError:  # full meanwhile: the receiver has made it safe itself
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def position(folder: Path) -> Position | None:
    """Return up to where the archive was last known to be whole."""
    try:
        content = json.loads((folder / "position.json").read_bytes())
        return Position(int(content["lsn"]), datetime.fromisoformat(content["at"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Conflict(reason=f"归档的位置文件已损坏（{folder / 'position.json'}）") from error


def segments(folder: Path, first: str) -> list[Path]:
    """Return the files of the archive from segment `first` on, with the histories of timelines.

    Raises Conflict when one is missing in between.
    """
    found = [
        path for path in files.inside(folder) if SEGMENT.fullmatch(path.name) and path.name[8:24] >= first[8:]
    ]
    numbers = sorted({path.name[8:24] for path in found})
    expected = first[8:]
    for number in numbers:
        if number != expected:
            raise Conflict(reason=f"归档缺少日志段 {first[:8]}{expected}，无法恢复到它之后")
        expected = _next(number)
    if not numbers:
        raise Conflict(reason=f"归档缺少日志段 {first}，无法恢复到它之后")
    return [*found, *folder.glob("*.history")]


def _next(number: str) -> str:
    """Return the number of the following segment of 16 MB: 256 of them to one of the first half."""
    high, low = int(number[:8], 16), int(number[8:], 16)
    return f"{high + (low == 0xFF):08X}{(low + 1) % 0x100:08X}"


def prune(folder: Path, first: str) -> None:
    """Remove the segments before `first`, which the oldest backup that is kept begins with."""
    for path in files.inside(folder):
        if SEGMENT.fullmatch(path.name) and path.name[8:24] < first[8:]:
            path.unlink()


def used(folder: Path, wanted: Iterable[str]) -> bool:
    """Tell whether the folder of an archive belongs to one of the slots."""
    return any(folder == folder_of(folder.parent, slot) for slot in wanted)
