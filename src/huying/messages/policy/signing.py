"""How robots are convinced that a request is ours."""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus, urlsplit, urlunsplit


def dingtalk_address(address: str, secret: str, milliseconds: int) -> str:
    """Return the address with time and signature: HMAC-SHA-256(secret, "time\\nsecret") in Base64.

    Without a secret the address stays as it is: the robot then looks for a keyword or our IP.
    Source: DingTalk, custom robot, 安全设置 加签.
    """
    if not secret:
        return address
    mac = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256)
    signed = f"timestamp={milliseconds}&sign={quote_plus(base64.b64encode(mac))}"
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, signed]))))


def feishu_signature(secret: str, seconds: int) -> str:
    """Return Base64 of HMAC-SHA-256 with key "time\\nsecret" over nothing.

    Source: Feishu, custom bot, 签名校验.
    """
    mac = hmac.digest(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(mac).decode()
