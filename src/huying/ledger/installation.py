"""Which log this installation keeps: its name, its key, its folder."""

import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from huying.database.private import made_once
from huying.ledger.files import LogFiles
from huying.ledger.policy.cosignatures import CosignatureVerifier
from huying.ledger.policy.notes import Ed25519Signer, require_name
from huying.ledger.policy.unproven import Unproven
from huying.shared.errors import Unavailable

ORIGIN_FILE = "log-origin"
MOST_WITNESSES = 16  # every reader of notes accepts so many signatures


def origin() -> str:
    """Return the name of the log: HUYING_LOG_ORIGIN, or one made up once and kept.

    Raises Unavailable when a signature could not carry it.
    """
    kept = settings.LOG_ORIGIN or made_once(settings.LOG_KEYS / ORIGIN_FILE, _made_up).strip()
    try:
        return require_name(kept)
    except Unproven as error:
        raise Unavailable(reason=f"HUYING_LOG_ORIGIN 不能用作日志名称（{error}）") from None


def signer() -> Ed25519Signer:
    """Return the log's key; each origin has its own, made at the first use and readable by us alone."""
    return _signer(settings.LOG_KEYS, origin())


def files() -> LogFiles:
    """Return the log's folder."""
    return LogFiles(settings.LOG_FOLDER)


def key_file(folder: Path, name: str) -> Path:
    """Return where the key of an origin lies."""
    return folder / f"log-{re.sub(r'[^0-9A-Za-z.-]', '_', name)}.key"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else's process that cosigns our checkpoints."""

    verifier: CosignatureVerifier
    url: str  # below it lies /add-checkpoint


def witnesses() -> tuple[Witness, ...]:
    """Return whom HUYING_WITNESSES names. Raises Unavailable when an entry cannot be read."""
    return _witnesses(settings.LOG_WITNESSES)


@lru_cache(maxsize=8)
def _witnesses(text: str) -> tuple[Witness, ...]:
    try:
        lines = Path(text).read_text("utf-8").splitlines() if text.startswith("/") else text.split(",")
        kept = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
        found = tuple(Witness(CosignatureVerifier.read(vkey), _prefix(url)) for vkey, url in kept)
    except (OSError, ValueError) as error:
        raise Unavailable(reason=f"HUYING_WITNESSES 无法读取，每项应为“公钥 网址”（{error}）") from None
    if len({each.verifier for each in found}) != len(found) or len(found) > MOST_WITNESSES:
        raise Unavailable(reason=f"HUYING_WITNESSES 中有重复的见证人，或多于{MOST_WITNESSES}个")
    return found


def _prefix(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise Unproven(f"网址“{url}”的写法不对")
    return url.rstrip("/")


@lru_cache(maxsize=8)
def _signer(folder: Path, name: str) -> Ed25519Signer:
    file = key_file(folder, name)
    try:
        found = Ed25519Signer.read(
            made_once(file, lambda: Ed25519Signer(name, os.urandom(32)).secret).strip()
        )
    except Unproven as error:
        raise Unavailable(reason=f"签名密钥 {file} 无法使用（{error}）") from None
    if found.name != name:
        raise Unavailable(reason=f"签名密钥 {file} 属于另一日志 {found.name}")
    return found


def _made_up() -> str:
    return f"huying.internal/{secrets.token_hex(4)}"  # .internal is reserved for private use
