"""What the answer of a provider means. HTTP 200 with an error code is a refusal.

Sources: the providers' pages on group robots, as cited in docs/rules/messages.md §6.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from huying.messages.states import Outcome, OutletKind

RECEIPT_CHARACTERS = 200
ERROR_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: body is the JSON object, empty when it was none; wait_seconds as of Retry-After."""

    status: int
    body: Mapping[str, object]
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """text: the receipt when delivered, else one sentence; wait_seconds: asked for by the provider."""

    outcome: Outcome
    text: str
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Codes:
    """Where a provider puts its code and text, and which codes are limits or final; others may pass."""

    code: tuple[str, ...]
    text: tuple[str, ...]
    limits: Mapping[int, str]
    final: Mapping[int, str]


CODES: dict[str, Codes] = {
    OutletKind.DINGTALK: Codes(
        ("errcode",),
        ("errmsg",),
        {130101: "每分钟超过20条", 660026: "发送过快", 90030: "调用次数达到上限", 410100: "发送速度过快"},
        {
            310000: "安全设置不符（签名、关键词或IP）",
            300001: "令牌不存在",
            300005: "令牌不存在",
            400013: "群已解散",
            400101: "令牌不存在",
            400102: "机器人已停用",
            400105: "消息类型不支持",
            400106: "机器人不存在",
            40035: "参数不合法",
            43004: "请求格式不合法",
            430101: "含有不安全的链接",
            430102: "含有不合适的文本",
            430103: "含有不合适的图片",
            430104: "含有不合适的内容",
        },
    ),
    OutletKind.WECOM: Codes(
        ("errcode",),
        ("errmsg",),
        {45009: "每分钟超过20条", 45033: "并发超过限制"},
        {
            40008: "消息类型不合法",
            40058: "参数不合法",
            44004: "内容为空",
            45002: "内容过长",
            93000: "机器人地址无效",
            93004: "机器人已停用",
            93008: "机器人不在群中",
        },
    ),
    OutletKind.FEISHU: Codes(
        ("code", "StatusCode"),
        ("msg", "StatusMessage"),
        {11232: "超过频率限制", 99991400: "超过频率限制"},
        {
            9499: "请求格式不合法",
            19001: "机器人地址无效",
            19002: "参数不合法",
            19021: "签名不符或时间相差超过一小时",
            19022: "IP不在白名单",
            19024: "不含要求的关键词",
            19036: "内容过长",
        },
    ),
    OutletKind.SMS: Codes(
        ("code",), ("message",), {429: "超过频率限制"}, {400: "参数不合法", 401: "密钥不符", 403: "无权发送"}
    ),
}
_LIMITED = frozenset({429})
_LATER = frozenset({408, 425})  # the other 4xx are final
_ABSENT = object()


def judged(kind: str, answer: Answer) -> Verdict:
    """Return what an answer means. Delivered only on a 2xx status and a code that is there and zero."""
    codes = CODES[kind]
    code, text = _first(answer.body, codes.code), str(_first(answer.body, codes.text, ""))
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    if answer.status in _LIMITED or number in codes.limits:
        reason = codes.limits.get(number or 0, "请求过多")
        return _verdict(Outcome.LIMITED, reason, code, text, answer)
    if number in codes.final:
        return _verdict(Outcome.REFUSED, codes.final[number or 0], code, text, answer)
    if not 200 <= answer.status < 300:
        return _by_status(answer, code, text)
    if number == 0:
        return Verdict(Outcome.DELIVERED, _receipt(answer.body, text))
    reason = "回复中没有结果代码" if code is _ABSENT else "服务方未接收"
    return _verdict(Outcome.LATER, reason, code, text, answer)


def unreachable(reason: str) -> Verdict:
    """Return the verdict where no answer came; whether the message arrived is not known."""
    return Verdict(Outcome.LATER, f"没有收到回复：{reason}"[:ERROR_CHARACTERS])


def _by_status(answer: Answer, code: object, text: str) -> Verdict:
    is_final = 300 <= answer.status < 500 and answer.status not in _LATER
    outcome = Outcome.REFUSED if is_final else Outcome.LATER
    reason = "要求转到别的地址" if 300 <= answer.status < 400 else "服务方未接收"
    return _verdict(outcome, f"{reason}（HTTP {answer.status}）", code, text, answer)


def _verdict(outcome: Outcome, reason: str, code: object, text: str, answer: Answer) -> Verdict:
    details = "" if code is _ABSENT else f"（代码 {code}）"
    said = f"：{text}" if text else ""
    return Verdict(outcome, f"{reason}{details}{said}"[:ERROR_CHARACTERS], answer.wait_seconds)


def _receipt(body: Mapping[str, object], text: str) -> str:
    """Return what identifies the delivery at the provider, where it gives such a thing."""
    named = next((str(body[name]) for name in ("message_id", "messageId", "id") if body.get(name)), "")
    return (named or text or "ok")[:RECEIPT_CHARACTERS]


def _first(body: Mapping[str, object], names: tuple[str, ...], otherwise: object = _ABSENT) -> object:
    return next((body[name] for name in names if name in body), otherwise)
