"""How a phone in the same network reaches the demonstration: under which address, and as a QR code."""

import io
import os
import socket
from ipaddress import ip_address

import segno

from huying.config import environment

ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  # what is compared with, nothing is bound
ELSEWHERE = ("192.0.2.1", 9)  # an address of no machine (RFC 5737): a UDP socket sends nothing by connecting
CLOSED = """\
手机：现在只有本机能打开。要让同一网络里的手机也能打开，请用 --host 0.0.0.0 重新启动。
     没有加密，只宜在可信的网络里试用。
"""
OPEN = """\
手机扫码打开 {address}
{code}允许的访问地址：{hosts}（HUYING_ALLOWED_HOSTS）。
没有加密，只宜在可信的网络里试用；手机上的定位与离线安装须用 https。
"""
UNKNOWN = "手机：本机没有局域网地址，请连上网络后重新启动。\n"


def lan_address(host: str) -> str:
    """Return the address under which others reach what listens on `host`; "" when nobody does."""
    if host in ANYWHERE:
        return _own_address()
    return "" if _is_loopback(host) else host


def let_in(host: str) -> None:
    """Let the site be called by its address in the network; a setting of the user's own stands."""
    address = lan_address(host)
    if address and "HUYING_ALLOWED_HOSTS" not in os.environ:
        hosts = [*environment.ALLOWED_HOSTS, _in_url(address)]
        os.environ["HUYING_ALLOWED_HOSTS"] = " ".join(hosts)  # for the web processes


def told(host: str, port: int) -> str:
    """Return what the terminal says about phones."""
    if _is_loopback(host):
        return CLOSED
    if not (address := lan_address(host)):
        return UNKNOWN
    url = f"http://{_in_url(address)}:{port}/"
    hosts = os.environ.get("HUYING_ALLOWED_HOSTS", " ".join(environment.ALLOWED_HOSTS))
    return OPEN.format(address=url, code=_code(url), hosts=hosts)


def _code(url: str) -> str:
    written = io.StringIO()
    segno.make(url, error="l").terminal(written, compact=True, border=2)
    return written.getvalue()


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(ELSEWHERE)
        except OSError:
            return ""
        found = str(trial.getsockname()[0])
        return "" if _is_loopback(found) else found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
