"""The control of a machine reset: deadlines as timers in memory. timers.py URL arm|again"""

import sys
from threading import Timer

import psycopg

_DUE = "SELECT id, extract(epoch FROM due_at - clock_timestamp())::float8 FROM clocks_deadline"


def fire(url: str, deadline: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE clocks_deadline SET fired_at = clock_timestamp() WHERE id = %s", [deadline]
        )


def main(url: str, what: str) -> None:
    """Arm a timer for each deadline as it comes in; a process started again has heard of none."""
    if what == "arm":
        with psycopg.connect(url) as connection:
            for deadline, seconds in connection.execute(_DUE).fetchall():
                Timer(seconds, fire, [url, deadline]).start()
    sys.stdout.write("armed\n")
    sys.stdout.flush()
    sys.stdin.read()


main(*sys.argv[1:])
