"""A command that uses the embedded database, as a process of its own.

command.py HOME [USER]: lease, say "ready", wait for the end of the input, leave. Root becomes USER first.
"""

import os
import pwd
import shutil
import sys
from pathlib import Path

import psycopg

from huying.database import binaries
from huying.database.cluster import Cluster


def own_programs(beside: Path) -> None:
    """Give a user who cannot enter root's packages a copy of the programs, as an installation of his own."""
    installs = binaries.installs()
    if all(folder.stat().st_mode & 0o001 for install in installs.values() for folder in install.parents):
        return
    packages = beside / "packages"
    copies = {
        version: packages / install.relative_to(install.parents[1]) for version, install in installs.items()
    }
    for version, install in installs.items():
        shutil.copytree(install, copies[version], dirs_exist_ok=True)
        libraries = f"{install.parent.name}.libs"
        shutil.copytree(install.parents[1] / libraries, packages / libraries, dirs_exist_ok=True)
    binaries.installs = lambda: copies


def become(name: str) -> None:
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def main(home: str, user: str = "") -> None:
    if user:
        own_programs(Path(home).parent.parent)
        become(user)
    cluster = Cluster(Path(home))
    with cluster.lease():
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("select 1")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


main(*sys.argv[1:])
