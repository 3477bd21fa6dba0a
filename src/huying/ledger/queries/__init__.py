"""Reading the log: histories, the tree, proofs, and whether all of it still fits together."""

from huying.ledger.queries.proving import NotYetPublished, number_of, opening, prove, published, vkey, vkeys
from huying.ledger.queries.reading import count, history, violations
from huying.ledger.queries.standing import Standing, standing
from huying.ledger.queries.verifying import Verified, verify
from huying.ledger.queries.witnessing import WitnessStanding, witnesses

__all__ = [
    "NotYetPublished",
    "Standing",
    "Verified",
    "WitnessStanding",
    "count",
    "history",
    "number_of",
    "opening",
    "prove",
    "published",
    "standing",
    "verify",
    "violations",
    "vkey",
    "vkeys",
    "witnesses",
]
