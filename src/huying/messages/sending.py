"""Telling a text to an outlet, and what came of it."""

from datetime import datetime
from urllib.parse import urlsplit

from huying.messages import wire
from huying.messages.policy.requests import NAME, request
from huying.messages.policy.sealing import Access
from huying.messages.policy.texts import Text
from huying.messages.policy.verdicts import Verdict, judged, unreachable
from huying.messages.states import Outcome, OutletKind


def send(kind: str, access: Access, text: Text, *, now: datetime, allow_private: bool) -> Verdict:
    """Send one request and return what the provider made of it; never raises for what the outside does."""
    try:
        if kind == OutletKind.APPRISE:
            return _by_apprise(access, text, allow_private=allow_private)
        answer = wire.post(request(kind, access, text, now), allow_private=allow_private)
    except wire.Forbidden as refusal:
        return Verdict(Outcome.REFUSED, str(refusal))
    except wire.Unreachable as failure:
        return unreachable(str(failure))
    return judged(kind, answer)


def _by_apprise(access: Access, text: Text, *, allow_private: bool) -> Verdict:
    """Send by Apprise, which tells success from failure and no more: any failure may pass."""
    from apprise import Apprise, AppriseAsset  # a third of a second, for those who use it

    asset = AppriseAsset(http_redirects=False, secure_logging=True)
    channel = Apprise.instantiate(access.address, asset=asset)
    if channel is None:
        return Verdict(Outcome.REFUSED, "Apprise 不认识这个地址")
    _check_host(access.address, allow_private=allow_private)
    mark = text.ids[0][-8:]  # people recognise a double by it: these channels cannot
    if channel.notify(title=f"{NAME}{text.title}", body="\n".join([*text.lines, f"#{mark}"])):
        return Verdict(Outcome.DELIVERED, "Apprise 报告成功")
    return Verdict(Outcome.LATER, "Apprise 报告失败")


def _check_host(address: str, *, allow_private: bool) -> None:
    """Refuse a host in our own network. With many services the place of the host holds a token: no host."""
    host = urlsplit(address).hostname
    if not host:
        return
    try:
        wire.resolved(host, 443, allow_private=allow_private)
    except wire.Unreachable:
        return
