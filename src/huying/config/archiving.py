"""The archive is kept going: the log streams in, evidence and published log follow within seconds."""

import fcntl
import logging
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Event

import psycopg

from huying.config import backups, environment, readiness
from huying.database import archive, backup
from huying.database.private import opened_lock

EVERY_SECONDS = 5.0  # between two positions: what may be lost with the whole machine
STOP_SECONDS = 10

logger = logging.getLogger(__name__)


def archive_forever(stop: Event) -> None:
    """Archive from the first backup on, until `stop`. Of several workers of one home one does it."""
    root = backups.root_folder()
    while not stop.is_set() and not archive.slot_of(root):
        stop.wait(EVERY_SECONDS)
    if stop.is_set():
        return
    lock = opened_lock(root / "archive.lock")
    try:
        while not stop.is_set() and not _taken(lock):
            stop.wait(EVERY_SECONDS)
        if not stop.is_set():
            _archive(root, stop)
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _archive(root: Path, stop: Event) -> None:
    slot, url = archive.slot_of(root), readiness.address()
    receiver = archive.receiver(url, root, slot)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(EVERY_SECONDS) and archive.slot_of(root) == slot:
                if receiver.poll() is not None:
                    raise OSError(_last_words(receiver))
                keep_up(url, connection, root)
    finally:
        _ended(receiver)


def keep_up(url: str, connection: psycopg.Connection, root: Path) -> None:
    """Bring evidence, log and rows up to now, in this order: rows speak of evidence.

    The checkpoint goes last in its pool, and speaks of rows that are committed already.
    """
    for pool in backup.POOLS:
        backup.fill_pool(environment.HOME / pool, root / pool)
    archive.advance(url, connection, root)


def _last_words(receiver: subprocess.Popen[str]) -> str:
    said = receiver.stdout.read().strip() if receiver.stdout else ""
    return f"pg_receivewal ended: {said}"


def _ended(receiver: subprocess.Popen[str]) -> None:
    receiver.terminate()
    with suppress(subprocess.TimeoutExpired):
        receiver.wait(STOP_SECONDS)
    receiver.kill()
    receiver.wait()
    if receiver.stdout:
        receiver.stdout.close()
