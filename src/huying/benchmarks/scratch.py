"""A database of its own for a measurement, on the server in use, dropped afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.core.management import call_command
from django.db import connection


@contextmanager
def database(address: str) -> Iterator[str]:
    """Yield the address of an empty, migrated database; meanwhile this process uses it too.

    address: of the database in use, "postgresql://…/name?…".
    """
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_bench_{os.getpid()}"
    connection.close()
    _run(f'CREATE DATABASE "{name}"')
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        _run(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
