"""How the log fares now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from huying.ledger.models import SequencerState
from huying.ledger.queries.leaves import leaf_count
from huying.ledger.queries.witnessing import WitnessStanding, witnesses

SILENCE = timedelta(seconds=60)  # without a pulse nobody is sequencing

_WAITING = """
SELECT count(*) FROM ledger_entry AS e WHERE NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry_id = e.id)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers and a verdict, for status and metrics."""

    origin: str
    leaves: int
    published: int
    published_at: datetime | None
    waiting: int  # entries without a leaf
    beat_at: datetime | None
    worker: str
    halted_at: datetime | None
    reason: str
    is_pulsing: bool  # a sequencer is at work
    is_well: bool
    witnesses: list[WitnessStanding]


def standing(now: datetime) -> Standing:
    """Return how sequencing fares. now: of the database's clock, with which pulses are stamped."""
    state = SequencerState.objects.filter(pk=1).first() or SequencerState()
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        (waiting,) = cursor.fetchone()
    is_alive = state.beat_at is not None and now - state.beat_at < SILENCE
    seen_by = witnesses()
    is_well = is_alive and state.halted_at is None and not any(each.is_forked for each in seen_by)
    return Standing(
        state.origin, leaf_count(), state.published, state.published_at, waiting, state.beat_at, state.worker,
        state.halted_at, state.reason, is_alive, is_well, seen_by,
    )  # fmt: skip
