"""The secret on a resident's receipt: proves who reported without an account."""

import hashlib
import hmac
from base64 import b32encode


def receipt_code(number: str, key: bytes) -> str:
    """Return the 16-character code for a case number under the installation's key."""
    digest = hmac.digest(key, f"receipt:{number}".encode(), hashlib.sha256)
    return b32encode(digest[:10]).decode()


def is_receipt(number: str, code: str, key: bytes) -> bool:
    """Tell whether `code` is the receipt of the case; spaces and case of letters do not count."""
    cleaned = code.replace(" ", "").upper()
    return hmac.compare_digest(receipt_code(number, key).encode(), cleaned.encode())
