"""One POST to somebody else's server: to an address we allow, within a time, following nobody elsewhere."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from urllib.parse import SplitResult, urlsplit

import orjson

from huying.messages.policy.addresses import SCHEMES, is_allowed
from huying.messages.policy.requests import Request
from huying.messages.policy.verdicts import Answer

STEP_SECONDS = 5.0  # to connect, and between two pieces of an answer
WHOLE_SECONDS = 15.0  # for everything: a server that drips is cut off
LONGEST_ANSWER = 64_000  # bytes
_TLS = ssl.create_default_context()


class Forbidden(Exception):
    """The name leads to an address we do not connect to."""


class Unreachable(Exception):
    """No answer; whether the request arrived is not known. The text says why, in Chinese."""


def post(request: Request, *, allow_private: bool) -> Answer:
    """Send and return the answer, whatever its status. Raises Forbidden, Unreachable.

    The name is resolved once and that address connected to, so that a second look-up cannot lead elsewhere.
    """
    parts = urlsplit(request.url)
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    connection = _connection(parts, host, port, resolved(host, port, allow_private=allow_private))
    guard = Timer(WHOLE_SECONDS, connection.cut)
    guard.start()
    try:
        headers = {"Content-Type": "application/json", **request.headers}
        connection.request("POST", _target(parts), orjson.dumps(request.body), headers)
        with connection.getresponse() as response:
            body = _object(response.read(LONGEST_ANSWER))
            return Answer(response.status, body, _seconds(response.getheader("Retry-After")))
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(_reason(error)) from error
    finally:
        guard.cancel()
        connection.close()


def resolved(host: str, port: int, *, allow_private: bool) -> str:
    """Return the IP address of a name. Raises Forbidden when one of them is not allowed, Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"找不到主机 {host}") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not is_allowed(address, allow_private=allow_private):
            raise Forbidden(f"不允许向地址 {address} 发送")
    return addresses[0]


class _Plain(http.client.HTTPConnection):
    """Connects to an address that was looked up before, and can be cut off by another thread."""

    address = ""
    open_socket: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self.open_socket = socket.create_connection((self.address, self.port), STEP_SECONDS)

    def cut(self) -> None:
        if self.open_socket is not None:
            with suppress(OSError):  # closed already
                self.open_socket.shutdown(socket.SHUT_RDWR)


class _Secure(_Plain):
    """The same under TLS; the certificate must be that of the name."""

    def connect(self) -> None:
        super().connect()
        self.sock = self.open_socket = _TLS.wrap_socket(self.sock, server_hostname=self.host)


def _connection(parts: SplitResult, host: str, port: int, address: str) -> _Plain:
    connection = (_Secure if parts.scheme == "https" else _Plain)(host, port)
    connection.address = address
    return connection


def _target(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(header: str | None) -> float:
    """Return Retry-After in seconds, an hour at most; 0 when it is missing or a date."""
    return min(float(header), 3_600.0) if header and header.isdecimal() else 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "超时"
    if isinstance(error, ssl.SSLError):
        return "证书或加密连接有误"
    if isinstance(error, ConnectionRefusedError):
        return "对方拒绝连接"
    return "连接中断"
