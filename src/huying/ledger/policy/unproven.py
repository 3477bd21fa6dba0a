"""What a check answers when the thing to be shown is not shown, and the one spelling of bytes and numbers."""

import base64
import binascii
import re

NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
MOST = 2**63 - 1  # leaves of a tree; also what a bigint of the database holds


class Unproven(ValueError):
    """A proof, a signature or a text of the log does not hold. The message says which, for the reader."""


def to_base64(data: bytes) -> str:
    """Return standard Base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str, what: str, length: int | None = None) -> bytes:
    """Return the bytes; the text must be the only spelling of them.

    Python also reads Base64 whose unused last bits are set; two texts for one signature would let a note be
    changed without being refused.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unproven(f"{what}不是Base64") from None
    if to_base64(data) != text or (length is not None and len(data) != length):
        raise Unproven(f"{what}的Base64长度或写法不对")
    return data


def to_number(text: str, what: str) -> int:
    """Return a decimal without sign and leading zeroes, at most 2⁶³-1."""
    if not NUMBER.fullmatch(text) or int(text) > MOST:
        raise Unproven(f"{what}不是合法的十进制数")
    return int(text)
