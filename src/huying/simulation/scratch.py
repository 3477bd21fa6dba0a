"""A database beside the real one, for trying policies. It is dropped at the end.

What is tried must not soil the real cases, their numbers or the ledger, which forgets nothing; so it gets a
database of its own on the same server, and a process of its own, in which nothing of the other is remembered.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeVar

from django.core.management import call_command
from django.db import ProgrammingError, connection

from huying.shared.errors import Unavailable

Answer = TypeVar("Answer")


@contextmanager
def scratch(template: str = "") -> Iterator[str]:
    """Have a database meanwhile and yield its name. template: one to copy, "" = an empty one.

    Raises Unavailable when the user of the database may not create any.
    """
    name = f"huying_scratch_{os.getpid()}_{'copy' if template else 'first'}"
    copy = f' TEMPLATE "{template}"' if template else ""
    try:
        _run(f'CREATE DATABASE "{name}"{copy}')
    except ProgrammingError as error:
        raise Unavailable(reason="数据库用户没有新建数据库的权限，无法试算") from error
    try:
        yield name
    finally:
        _run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def inside(name: str, act: Callable[[], Answer]) -> Answer:
    """Return what `act` returns when it runs in a process that knows the database `name` only."""
    connection.close()  # no session may be shared with a child
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, name, act))
    child.start()
    theirs.close()
    try:
        answer = ours.recv()
    finally:
        child.join()
    if isinstance(answer, BaseException):
        raise answer
    found: Answer = answer
    return found


def _answer(pipe: Connection, name: str, act: Callable[[], Answer]) -> None:
    connection.settings_dict["NAME"] = name
    try:
        pipe.send(act())
    except Exception as error:  # the first process tells the user
        pipe.send(error)
    finally:
        connection.close()


def migrate() -> None:
    """Make the tables of a new database."""
    call_command("migrate", verbosity=0, interactive=False)
