"""Reading the log."""

from collections.abc import Iterator

from django.db import connection

from huying.ledger.models import Entry, Opening
from huying.ledger.policy import commit
from huying.ledger.queries.witnessing import witnesses

_GAPS = """
SELECT '存证叶子有' || (max(number) + 1 - count(*)) || '个缺号'
FROM ledger_leaf HAVING max(number) + 1 <> count(*)
"""
# What older transactions wrote than any that was open when the sequencer last finished a round.
_LEFT_OUT = """
SELECT '存证条目' || e.id || '早已提交，却没有编入存证日志'
FROM ledger_sequencerstate AS s JOIN ledger_entry AS e ON e.written_by < s.complete_below
WHERE NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry_id = e.id) ORDER BY e.id
"""
_UNSIGNED = """
SELECT '已公布' || s.published || '条，存证叶子却只有' || l.leaves || '个'
FROM ledger_sequencerstate AS s, (SELECT coalesce(max(number) + 1, 0) AS leaves FROM ledger_leaf) AS l
WHERE s.published > l.leaves
"""
_HALTED = """
SELECT '存证日志自' || to_char(halted_at, 'YYYY-MM-DD HH24:MI') || '起停止签署：' || reason
FROM ledger_sequencerstate WHERE halted_at IS NOT NULL
"""


def history(subject: str) -> Iterator[Entry]:
    """Yield what was done to one thing, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("id").iterator()


def count(subject: str = "") -> int:
    """Return how many entries there are, for one subject or in all."""
    entries = Entry.objects.filter(subject=subject) if subject else Entry.objects
    return entries.count()


def violations() -> Iterator[str]:
    """Yield a sentence for each opening that does not fit, gap, entry left out, refusal to sign, and fork."""
    yield from _misfits()
    with connection.cursor() as cursor:
        for check in (_GAPS, _LEFT_OUT, _UNSIGNED, _HALTED):
            cursor.execute(check)
            yield from (sentence for (sentence,) in cursor.fetchall())
    for seen in witnesses():
        if seen.is_forked:
            yield f"见证人{seen.name}指出日志分叉：{seen.problem}"


def _misfits() -> Iterator[str]:
    rows = Opening.objects.values_list("entry_id", "salt", "payload", "entry__commitment")
    for entry_id, salt, payload, commitment in rows.iterator(chunk_size=5_000):
        if commit(bytes(salt), payload) != bytes(commitment):
            yield f"存证条目{entry_id}的内容与其承诺值不符"
