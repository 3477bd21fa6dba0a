"""The proof a person takes home: one entry, its path, a checkpoint. Source: c2sp.org/tlog-proof@v1."""

from collections.abc import Sequence
from dataclasses import dataclass

from huying.ledger.policy.checkpoints import Checkpoint, open_checkpoint
from huying.ledger.policy.merkle import LENGTH, leaf_hash, verify_inclusion
from huying.ledger.policy.notes import Verifier
from huying.ledger.policy.unproven import Unproven, from_base64, to_base64, to_number

HEADER = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63  # levels of a tree whose size fits 63 bits
SUFFIX = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is number `index` of the log. Ours carry the entry's bytes in `extra`."""

    index: int
    hashes: tuple[bytes, ...]  # the leaf's sibling first
    checkpoint: str  # the signed note, as the log published it
    extra: bytes = b""  # not authenticated by itself

    def text(self) -> str:
        extra = f"extra {to_base64(self.extra)}\n" if self.extra else ""
        path = "".join(f"{to_base64(value)}\n" for value in self.hashes)
        return f"{HEADER}\n{extra}index {self.index}\n{path}\n{self.checkpoint}"


def parse_proof(text: str) -> Proof:
    """Return the proof, not yet verified. Raises Unproven when the text is none."""
    head, mark, note = text.partition("\n\n")
    lines = head.split("\n")
    if not mark or lines.pop(0) != HEADER:
        raise Unproven("不是存证证明文件")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), "附加数据")
    if not lines or not lines[0].startswith("index "):
        raise Unproven("存证证明缺少序号")
    index = to_number(lines.pop(0).removeprefix("index "), "序号")
    if len(lines) > MOST_HASHES:
        raise Unproven("包含证明过长")
    return Proof(index, tuple(from_base64(line, "哈希值", LENGTH) for line in lines), note, extra)


def verify_proof(
    proof: Proof, origin: str, verifiers: Sequence[Verifier], entry: bytes | None = None
) -> Checkpoint:
    """Return the checkpoint under which the entry is in the log.

    entry: what should be there; None takes the entry the proof carries. Raises Unproven when it is not shown.
    """
    checkpoint = open_checkpoint(proof.checkpoint, origin, verifiers)
    leaf = leaf_hash(proof.extra if entry is None else entry)
    verify_inclusion(proof.index, checkpoint.size, leaf, proof.hashes, checkpoint.root)
    return checkpoint
