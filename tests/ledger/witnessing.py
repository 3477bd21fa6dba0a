"""A witness as its own process, and requests to it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.ledger.trees import ORIGIN, SIGNER, Memory, counted, root_of_counted

from huying.ledger.policy import Checkpoint, sign
from huying.ledger.policy.cosignatures import CosignatureVerifier
from huying.ledger.policy.merkle import consistency_proof
from huying.ledger.policy.notes import Signer
from huying.ledger.policy.witness import Request

# A second history: the same first 10 entries, another eleventh.
FORKED = (*counted(10), *(f"fork {number}".encode() for number in range(30)))


def note_of(size: int, *signers: Signer, origin: str = ORIGIN) -> str:
    return sign(Checkpoint(origin, size, root_of_counted(size)).text(), *(signers or (SIGNER,)))


def growth(old: int, size: int) -> Request:
    """An honest request."""
    proof = consistency_proof(old, size, Memory(counted(size)).hashes) if old else ()
    return Request(old, proof, note_of(size))


def fork(old: int, size: int) -> Request:
    """The request of a log with the same key and another eleventh entry: its own proof, in itself right."""
    tree = Memory(FORKED[:size])
    proof = consistency_proof(old, size, tree.hashes) if old else ()
    return Request(old, proof, sign(Checkpoint(ORIGIN, size, tree.root).text(), SIGNER))


def post(url: str, request: Request) -> httpx.Response:
    return httpx.post(f"{url}/add-checkpoint", content=request.text().encode(), timeout=10)


class Process:
    """`huying ledger witness`, listening."""

    def __init__(self, home: Path, keys: Sequence[str], *more: str) -> None:
        arguments = [part for key in keys for part in ("--log-key", key)]
        self.process = subprocess.Popen(
            [
                sys.executable, "-c", "from huying.config.cli import main; main()", "ledger", "witness",
                "--home", str(home), "--port", "0", *arguments, *more,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        self.vkey = self.process.stdout.readline().strip()
        self.url = self.process.stdout.readline().strip().removesuffix("/add-checkpoint")

    @property
    def verifier(self) -> CosignatureVerifier:
        return CosignatureVerifier.read(self.vkey)

    def kill(self) -> None:
        """Signal 9; a process already gone is left alone."""
        self.process.kill()
        self.process.communicate(timeout=10)


@contextmanager
def running(home: Path, keys: Sequence[str] = (SIGNER.verifier.vkey,), *more: str) -> Iterator[Process]:
    found = Process(home, keys, *more)
    try:
        yield found
    finally:
        found.kill()
