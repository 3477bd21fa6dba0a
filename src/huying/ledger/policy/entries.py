"""What an entry holds and how its payload is sealed."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing somebody did.

    Everything but `payload` is public for ever and holds no personal data: `actor` is a pseudonym
    ("staff:12"), `subject` a public id ("case:HY-…"). `payload` may hold anything; the log keeps
    only its salted commitment, so that erasing salt and payload leaves the log valid.
    """

    at: datetime
    actor: str
    verb: str
    subject: str
    before: str = ""
    after: str = ""
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seal:
    """A payload in canonical form with what is needed to open its commitment."""

    salt: bytes  # 32 random bytes, one for each entry
    payload: str  # canonical JSON
    commitment: bytes  # HMAC-SHA-256(salt, payload), 32 bytes


def seal(payload: Mapping[str, object]) -> Seal:
    """Return the payload in canonical JSON under a fresh salt.

    A plain hash of a phone number could be found by trying them all; the salt prevents that.
    """
    salt = os.urandom(32)
    canonical = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS, default=str).decode()
    return Seal(salt, canonical, commit(salt, canonical))


def commit(salt: bytes, canonical: str) -> bytes:
    """Return HMAC-SHA-256(salt, canonical JSON). Source: docs/rules/ledger.md §3."""
    return hmac.digest(salt, canonical.encode(), hashlib.sha256)
