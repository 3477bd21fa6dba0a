"""The way of a message out of the house: claimed, told, completed; taken back from who died over it.

`attempt` is the fencing token: a claim raises it, and only who holds the last one may complete. A worker that
was frozen and thaws finds its completion refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection, transaction

from huying.database import hot
from huying.messages.models import Pace
from huying.messages.policy import pace as rules
from huying.messages.policy.pace import ATTEMPTS, DIGEST, LEASE, LONGEST_WAIT, RATES, Bucket
from huying.messages.policy.verdicts import Verdict
from huying.messages.states import MessageState, Outcome

LONGEST_REFUSAL = timedelta(hours=2)  # no block is meant to be longer: the clock was set back
TALLIES = 1_000  # rows that are added up
ADDING_UP = 0x68757969_6E67_0002  # advisory lock key: "huying", 2

# The outlet that has waited longest among those that may be spoken to and have something to be told.
_OUTLET = """
SELECT pace.outlet_id, outlet.name, outlet.kind, outlet.sealed,
       pace.tokens, pace.filled_at, pace.blocked_until, pace.failures
FROM outbox_pace AS pace JOIN outbox_outlet AS outlet ON outlet.id = pace.outlet_id
WHERE outlet.active
  AND (pace.blocked_until IS NULL OR pace.blocked_until <= %s OR pace.blocked_until > %s)
  AND EXISTS (
      SELECT FROM outbox_message AS message
      WHERE message.outlet_id = pace.outlet_id AND state = 'pending' AND next_attempt_at <= %s
  )
ORDER BY pace.tried_at NULLS FIRST LIMIT 1
FOR NO KEY UPDATE OF pace SKIP LOCKED
"""
_DUE = """
SELECT id FROM outbox_message
WHERE outlet_id = %s AND state = 'pending' AND next_attempt_at <= %s
ORDER BY next_attempt_at, id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
_CLAIM = """
UPDATE outbox_message SET state = 'running', attempt = attempt + 1, claimed_at = %s, claimed_by = %s
WHERE id = ANY(%s)
RETURNING id, attempt, attempt - forgiven, topic, subject, facts
"""
_COMPLETE = """
UPDATE outbox_message AS message
SET state = done.state, next_attempt_at = coalesce(done.next_attempt_at, message.next_attempt_at),
    receipt = done.receipt, last_error = done.last_error, ended_at = done.ended_at
FROM json_to_recordset(%s::json) AS done(
    id uuid, attempt int, state text, next_attempt_at timestamptz, receipt text, last_error text,
    ended_at timestamptz
)
WHERE message.id = done.id AND message.attempt = done.attempt AND message.state = 'running'
RETURNING message.id
"""
_TAKE_BACK = """
UPDATE outbox_message
SET state = CASE WHEN attempt - forgiven >= %(attempts)s THEN 'dead' ELSE 'pending' END,
    ended_at = CASE WHEN attempt - forgiven >= %(attempts)s THEN %(now)s::timestamptz END,
    next_attempt_at = %(now)s, last_error = '发送进程中断，没有得到结果'
WHERE id IN (
    SELECT id FROM outbox_message
    WHERE state = 'running' AND (claimed_at < %(stale)s OR claimed_at > %(future)s)
    FOR UPDATE SKIP LOCKED
)
"""
_HASTEN = """
UPDATE outbox_message SET next_attempt_at = %(now)s
WHERE id IN (
    SELECT id FROM outbox_message
    WHERE state = 'pending' AND next_attempt_at > %(now)s AND (attempt = 0 OR next_attempt_at > %(latest)s)
    FOR UPDATE SKIP LOCKED
)
"""
_END_CLOSED = """
UPDATE outbox_message SET state = 'dead', ended_at = %(now)s, last_error = '渠道已停用'
WHERE id IN (
    SELECT message.id FROM outbox_message AS message JOIN outbox_outlet AS outlet ON outlet.id = outlet_id
    WHERE NOT outlet.active AND state = 'pending'
    FOR UPDATE OF message SKIP LOCKED
)
"""
_MAY_ADD_UP = "SELECT count(*) > %s AND pg_try_advisory_xact_lock(%s) FROM outbox_tally"
_ADD_UP = """
WITH gone AS (DELETE FROM outbox_tally RETURNING outlet_id, created)
INSERT INTO outbox_tally (outlet_id, created) SELECT outlet_id, sum(created) FROM gone GROUP BY outlet_id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One message held. attempt: its fencing token; tried: how often, since it was last revived."""

    id: UUID
    attempt: int
    tried: int
    topic: str
    subject: str
    facts: dict[str, object]


@dataclass(frozen=True, slots=True)
class Load:
    """What goes into one request: one message, or the messages of a digest."""

    outlet_id: int
    name: str
    kind: str
    sealed: bytes
    claims: tuple[Claim, ...]


@transaction.atomic
def claim(*, worker: str, now: datetime) -> Load | None:
    """Take what goes into the next request of the outlet that has waited longest; None = nothing is due.

    Lock: the pace of the outlet, then its messages; both are skipped where another worker holds them.
    """
    found = hot.fetch(_OUTLET, [now, now + LONGEST_REFUSAL, now])
    if not found:
        return None
    outlet_id, name, kind, sealed, *fields = found[0]
    bucket = Bucket(*fields).filled(RATES[kind], now)
    due = [number for (number,) in hot.fetch(_DUE, [outlet_id, now, DIGEST])]
    if due and bucket.tokens >= 1:
        due = due[: rules.share(len(due), bucket.tokens)]
        bucket = bucket.taken()
    else:
        due = []
    _keep(outlet_id, bucket.rested(RATES[kind], now), tried_at=now)
    if not due:
        return None
    rows = sorted(hot.fetch(_CLAIM, [now, worker, due]), key=lambda row: due.index(row[0]))
    return Load(outlet_id, name, kind, bytes(sealed), tuple(_claim(*row) for row in rows))


def _claim(number: UUID, attempt: int, tried: int, topic: str, subject: str, facts: str) -> Claim:
    return Claim(number, attempt, tried, topic, subject, orjson.loads(facts))


@transaction.atomic
def complete(load: Load, verdict: Verdict, *, now: datetime, jitter: float) -> int:
    """Write what came of a request; return for how many messages it still counted.

    Fewer than were claimed when the claim had grown old and another worker took it.
    Lock: the messages, then the pace of the outlet.
    """
    rows = [_ended(each, verdict, now, jitter) for each in load.claims]
    counted = hot.fetch(_COMPLETE, [hot.as_json(rows)])
    held = Pace.objects.select_for_update(no_key=True).get(pk=load.outlet_id)
    bucket = Bucket(held.tokens, held.filled_at, held.blocked_until, held.failures)
    rate = RATES[load.kind]
    after = bucket.after(verdict.outcome, rate, now, asked=verdict.wait_seconds, jitter=jitter)
    _keep(load.outlet_id, after)
    return len(counted)


def _ended(held: Claim, verdict: Verdict, now: datetime, jitter: float) -> hot.Row:
    state, wait = _next(held.tried, verdict, jitter)
    is_ended = state in (MessageState.DELIVERED, MessageState.DEAD)
    return {
        "id": held.id,
        "attempt": held.attempt,
        "state": state,
        "next_attempt_at": None if is_ended else now + wait,
        "receipt": verdict.text if state is MessageState.DELIVERED else "",
        "last_error": "" if state is MessageState.DELIVERED else verdict.text,
        "ended_at": now if is_ended else None,
    }


def _next(tried: int, verdict: Verdict, jitter: float) -> tuple[MessageState, timedelta]:
    """Return the state after a verdict and, where it is tried again, the wait.

    A rate limit is not the message's fault: it never kills it.
    """
    wait = max(rules.wait_after(tried, jitter), timedelta(seconds=verdict.wait_seconds))
    if verdict.outcome is Outcome.DELIVERED:
        return MessageState.DELIVERED, wait
    if verdict.outcome is Outcome.REFUSED or (verdict.outcome is Outcome.LATER and tried >= ATTEMPTS):
        return MessageState.DEAD, wait
    return MessageState.PENDING, wait


@transaction.atomic
def reap(*, now: datetime) -> int:
    """Take back the claims of dead workers; return how many.

    Also: what waits longer than any wait is due now (the clock was set back), what was queued for a closed
    outlet is given up, and the tallies are added up when they are many. Lock: messages nobody else holds.
    """
    facts: dict[str, int | datetime] = {
        "now": now,
        "attempts": ATTEMPTS,
        "stale": now - LEASE,
        "future": now + LEASE,
        "latest": now + LONGEST_WAIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, facts)
        taken: int = cursor.rowcount
        cursor.execute(_HASTEN, facts)
        cursor.execute(_END_CLOSED, facts)
        cursor.execute(_MAY_ADD_UP, [TALLIES, ADDING_UP])
        if cursor.fetchone()[0]:
            cursor.execute(_ADD_UP)
    return taken


def _keep(outlet_id: int, bucket: Bucket, **others: object) -> None:
    Pace.objects.filter(pk=outlet_id).update(
        tokens=bucket.tokens,
        filled_at=bucket.filled_at,
        blocked_until=bucket.blocked_until,
        failures=bucket.failures,
        **others,
    )
