"""Rules of the log: what an entry holds, the tree over the entries, and what proves either. Pure."""

from huying.ledger.policy.checkpoints import Checkpoint, open_checkpoint
from huying.ledger.policy.entries import Entry, Seal, commit, seal
from huying.ledger.policy.leaves import Written, leaf_bytes, read_leaf
from huying.ledger.policy.merkle import leaf_hash
from huying.ledger.policy.notes import Ed25519Signer, Ed25519Verifier, open_note, sign
from huying.ledger.policy.proofs import Proof, parse_proof, verify_proof
from huying.ledger.policy.unproven import Unproven

__all__ = [
    "Checkpoint",
    "Ed25519Signer",
    "Ed25519Verifier",
    "Entry",
    "Proof",
    "Seal",
    "Unproven",
    "Written",
    "commit",
    "leaf_bytes",
    "leaf_hash",
    "open_checkpoint",
    "open_note",
    "parse_proof",
    "read_leaf",
    "seal",
    "sign",
    "verify_proof",
]
