"""A digest over every table, to show that a refusal changed nothing."""

from collections.abc import Mapping

from django.db import connection

UNTOUCHED_BY = frozenset({"intake_rejected"})  # the record of the refusal itself

_DIGEST = """
SELECT '{0}', count(*), coalesce(md5(string_agg(md5(each::text), '' ORDER BY md5(each::text))), '')
FROM "{0}" AS each
"""


def digests() -> Mapping[str, tuple[int, str]]:
    """Return for each table how many rows it has and a digest of them all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall() if name not in UNTOUCHED_BY]
        cursor.execute(" UNION ALL ".join(_DIGEST.format(table) for table in tables))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}
