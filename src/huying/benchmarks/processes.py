"""Processes of a measurement: on its database, with a home of their own, gone with it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from huying.config import parent

STOP_SECONDS = 30


@contextmanager
def home() -> Iterator[Path]:
    """Yield a folder for what processes keep beside the database: the true one holds the published log."""
    with TemporaryDirectory(prefix="huying-bench-") as folder:
        yield Path(folder)


@contextmanager
def running(
    arguments: Sequence[str], *, database_url: str, home: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python ARGUMENTS` meanwhile. It stops even when we are killed."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, *arguments],
        env=os.environ
        | {"HUYING_DATABASE_URL": database_url, "HUYING_HOME": str(home)}
        | {parent.VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
