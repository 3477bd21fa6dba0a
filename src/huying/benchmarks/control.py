"""What the server can do at best: raw statements on the database of the same run, sent by pgbench or here."""

import os
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from huying.database import binaries

MOST_CLIENTS = 64  # of pgbench: it is quickest with so many, and the server takes 100


def per_second(script: str, *, clients: int, seconds: float) -> float:
    """Return how often a second pgbench runs the script, waits between the clients' statements excluded.

    clients: no more than MOST_CLIENTS are taken.
    """
    return float(_line(_pgbench(script, clients, seconds), "tps").split("=")[1].split()[0])


def average_ms(script: str, *, clients: int, seconds: float) -> float:
    """Return the mean time of one run of the script."""
    return float(_line(_pgbench(script, clients, seconds), "latency average").split("=")[1].split()[0])


def execute(*statements: str) -> None:
    """Run statements one after another, each committed by itself."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _pgbench(script: str, clients: int, seconds: float) -> str:
    newest = max(binaries.installs().items(), key=lambda item: int(item[0]))[1]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        amount = ["-c", str(min(clients, MOST_CLIENTS)), "-j", "2", "-T", str(max(round(seconds), 1))]
        command = [str(Path(newest) / "bin" / "pgbench"), "-n", "-M", "prepared", *amount, "-f", file.name]
        done = subprocess.run(  # noqa: S603  # our own command
            command, env=_libpq(), capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(f"pgbench: {done.stderr[-500:]}")
    return done.stdout


def _line(output: str, start: str) -> str:
    return next(line for line in output.splitlines() if line.startswith(start))


def _libpq() -> dict[str, str]:
    """Return an environment in which libpq finds the database; a password never stands in a command."""
    there = connection.settings_dict
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    return os.environ | {name: str(there[key]) for name, key in names.items() if there[key]}
