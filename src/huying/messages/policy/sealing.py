"""Keeping the address and secret of an outlet: readable only with the key of the installation."""

import os
from dataclasses import asdict, dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PURPOSE = b"huying outlet 1"


@dataclass(frozen=True, slots=True)
class Access:
    """How an outlet is reached. secret: signs requests or is the bearer token; to: numbers for SMS."""

    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    to: tuple[str, ...] = field(default=(), repr=False)


def sealed(access: Access, *, name: str, key: bytes) -> bytes:
    """Return the access encrypted for the outlet of this name (AES-256-GCM).

    key: secret of the installation.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(key)).encrypt(nonce, orjson.dumps(asdict(access)), name.encode())


def opened(box: bytes, *, name: str, key: bytes) -> Access:
    """Return what was sealed. Raises ValueError when key or name are not those it was sealed with."""
    try:
        plain = AESGCM(_derived(key)).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], name.encode())
    except InvalidTag:
        raise ValueError("sealed with another key or for another outlet") from None
    fields = orjson.loads(plain)
    return Access(fields["address"], fields["secret"], tuple(fields["to"]))


def _derived(key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, _PURPOSE).derive(key)
