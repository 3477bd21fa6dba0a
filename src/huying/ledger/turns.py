"""A turn that one worker at a time holds, as long as its database session lives."""

from django.db import connection


class Held:
    """A session's hold of an advisory lock. It falls free by itself when the session ends."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.session: object = None  # the session that holds the turn

    def is_ours(self) -> bool:
        """Hold or take the turn."""
        if self.session is not None and self.session is connection.connection:
            return True
        self.drop()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [self.key])
            is_ours = bool(cursor.fetchone()[0])
        self.session = connection.connection if is_ours else None
        return is_ours

    def drop(self) -> None:
        """Forget that we hold it."""
        self.session = None
