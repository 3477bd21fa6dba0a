"""How far the witnesses have followed."""

from dataclasses import dataclass
from datetime import datetime

from huying.ledger import installation
from huying.ledger.models import Cosignature, SequencerState, WitnessState


@dataclass(frozen=True, slots=True)
class WitnessStanding:
    """One configured witness, for status and metrics."""

    name: str
    size: int  # of the last checkpoint it cosigned
    behind: int  # published entries above it
    asked_at: datetime | None
    problem: str
    is_forked: bool


def witnesses() -> list[WitnessStanding]:
    """Return every configured witness, also one never reached."""
    configured = installation.witnesses()
    if not configured:
        return []
    kept = {row.vkey: row for row in WitnessState.objects.filter(origin=installation.origin())}
    published = SequencerState.objects.values_list("published", flat=True).first() or 0
    return [_standing(each, kept.get(each.verifier.vkey), published) for each in configured]


def cosigned_size(origin: str, vkey: str) -> int:
    """Return the size of the last checkpoint the witness cosigned; 0 before the first."""
    found = WitnessState.objects.filter(origin=origin, vkey=vkey).values_list("size", flat=True).first()
    return found or 0


def has_cosigned(origin: str, size: int, vkey: str) -> bool:
    """Return whether the witness's line for that checkpoint is kept."""
    found = Cosignature.objects.filter(checkpoint__origin=origin, checkpoint__size=size, vkey=vkey)
    return found.exists()


def _standing(witness: installation.Witness, row: WitnessState | None, published: int) -> WitnessStanding:
    name = witness.verifier.name
    if row is None:
        return WitnessStanding(name, 0, published, None, "", is_forked=False)
    behind = max(published - row.size, 0)
    return WitnessStanding(
        name, row.size, behind, row.asked_at, row.problem, is_forked=row.forked_at is not None
    )
