"""Asking the witnesses: one loop in each worker, one of which holds the turn. Publishing never waits.

What a witness signs is kept in the database; the sequencer puts it under the published checkpoint, so
only one writes that file.
"""

import logging
from dataclasses import dataclass
from threading import Event
from time import monotonic

import httpx
from django.db import connection
from django.utils.timezone import now

from huying.ledger import installation, queries
from huying.ledger.actions import keep_cosignature, keep_refusal
from huying.ledger.installation import Witness
from huying.ledger.policy import Checkpoint, Unproven, open_checkpoint
from huying.ledger.policy.cosignatures import answered
from huying.ledger.policy.merkle import consistency_proof
from huying.ledger.policy.unproven import to_number
from huying.ledger.policy.witness import SIZE_TYPE, Request
from huying.ledger.queries.witnessing import cosigned_size, has_cosigned
from huying.ledger.turns import Held

TURN = 0x68757969_6E67_0011  # advisory lock key: "huying", 17
PERIOD_SECONDS = 2.0
PATIENCE_SECONDS = 5.0  # with one witness
MAX_BACKOFF_SECONDS = 60.0
MOST_BYTES = 65_536  # of an answer
REASONS = {
    403: "见证人不认可本日志的签名",
    404: "见证人没有登记本日志",
    409: "见证人的记录同时在变，稍后再试",
}

logger = logging.getLogger(__name__)


class Forked(Unproven):
    """A witness has seen another history than ours, or more of it than we have."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str  # content type
    text: str


@dataclass(slots=True)
class Pause:
    """How long to leave a witness alone that gave no cosignature."""

    failures: int = 0
    until: float = 0.0  # monotonic

    def grow(self) -> None:
        self.failures += 1
        seconds = min(PERIOD_SECONDS * 2 ** min(self.failures, 10), MAX_BACKOFF_SECONDS)
        self.until = monotonic() + seconds


def cosign_forever(stop: Event) -> None:
    """Bring each new checkpoint to every witness until `stop`. Any number may run: one works."""
    witnesses = installation.witnesses()
    if not witnesses:
        stop.wait()
        return
    turn, pauses = Held(TURN), {witness: Pause() for witness in witnesses}
    while not stop.is_set():
        try:
            if turn.is_ours():
                ask_all(pauses, stop)
        except Exception:  # the database away: begin again with a new session
            logger.exception("asking the witnesses failed")
            turn.drop()
            connection.close()
        stop.wait(PERIOD_SECONDS)
    connection.close()


def ask_all(pauses: dict[Witness, Pause], stop: Event) -> None:
    """Ask every witness that is due for the published checkpoint."""
    for witness, pause in pauses.items():
        if stop.is_set() or monotonic() < pause.until:
            continue
        if ask(witness):
            pause.failures = 0
        else:
            pause.grow()


def ask(witness: Witness) -> bool:
    """Get the witness's cosignature under the published checkpoint, unless we have it. False: not given."""
    signer, vkey = installation.signer(), witness.verifier.vkey
    note = queries.published()
    if note is None:
        return True
    try:
        published = open_checkpoint(note, signer.name, [signer.verifier])
        if has_cosigned(published.origin, published.size, vkey):
            return True
        answer = _answer(witness, note, published)
        keep_cosignature(vkey, published, answered(note, answer.text, witness.verifier), now())
    except Forked as fork:
        logger.critical(
            "witness %s: the log forks: %s (docs/rules/ledger.md §9)", witness.verifier.name, fork
        )
        keep_refusal(vkey, signer.name, str(fork), now(), is_fork=True)
        return False
    except (Unproven, httpx.HTTPError, httpx.InvalidURL) as error:
        problem = str(error) if isinstance(error, Unproven) else f"没有回答（{type(error).__name__}）"
        logger.warning("witness %s: %s", witness.verifier.name, problem)
        keep_refusal(vkey, signer.name, problem, now(), is_fork=False)
        return False
    return True


def _answer(witness: Witness, note: str, published: Checkpoint) -> Answer:
    """Return the answer with status 200. Raises Forked, or Unproven for any other refusal."""
    old = min(cosigned_size(published.origin, witness.verifier.vkey), published.size)
    for _ in range(2):  # the second time with the size the first answer told
        answer = _posted(witness.url, _request(old, note, published).text())
        if answer.status == 200:
            return answer
        if answer.status == 422:
            raise Forked(f"公布的检查点（大小{published.size}）不是见证人所见日志（大小{old}）的延续")
        if answer.status != 409 or answer.kind != SIZE_TYPE:
            break
        told = to_number(answer.text.removesuffix("\n"), "见证人回答的大小")
        _require_no_fork(told, old, published)
        old = told
    raise Unproven(REASONS.get(answer.status, f"见证人以状态{answer.status}拒绝"))


def _require_no_fork(told: int, asked: int, published: Checkpoint) -> None:
    """Read a conflict. Raises Forked when no newer checkpoint of ours explains it."""
    if told == asked == published.size:
        raise Forked(f"见证人对大小{told}的日志见证过另一树根")
    if told > published.size and told > _published_size():
        raise Forked(f"见证人已见证{told}条，本日志只有{published.size}条")


def _published_size() -> int:
    signer, note = installation.signer(), queries.published()
    return open_checkpoint(note, signer.name, [signer.verifier]).size if note else 0


def _request(old: int, note: str, published: Checkpoint) -> Request:
    hashes = installation.files().hashes(published.size)
    proof = consistency_proof(old, published.size, hashes) if old else ()
    return Request(old, proof, note)


def _posted(url: str, text: str) -> Answer:
    """Send a request; read no more than is sensible, no longer than our patience."""
    deadline, data = monotonic() + PATIENCE_SECONDS, b""
    with httpx.stream(
        "POST", f"{url}/add-checkpoint", content=text.encode(), timeout=PATIENCE_SECONDS
    ) as response:
        for part in response.iter_bytes():
            data += part
            if len(data) > MOST_BYTES or monotonic() > deadline:
                raise Unproven("见证人的回答过长或过慢")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return Answer(response.status_code, kind, data.decode("utf-8", "replace"))
