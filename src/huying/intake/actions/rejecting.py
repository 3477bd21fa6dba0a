"""What is turned away leaves a record: enough to find the fault, nothing of what was said."""

import hmac
from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings

from huying.database import hot
from huying.intake.policy.rejections import MAX_SENTENCE, scrubbed

KEPT_PER_HOUR = 100  # records of one source; what comes above is counted only
PAUSE = timedelta(minutes=5)  # after a source was found at its cap, nobody asks again so long

# No ORM: the cap is looked at by the statement that inserts.
_KEEP = """
    INSERT INTO intake_rejected
        (at, source, way, line, status, reason, sentence, key_mark, body_mark, size)
    SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
    WHERE (SELECT count(*) FROM intake_rejected WHERE source = %s AND at > %s) < %s
    RETURNING id
"""
_full_until: dict[str, datetime] = {}  # sources at their cap, as this process found them


def reject(
    source: str,
    *,
    way: str,
    reason: str,
    sentence: str,
    now: datetime,
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
    key: str = "",
    body: bytes | None = None,
    size: int | None = None,
    line: int | None = None,
) -> bool:
    """Record that something was turned away; tell whether it was kept (False: the source is at its cap).

    reason: code of the refusal. size: bytes, where the body itself was not read. Counting it is another
    thing: `intake.counting`.
    """
    if now < _full_until.get(source, now):
        return False
    announced = len(body or b"") if size is None else size
    marks = [
        _mark(key.encode("utf-8", "surrogatepass")) if key else None,
        None if body is None else _mark(body),
    ]
    row = [now, source, way, line, int(status), reason, scrubbed(sentence)[:MAX_SENTENCE], *marks, announced]
    is_kept = bool(hot.fetch(_KEEP, [*row, source, now - timedelta(hours=1), KEPT_PER_HOUR]))
    if not is_kept:
        _full_until[source] = now + PAUSE
    return is_kept


def _mark(sent: bytes) -> bytes:
    """Return a keyed digest: its holder can check what a sender shows, nobody can guess it."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"rejected:" + sent, "sha256")
