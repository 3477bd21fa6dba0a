"""A checkpoint: which log, how many leaves, which root. Source: c2sp.org/tlog-checkpoint v1.0.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from huying.ledger.policy.merkle import LENGTH
from huying.ledger.policy.notes import Verifier, open_note
from huying.ledger.policy.unproven import Unproven, from_base64, to_base64, to_number


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says about itself; it counts only inside a signed note."""

    origin: str  # names the log for ever: "log.example.gov.cn/jd01"
    size: int
    root: bytes  # 32 bytes

    def text(self) -> str:
        """Return the three lines that are signed. We write no extension lines: nobody could audit them."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the checkpoint of a note's text; extension lines of other logs are ignored."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise Unproven("检查点应有日志名、大小、树根三行")
        return cls(lines[0], to_number(lines[1], "树的大小"), from_base64(lines[2], "树根", LENGTH))


def open_checkpoint(note: str, origin: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """Return the checkpoint of a note signed by one of `verifiers`.

    Raises Unproven when it is not signed, or speaks of another log.
    """
    checkpoint = Checkpoint.read(open_note(note, verifiers).text)
    if checkpoint.origin != origin:
        raise Unproven(f"检查点属于另一日志：{checkpoint.origin}")
    return checkpoint
