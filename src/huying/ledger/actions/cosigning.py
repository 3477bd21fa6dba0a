"""What the witnesses answered."""

from datetime import UTC, datetime

from django.db import transaction

from huying.ledger.models import Checkpoint as Row
from huying.ledger.models import Cosignature, WitnessState
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.cosignatures import time_of
from huying.ledger.policy.notes import Signature
from huying.ledger.policy.unproven import Unproven


@transaction.atomic
def keep_cosignature(vkey: str, checkpoint: Checkpoint, signature: Signature, now: datetime) -> None:
    """Keep a checked cosignature; the sequencer publishes it. Raises Unproven for a tree we never signed."""
    row = Row.objects.filter(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root).first()
    if row is None:
        raise Unproven("数据库中没有该检查点")
    at = datetime.fromtimestamp(time_of(signature.value), UTC)
    Cosignature.objects.get_or_create(
        checkpoint=row, vkey=vkey, defaults={"line": signature.line(), "at": at}
    )
    WitnessState.objects.update_or_create(
        origin=checkpoint.origin,
        vkey=vkey,
        defaults={"size": checkpoint.size, "asked_at": now, "problem": "", "forked_at": None},
    )


@transaction.atomic
def keep_refusal(vkey: str, origin: str, problem: str, now: datetime, *, is_fork: bool) -> None:
    """Keep why a witness gave no cosignature, and since when it speaks of a fork.

    A fork stays told until the witness cosigns again: one that falls silent has taken nothing back.
    """
    row, _ = WitnessState.objects.select_for_update().get_or_create(
        origin=origin, vkey=vkey, defaults={"asked_at": now}
    )
    row.asked_at = now
    if is_fork or row.forked_at is None:
        row.problem = problem
    if is_fork:
        row.forked_at = row.forked_at or now
    row.save()
