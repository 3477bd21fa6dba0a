"""Which log this installation keeps: its name, its key, its folder."""

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from huying.database.private import made_once
from huying.ledger.files import LogFiles
from huying.ledger.policy.notes import Ed25519Signer, require_name
from huying.ledger.policy.unproven import Unproven
from huying.shared.errors import Unavailable

ORIGIN_FILE = "log-origin"


def origin() -> str:
    """Return the name of the log: HUYING_LOG_ORIGIN, or one made up once and kept.

    Raises Unavailable when a signature could not carry it.
    """
    kept = settings.LOG_ORIGIN or made_once(settings.LOG_KEYS / ORIGIN_FILE, _made_up).strip()
    try:
        return require_name(kept)
    except Unproven as error:
        raise Unavailable(reason=f"HUYING_LOG_ORIGIN 不能用作日志名称({error})") from None


def signer() -> Ed25519Signer:
    """Return the log's key; each origin has its own, made at the first use and readable by us alone."""
    return _signer(settings.LOG_KEYS, origin())


def files() -> LogFiles:
    """Return the log's folder."""
    return LogFiles(settings.LOG_FOLDER)


def key_file(folder: Path, name: str) -> Path:
    """Return where the key of an origin lies."""
    return folder / f"log-{re.sub(r'[^0-9A-Za-z.-]', '_', name)}.key"


@lru_cache(maxsize=8)
def _signer(folder: Path, name: str) -> Ed25519Signer:
    file = key_file(folder, name)
    try:
        found = Ed25519Signer.read(
            made_once(file, lambda: Ed25519Signer(name, os.urandom(32)).secret).strip()
        )
    except Unproven as error:
        raise Unavailable(reason=f"签名密钥 {file} 无法使用({error})") from None
    if found.name != name:
        raise Unavailable(reason=f"签名密钥 {file} 属于另一日志 {found.name}")
    return found


def _made_up() -> str:
    return f"huying.internal/{secrets.token_hex(4)}"  # .internal is reserved for private use
