"""The only writes of the log: recording what was done; numbering, filing and signing it."""

from huying.ledger.actions.cosigning import keep_cosignature, keep_refusal
from huying.ledger.actions.opening import Fork, rebuild
from huying.ledger.actions.recording import NEXT_ID, record, record_many, sealed
from huying.ledger.actions.sequencing import Overtaken, Sequencer, Step, halt

__all__ = [
    "NEXT_ID",
    "Fork",
    "Overtaken",
    "Sequencer",
    "Step",
    "halt",
    "keep_cosignature",
    "keep_refusal",
    "rebuild",
    "record",
    "record_many",
    "sealed",
]
