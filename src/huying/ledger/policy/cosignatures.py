"""Cosignatures: a witness's word that a log has only grown. Source: c2sp.org/tlog-cosignature v1.0.1."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from huying.ledger.policy.notes import (
    Ed25519Signer,
    Ed25519Verifier,
    Signature,
    key_id,
    key_parts,
    open_note,
    split_note,
)
from huying.ledger.policy.unproven import MOST, Unproven, to_base64

COSIGNATURE = b"\x04"  # signature type
TIME = 8  # bytes before the signature
LENGTH = TIME + 64


def message(text: str, at: int) -> str:
    """Return what is signed. at: seconds since 1970."""
    return f"cosignature/v1\ntime {at}\n{text}"


def time_of(value: bytes) -> int:
    """Return when a cosignature was given, in seconds since 1970."""
    return int.from_bytes(value[:TIME], "big")


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """The public half of a witness's key under its name."""

    name: str
    public: bytes  # 32 bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, COSIGNATURE, self.public)

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(COSIGNATURE + self.public)}"

    @classmethod
    def read(cls, vkey: str) -> Self:
        """Return the verifier of a vkey. Raises Unproven when its parts do not fit each other."""
        found = cls(*key_parts(vkey, COSIGNATURE))
        if found.vkey != vkey:
            raise Unproven("公钥的编号与公钥不符")
        return found

    def is_good(self, text: str, signature: bytes) -> bool:
        if len(signature) != LENGTH or time_of(signature) > MOST:
            return False
        signed = message(text, time_of(signature))
        return Ed25519Verifier(self.name, self.public).is_good(signed, signature[TIME:])


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's key."""

    signer: Ed25519Signer

    @property
    def verifier(self) -> CosignatureVerifier:
        return CosignatureVerifier(self.signer.name, self.signer.verifier.public)

    def cosign(self, text: str, at: int) -> Signature:
        """Sign a checkpoint's text as seen at that moment (seconds since 1970)."""
        value = at.to_bytes(TIME, "big") + self.signer.signature(message(text, at))
        return Signature(self.signer.name, self.verifier.key_id, value)


def answered(note: str, lines: str, verifier: CosignatureVerifier) -> Signature:
    """Return the cosignature among the lines of an answer; other keys' are ignored.

    Raises Unproven when the witness has not signed this note, or wrongly.
    """
    text, _ = split_note(note)
    return open_note(f"{text}\n{lines}", [verifier]).verified[0]


def cosigned(note: str, lines: Iterable[str]) -> str:
    """Return the note with the lines it lacks at its end; one that is no signature line is left out."""
    for line in lines:
        if line not in note and _is_note(note + line):
            note += line
    return note


def _is_note(note: str) -> bool:
    try:
        split_note(note)
    except Unproven:
        return False
    return True
