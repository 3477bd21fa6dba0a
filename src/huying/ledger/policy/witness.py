"""What a witness answers to a checkpoint. Source: c2sp.org/tlog-witness v1.0.0.

The checks come in the order of the standard's text: who asks, where from, whether the old tree is a prefix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.merkle import EMPTY_ROOT, LENGTH, verify_consistency
from huying.ledger.policy.notes import Verifier, open_note, split_note
from huying.ledger.policy.unproven import Unproven, from_base64, to_base64, to_number

MOST_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
OLD = "old "


@dataclass(frozen=True, slots=True)
class Request:
    """A checkpoint, and the proof that the tree of `old` leaves is its beginning."""

    old: int
    proof: tuple[bytes, ...]
    note: str  # the signed checkpoint

    def text(self) -> str:
        lines = "".join(f"{to_base64(value)}\n" for value in self.proof)
        return f"{OLD}{self.old}\n{lines}\n{self.note}"

    @property
    def checkpoint(self) -> Checkpoint:
        """Raises Unproven when the note holds none."""
        return Checkpoint.read(split_note(self.note)[0])


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. Only with status 200 is the checkpoint kept, then cosigned."""

    status: int
    reason: str = ""
    size: int | None = None  # with status 409: the size last cosigned


def read_request(text: str) -> Request:
    """Return the request, its checkpoint well formed but nothing verified. Raises Unproven."""
    head, mark, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if not mark or not first.startswith(OLD):
        raise Unproven("请求应以“old 大小”开头，空行之后是检查点")
    if len(lines) > MOST_HASHES:
        raise Unproven("一致性证明过长")
    proof = tuple(from_base64(line, "哈希值", LENGTH) for line in lines)
    request = Request(to_number(first.removeprefix(OLD), "树的大小"), proof, note)
    request.checkpoint  # noqa: B018  # raises
    return request


def decide(
    request: Request, known: Mapping[str, Checkpoint], trusted: Mapping[str, Sequence[Verifier]]
) -> Decision:
    """Return what to answer. known: origin → last cosigned checkpoint; trusted: origin → the log's keys."""
    new = request.checkpoint
    if new.origin not in trusted:
        return Decision(404, "没有登记这个日志")
    if reason := _not_signed(request.note, trusted[new.origin]):
        return Decision(403, reason)
    if request.old > new.size:
        return Decision(400, "旧大小大于新大小")
    last = known.get(new.origin, Checkpoint(new.origin, 0, EMPTY_ROOT))
    if request.old != last.size:
        return Decision(409, "旧大小与已见证的不同", last.size)
    if new.size == last.size and new.size and new.root != last.root:
        return Decision(409, "大小相同，树根不同：日志分叉", last.size)
    if reason := _inconsistent(last, new, request.proof):
        return Decision(422, reason)
    return Decision(200)


def _not_signed(note: str, verifiers: Sequence[Verifier]) -> str:
    try:
        open_note(note, verifiers)
    except Unproven as error:
        return str(error)
    return ""


def _inconsistent(last: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> str:
    if last.size == 0:  # every tree begins with the empty one: there is nothing to prove
        is_plain = not proof and (new.size > 0 or new.root == EMPTY_ROOT)
        return "" if is_plain else "空树之后不应有证明，空树的树根不对"
    try:
        verify_consistency(last.size, new.size, last.root, new.root, proof)
    except Unproven as error:
        return str(error)
    return ""
