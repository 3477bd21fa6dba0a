"""Where messages may be sent: never into our own network by an address somebody typed."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from huying.messages.states import OutletKind
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

SCHEMES = {"https": 443, "http": 80}
LONGEST = 2_000  # characters of an address
# Apprise takes an answer that is a refusal for a success with these; they have kinds of their own here.
OWN = frozenset({"dingtalk", "wecombot", "feishu", "lark"})
LOCAL = frozenset({"syslog", "dbus", "qt", "kde", "glib", "gnome", "macosx", "windows"})  # nobody reads them


def is_allowed(address: str, *, allow_private: bool) -> bool:
    """Tell whether a resolved IP address may be connected to.

    Public ones may. allow_private: also private networks and this machine. Never: link-local (there the
    metadata of cloud machines lie), multicast, unspecified and other reserved ones.
    """
    ip = _plain(ip_address(address))
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if ip.is_loopback:
        return allow_private
    if ip.is_reserved:
        return False
    return allow_private if ip.is_private else ip.is_global


def check_address(kind: OutletKind, address: str, *, allow_private: bool) -> None:
    """Refuse what cannot be the address of an outlet. Raises Incomplete.

    Plain http gives the secret away, so it is only for networks of one's own (allow_private).
    """
    if not 0 < len(address) <= LONGEST or any(character.isspace() for character in address):
        raise Incomplete(reason="渠道地址不能为空、过长或含有空格")
    if kind is OutletKind.APPRISE:
        _check_apprise(address)
        return
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Incomplete(reason="渠道地址不是网址") from None
    if not host or parts.scheme not in SCHEMES or parts.username is not None:
        raise Incomplete(reason="渠道地址应以 https:// 开头，不带用户名")
    if parts.scheme == "http" and not allow_private:
        raise Incomplete(reason="渠道地址应以 https:// 开头")


def _check_apprise(address: str) -> None:
    scheme, separator, _ = address.lower().partition("://")
    if not separator or not scheme:
        raise Incomplete(reason="Apprise 渠道的地址应形如 协议://…")
    if scheme in OWN:
        raise Incomplete(
            reason=Sentence("{scheme} 请用自带的渠道类型：Apprise 会把它的拒收当作成功", scheme=scheme)
        )
    if scheme in LOCAL:
        raise Incomplete(reason=Sentence("{scheme} 只在服务器本机显示，不能作为渠道", scheme=scheme))


def _plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for: mapped, 6to4 or NAT64."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
        return IPv4Address(ip.packed[12:])
    return ip.ipv4_mapped or ip.sixtofour or ip
