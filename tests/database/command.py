"""A command that uses the embedded database, as a process of its own.

command.py HOME [USER]: lease, say "ready", wait for the end of the input, leave. Root becomes USER first.
"""

import os
import pwd
import sys
from pathlib import Path

import psycopg

from huying.database.cluster import Cluster


def become(name: str) -> None:
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def main(home: str, user: str = "") -> None:
    if user:
        become(user)
    cluster = Cluster(Path(home))
    with cluster.lease():
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("select 1")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


main(*sys.argv[1:])
