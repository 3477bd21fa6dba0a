"""Does it add up? For each outlet: created = delivered + pending + running + dead."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from huying.messages.states import OutletKind, Topic

STUCK = timedelta(minutes=10)  # a message may wait so long untried
SHOWN = 100  # dead letters on a page

_ACCOUNTS = """
WITH made AS (
    SELECT outlet_id, sum(created) AS created FROM outbox_tally GROUP BY outlet_id
), kept AS (
    SELECT outlet_id, count(*) FILTER (WHERE state = 'delivered') AS delivered,
           count(*) FILTER (WHERE state = 'pending') AS pending,
           count(*) FILTER (WHERE state = 'running') AS running,
           count(*) FILTER (WHERE state = 'dead') AS dead
    FROM outbox_message GROUP BY outlet_id
)
SELECT outlet.name, outlet.kind, outlet.active, coalesce(created, 0)::bigint, coalesce(delivered, 0),
       coalesce(pending, 0), coalesce(running, 0), coalesce(dead, 0)
FROM outbox_outlet AS outlet
LEFT JOIN made ON made.outlet_id = outlet.id LEFT JOIN kept ON kept.outlet_id = outlet.id
ORDER BY outlet.name
"""
_STUCK = """
SELECT outlet.name, count(*)
FROM outbox_message AS message
JOIN outbox_outlet AS outlet ON outlet.id = message.outlet_id
JOIN outbox_pace AS pace ON pace.outlet_id = outlet.id
WHERE (state = 'pending' AND greatest(next_attempt_at, pace.blocked_until, pace.tried_at) < %(since)s)
   OR (state = 'running' AND claimed_at < %(since)s)
GROUP BY outlet.name ORDER BY outlet.name
"""
_DEAD = """
SELECT outlet.name, message.topic, message.subject, message.attempt, message.last_error, message.ended_at
FROM outbox_message AS message JOIN outbox_outlet AS outlet ON outlet.id = message.outlet_id
WHERE state = 'dead' ORDER BY message.id DESC LIMIT %s
"""
_OUTLETS = """
SELECT outlet.id, outlet.name, outlet.kind, outlet.active, outlet.area_code, outlet.unit_id, outlet.topics,
       pace.failures, pace.blocked_until
FROM outbox_outlet AS outlet JOIN outbox_pace AS pace ON pace.outlet_id = outlet.id ORDER BY outlet.name
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one outlet. created is counted when messages are made, the rest when it is asked."""

    name: str
    kind: OutletKind
    active: bool
    created: int
    delivered: int
    pending: int
    running: int
    dead: int

    @property
    def difference(self) -> int:
        return self.created - self.delivered - self.pending - self.running - self.dead


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, and why."""

    outlet: str
    topic: Topic
    subject: str
    attempt: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet without its secrets."""

    id: int
    name: str
    kind: OutletKind
    active: bool
    area_code: str
    unit_id: int | None
    topics: tuple[Topic, ...]
    failures: int  # in a row
    blocked_until: datetime | None


def accounts() -> list[Account]:
    """Return the account of every outlet, closed ones too, as of one moment."""
    return [
        Account(name, OutletKind(kind), active, *counts)
        for name, kind, active, *counts in _rows(_ACCOUNTS, [])
    ]


def dead_letters() -> list[DeadLetter]:
    """Return the newest messages that were given up."""
    return [
        DeadLetter(outlet, Topic(topic), subject, attempt, reason, at)
        for outlet, topic, subject, attempt, reason, at in _rows(_DEAD, [SHOWN])
    ]


def outlets() -> list[OutletRow]:
    """Return every outlet, by name."""
    return [
        OutletRow(pk, name, OutletKind(kind), active, area, unit, tuple(map(Topic, topics)), *pace)
        for pk, name, kind, active, area, unit, topics, *pace in _rows(_OUTLETS, [])
    ]


def violations(at: datetime) -> Iterator[str]:
    """Yield a sentence for each outlet whose account does not add up or whose messages nobody tries."""
    for each in accounts():
        if each.difference:
            yield (
                f"渠道“{each.name}”账不平：生成{each.created}条，送达{each.delivered}、待发{each.pending}、"
                f"发送中{each.running}、未送达{each.dead}，相差{each.difference}条"
            )
    for name, count in _rows(_STUCK, {"since": at - STUCK}):
        yield f"渠道“{name}”有{count}条通知超过10分钟无人发送"


def _rows(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
