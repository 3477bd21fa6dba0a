"""A write that carries an idempotency key happens once, however often it is sent."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from huying.cases.models import Answered
from huying.cases.policy.reports import MAX_KEY, fingerprint
from huying.org.policy import Actor
from huying.shared.errors import Incomplete, KeyReused
from huying.shared.sentences import Sentence


@transaction.atomic
def once(
    key: str, body: Mapping[str, object], act: Callable[[], bytes], *, actor: Actor, now: datetime
) -> bytes:
    """Return act()'s answer (JSON), or the answer it had when the same key and body came before.

    Key and act share one transaction: a refused act leaves no key behind. Two at the same moment
    wait for each other on the unique row. Raises KeyReused for another body under the key.
    """
    if len(key) > MAX_KEY:
        raise Incomplete(reason=Sentence("幂等键须为1至{max_key}个字符", max_key=MAX_KEY))
    mark = fingerprint(body)
    row, is_new = Answered.objects.get_or_create(
        actor=actor.key, key=key, defaults={"fingerprint": mark, "at": now}
    )
    if not is_new:
        if bytes(row.fingerprint) != mark:
            raise KeyReused(key=key)
        return str(row.answer).encode()
    answer = act()
    row.answer = answer.decode()
    row.save(update_fields=["answer"])
    return answer
