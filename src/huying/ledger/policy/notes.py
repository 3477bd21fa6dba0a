"""Signed notes: a text, a blank line, a line for each signature. Source: c2sp.org/signed-note v1.0.0."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from huying.ledger.policy.unproven import Unproven, from_base64, to_base64

ED25519 = b"\x01"  # signature type
DASH = "\N{EM DASH} "
SECRET = "PRIVATE+KEY"  # noqa: S105  # how Go's sumdb/note begins a private key
MOST_SIGNATURES = 64  # of one note; the standard asks for at least 16
MOST_CHARACTERS = 1_000_000
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes  # 4 bytes; says which key, proves nothing
    value: bytes

    def line(self) -> str:
        return f"{DASH}{self.name} {to_base64(self.key_id + self.value)}\n"


class Signer(Protocol):
    """Whatever signs a text under a name: the log's key, a witness's, a module in hardware."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...

    def signature(self, text: str) -> bytes: ...


class Verifier(Protocol):
    """Whatever knows whether a signature under its name and key id is good."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...

    def is_good(self, text: str, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A note at least one trusted key has signed."""

    text: str  # ends with a newline
    verified: tuple[Signature, ...]
    unknown: tuple[Signature, ...]  # by keys nobody asked about


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """Return the four bytes that name a key. kind: the type byte, or more bytes after 0xff."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def require_name(name: str) -> str:
    """Return a name keys may have. Raises Unproven for an empty one or one with blanks or a plus."""
    if not name or "+" in name or CONTROL.search(name) or "".join(name.split()) != name:
        raise Unproven("密钥名称为空，或含有空格、加号")
    return name


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """The public half of a key under a name."""

    name: str
    public: bytes  # 32 bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519, self.public)

    @property
    def vkey(self) -> str:
        """The key as verifiers are told it: name, key id, type and public key."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.public)}"

    @classmethod
    def read(cls, vkey: str) -> Self:
        """Return the verifier of a vkey. Raises Unproven when its parts do not fit each other."""
        name, data = key_parts(vkey, ED25519)
        found = cls(name, data)
        if found.vkey != vkey:
            raise Unproven("公钥的编号与公钥不符")
        return found

    def is_good(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """The private half of a key under a name."""

    name: str
    seed: bytes  # 32 bytes, secret

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.name!r})"  # never the seed: it would land in a log

    @property
    def verifier(self) -> Ed25519Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return Ed25519Verifier(self.name, public)

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    @property
    def secret(self) -> str:
        """The key as it is kept in a file, in the spelling of Go's sumdb/note."""
        return f"{SECRET}+{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.seed)}"

    @classmethod
    def read(cls, secret: str) -> Self:
        """Return the signer of a kept key. Raises Unproven when its parts do not fit each other."""
        if not secret.startswith(f"{SECRET}+"):
            raise Unproven("不是签名私钥")
        name, data = key_parts(secret.removeprefix(f"{SECRET}+"), ED25519)
        found = cls(name, data)
        if found.secret != secret:
            raise Unproven("私钥的编号与私钥不符")
        return found

    def signature(self, text: str) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())


def key_parts(key: str, kind: bytes) -> tuple[str, bytes]:
    """Return name and bytes of a key of that type, its id unchecked. Raises Unproven for any other."""
    name, mark, rest = key.partition("+")
    _, second, data = rest.partition("+")
    if not (mark and second):
        raise Unproven("密钥应写作“名称+编号+Base64”")
    raw = from_base64(data, "密钥", 33)
    if raw[:1] != kind:
        raise Unproven("密钥的类型不对")
    return require_name(name), raw[1:]


def sign(text: str, *signers: Signer) -> str:
    """Return the note: the text and a line for each signer. Raises Unproven for a text notes cannot hold."""
    if not text.endswith("\n") or CONTROL.search(text):
        raise Unproven("签名文本须以换行结尾，且不含控制字符")
    return with_signatures(f"{text}\n", [Signature(s.name, s.key_id, s.signature(text)) for s in signers])


def with_signatures(note: str, signatures: Sequence[Signature]) -> str:
    """Return the note with more lines at its end."""
    return note + "".join(signature.line() for signature in signatures)


def open_note(note: str, verifiers: Sequence[Verifier]) -> Opened:
    """Return the text of a note that at least one of `verifiers` has signed.

    Signatures of other keys are set aside. Raises Unproven when no known key signed, or one of them wrongly.
    """
    text, signatures = split_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified, unknown = list[Signature](), list[Signature]()
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif not verifier.is_good(text, signature.value):
            raise Unproven(f"{signature.name}的签名无效")
        else:
            verified.append(signature)
    if not verified:
        raise Unproven("没有可信密钥的签名")
    return Opened(text, tuple(verified), tuple(unknown))


def split_note(note: str) -> tuple[str, tuple[Signature, ...]]:
    """Return the text and the signatures, none of them checked. Raises Unproven when it is no note."""
    if len(note) > MOST_CHARACTERS or CONTROL.search(note):
        raise Unproven("不是签名文本：过长或含有控制字符")
    text, mark, lines = note.rpartition("\n\n")
    if not mark or not text or not lines.endswith("\n"):
        raise Unproven("不是签名文本：缺少签名")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise Unproven("签名过多")
    return f"{text}\n", signatures


def _signature(line: str) -> Signature:
    name, mark, value = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not mark:
        raise Unproven("签名行的写法不对")
    data = from_base64(value, "签名")
    if len(data) <= 4:
        raise Unproven("签名过短")
    return Signature(require_name(name), data[:4], data[4:])
