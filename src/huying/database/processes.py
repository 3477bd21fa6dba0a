"""Which processes belong to one server: asked of the kernel, since a pid file outlives its process.

PostgreSQL takes any process of its user that carries the number in its pid file for a running server, be it
dead and not yet reaped (nobody reaps in many containers) or a stranger that got the number later.
"""

import os
import signal
import time
from pathlib import Path

PROC = Path("/proc")
ORPHANS_LEAVE_SECONDS = 20  # a backend without postmaster leaves by itself at its next wait


def of_server(data: Path, name: str) -> set[int]:
    """Return the living processes of the server on `data` whose cluster_name is `name`."""
    return {pid for pid in _all() if _belongs(_command_line(pid), data, name)}


def postmaster(data: Path, name: str) -> int | None:
    """Return the process id of the server when it lives."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    if PROC.exists():
        return pid if _belongs(_command_line(pid), data, name) else None
    return pid if _exists(pid) else None


def clear_remains(data: Path, socket: Path, name: str) -> None:
    """After a crash: wait for the last processes of the dead server, then take its lock files away.

    Call only under the cluster's lock and when `postmaster` is None. Without /proc PostgreSQL decides.
    """
    if not PROC.exists():
        return
    patience = time.monotonic() + ORPHANS_LEAVE_SECONDS
    while orphans := of_server(data, name):
        if time.monotonic() > patience:
            _kill(orphans)
        time.sleep(0.05)
    for lock in (data / "postmaster.pid", socket / ".s.PGSQL.5432.lock", socket / ".s.PGSQL.5432"):
        lock.unlink(missing_ok=True)


def _all() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> list[str]:
    """Return the words of the process's command; none for a zombie or one that is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _belongs(words: list[str], data: Path, name: str) -> bool:
    if not words:
        return False
    is_postmaster = words[0].endswith("postgres") and str(data) in words
    return is_postmaster or words[0].startswith(f"postgres: {name}: ")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _kill(pids: set[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
