"""Proofs for people to take home."""

from huying.database import hot
from huying.ledger import installation
from huying.ledger.models import Opening
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.leaves import read_leaf
from huying.ledger.policy.merkle import inclusion_proof
from huying.ledger.policy.notes import split_note
from huying.ledger.policy.proofs import Proof, verify_proof
from huying.ledger.policy.unproven import Unproven
from huying.shared.errors import Conflict

_NUMBER = "SELECT number FROM ledger_leaf WHERE entry_id = %s"


class NotYetPublished(Conflict):
    """The entry is written, but no published checkpoint covers it yet: at most a minute."""

    text = "该步骤尚未进入已公布的存证日志，请一分钟后再试。"


def number_of(entry_id: int) -> int | None:
    """Return the leaf number of an entry; None before the sequencer has met it."""
    found = hot.fetch(_NUMBER, [entry_id])
    return int(found[0][0]) if found else None


def published() -> str | None:
    """Return the last published checkpoint, a signed note; None before the first."""
    return installation.files().checkpoint()


def vkey() -> str:
    """Return the public key of this log, as verifiers write it."""
    return installation.signer().verifier.vkey


def vkeys() -> list[str]:
    """Return the public keys whose signatures our proofs carry: the log's, then each witness's."""
    return [vkey(), *(each.verifier.vkey for each in installation.witnesses())]


def opening(entry_id: int) -> dict[str, str] | None:
    """Return what opens an entry's commitment: salt (hex) and payload (canonical JSON); None when erased."""
    found = Opening.objects.filter(pk=entry_id).first()
    return {"salt": bytes(found.salt).hex(), "payload": found.payload} if found else None


def prove(entry_id: int) -> Proof:
    """Return the proof that an entry is in the published log, with the entry's bytes as extra data.

    Reads a handful of tiles whatever the size. Raises NotYetPublished when no checkpoint covers it, Unproven
    when the files do not hold it: then the log is damaged.
    """
    files, note, number = installation.files(), published(), number_of(entry_id)
    if note is None or number is None:
        raise NotYetPublished
    size = Checkpoint.read(split_note(note)[0]).size
    if number >= size:
        raise NotYetPublished
    entry = files.entry(number, size)
    if read_leaf(entry).id != entry_id:
        raise Unproven(f"日志第{number}条不是条目{entry_id}")
    proof = Proof(number, inclusion_proof(number, size, files.hashes(size)), note, entry)
    signer = installation.signer()
    verify_proof(proof, signer.name, [signer.verifier])  # what we hand out has been checked
    return proof
