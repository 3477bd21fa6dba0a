"""What is sent to each kind of provider: one small function for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from huying.messages.policy.sealing import Access
from huying.messages.policy.signing import dingtalk_address, feishu_signature
from huying.messages.policy.texts import Text
from huying.messages.states import OutletKind

ID_HEADER = (
    "X-Huying-Message"  # ids of the messages carried, comma between: a receiver drops what it has seen
)
NAME = "呼应"  # stands in every text, so that a robot that wants a keyword can have this one
LONGEST_BYTES = 2_048  # of a text: WeCom's limit, the narrowest


@dataclass(frozen=True, slots=True)
class Request:
    """One POST."""

    url: str = field(repr=False)
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def request(kind: str, access: Access, text: Text, now: datetime) -> Request:
    """Return the request that tells `text`. now: for the signature; providers allow an hour's difference."""
    made = _MAKERS[kind](access, text, now)
    return Request(made.url, made.body, {**made.headers, ID_HEADER: ",".join(text.ids)})


def content(text: Text) -> str:
    """Return the text with our name, cut to what every provider takes."""
    whole = f"{NAME}{text.whole}".encode()
    if len(whole) <= LONGEST_BYTES:
        return whole.decode()
    return whole[: LONGEST_BYTES - 3].decode(errors="ignore") + "…"


def _dingtalk(access: Access, text: Text, now: datetime) -> Request:
    url = dingtalk_address(access.address, access.secret, int(now.timestamp() * 1_000))
    return Request(url, {"msgtype": "text", "text": {"content": content(text)}})


def _wecom(access: Access, text: Text, _now: datetime) -> Request:
    return Request(access.address, {"msgtype": "text", "text": {"content": content(text)}})


def _feishu(access: Access, text: Text, now: datetime) -> Request:
    body: dict[str, object] = {"msg_type": "text", "content": {"text": content(text)}}
    if access.secret:
        seconds = int(now.timestamp())
        body |= {"timestamp": str(seconds), "sign": feishu_signature(access.secret, seconds)}
    return Request(access.address, body)


def _sms(access: Access, text: Text, _now: datetime) -> Request:
    body = {"ids": list(text.ids), "to": list(access.to), "text": content(text)}
    headers = {"Authorization": f"Bearer {access.secret}"} if access.secret else {}
    return Request(access.address, body, headers)


_MAKERS: Mapping[str, Callable[[Access, Text, datetime], Request]] = {
    OutletKind.DINGTALK: _dingtalk,
    OutletKind.WECOM: _wecom,
    OutletKind.FEISHU: _feishu,
    OutletKind.SMS: _sms,
}
