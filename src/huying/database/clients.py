"""PostgreSQL's own client programs for backups, run by us against any server that is not newer than they are.

Source: PostgreSQL documentation, pg_basebackup and pg_receivewal, "Notes": they work with older servers.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from huying.database import binaries
from huying.shared.errors import Unavailable

APPLICATION = "huying_archive"  # what the server calls the receiver in pg_stat_replication


def command(url: str, program: str, arguments: Sequence[str | Path]) -> tuple[list[str], dict[str, str]]:
    """Return words and environment of a client; the password stands in the environment only."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password", None) or "")
    address = make_conninfo("", **{**parts, "application_name": APPLICATION})
    words = [str(_folder() / program), "-w", "-d", address, *map(str, arguments)]
    return words, {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password}


def start(url: str, program: str, arguments: Sequence[str | Path]) -> subprocess.Popen[str]:
    """Start a client; what it says comes by its stdout."""
    words, environment = command(url, program, arguments)
    return subprocess.Popen(  # noqa: S603  # fixed programs
        words,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C reaches us, and we end it
        umask=0o077,
    )


def refuse_newer(connection: psycopg.Connection) -> None:
    """Raise Unavailable when the server is newer than our programs."""
    ours = int(_folder().parent.name.removeprefix("pginstall"))
    theirs = connection.info.server_version // 10_000
    if theirs > ours:
        raise Unavailable(reason=f"数据库是 PostgreSQL {theirs}，备份程序只支持到 {ours}")


def _folder() -> Path:
    installs = binaries.installs()
    if not installs:
        raise Unavailable(reason="没有 PostgreSQL 的备份程序")
    return installs[max(installs, key=int)] / "bin"
