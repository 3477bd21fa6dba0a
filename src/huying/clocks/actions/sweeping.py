"""Firing what is due, and the sweeper's own pulse."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huying.clocks.actions.firing import record_events
from huying.clocks.actions.ruling import settle_editions
from huying.clocks.models import SweeperState
from huying.clocks.policy import Guard, Reading, judge
from huying.database import hot
from huying.ledger.actions import record
from huying.org.policy import SYSTEM, Actor

_FIRE = """
WITH due AS (
    SELECT id FROM clocks_deadline
    WHERE state = 'running' AND fired_at IS NULL AND due_at <= %s
    ORDER BY due_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE clocks_deadline AS deadline SET fired_at = %s FROM due WHERE deadline.id = due.id
RETURNING case_number, stage, assignment_id, due_at, area_code, unit_id
"""
_WARN = """
WITH due AS (
    SELECT id FROM clocks_deadline
    WHERE state = 'running' AND fired_at IS NULL AND warned_at IS NULL
      AND warn_at <= %s AND due_at > %s
    ORDER BY warn_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE clocks_deadline AS deadline SET warned_at = %s FROM due WHERE deadline.id = due.id
RETURNING case_number, stage, assignment_id, due_at, area_code, unit_id
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many events one sweep fired."""

    warned: int
    fired: int


@transaction.atomic
def sweep(*, now: datetime, batch: int = 1_000) -> Swept:
    """Fire at most `batch` missed deadlines and as many warnings, with their ledger entries.

    Any number may run at once: rows another transaction holds are skipped and come with the next sweep.
    """
    settle_editions(now=now)
    fired = record_events("deadline_due", hot.fetch(_FIRE, [now, batch, now]), now=now)
    warned = record_events("deadline_warning", hot.fetch(_WARN, [now, now, batch, now]), now=now)
    return Swept(warned=warned, fired=fired)


@transaction.atomic
def beat(reading: Reading, *, worker: str) -> Guard:
    """Leave a pulse, compare the clocks, and halt or go on; both transitions stand in the ledger."""
    row = SweeperState.objects.select_for_update().get(pk=1)
    before = _guard(row)
    after = judge(before, reading)
    _keep(row, after)
    row.beat_at, row.worker = reading.wall, worker
    row.save()
    if bool(before.halted_at) != bool(after.halted_at):
        verb = "sweeper_halted" if after.halted_at else "sweeper_resumed"
        _record(verb, SYSTEM, reading.wall, after.skew_seconds)
    return after


@transaction.atomic
def resume_sweeper(*, actor: Actor, now: datetime) -> bool:
    """Trust the present clock again, on an operator's word; return False when the sweeper was not halted."""
    row = SweeperState.objects.select_for_update().get(pk=1)
    if row.halted_at is None:
        return False
    skew_seconds = row.skew_seconds
    _keep(row, Guard())
    row.save()
    _record("sweeper_resumed", actor, now, skew_seconds)
    return True


def _record(verb: str, actor: Actor, at: datetime, skew_seconds: float) -> None:
    record(at=at, actor=actor.key, verb=verb, subject="sweeper", payload={"skew_seconds": skew_seconds})


def _guard(row: SweeperState) -> Guard:
    anchor = None
    if row.anchor_wall is not None and row.anchor_ticks is not None:
        anchor = Reading(row.anchor_wall, row.anchor_ticks, row.anchor_boot)
    return Guard(anchor, row.halted_at, row.agreed_ticks, row.skew_seconds)


def _keep(row: SweeperState, guard: Guard) -> None:
    row.anchor_wall = guard.anchor.wall if guard.anchor else None
    row.anchor_ticks = guard.anchor.ticks if guard.anchor else None
    row.anchor_boot = guard.anchor.boot if guard.anchor else ""
    row.halted_at, row.agreed_ticks = guard.halted_at, guard.agreed_ticks
    row.skew_seconds = guard.skew_seconds
