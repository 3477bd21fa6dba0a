"""Every way Huying says no. Raised by policy, queries and actions; mapped once to JSON (config/api.py),
once to HTML (config/middleware.py) and once to the terminal (config/cli.py)."""

from typing import ClassVar


class Refused(Exception):
    """Base of all refusals. A subclass names the reason; `facts` fill `text`."""

    status: ClassVar[int] = 400  # HTTP status
    text: ClassVar[str] = "请求被拒绝。"  # what the user reads; filled with str.format

    def __init__(self, **facts: object) -> None:
        self.code = type(self).__name__
        self.facts = facts
        super().__init__(self.text.format(**facts))


class Malformed(Refused):
    """The input cannot be read at all: wrong encoding, wrong file type, broken JSON."""

    status = 400
    text = "无法读取输入：{reason}。"


class NotSignedIn(Refused):
    status = 401
    text = "请先登录，或提供有效的访问令牌。"


class NotPermitted(Refused):
    status = 403
    text = "您没有权限执行“{verb}”。"


class NotFound(Refused):
    """The same answer for "not there" and "not yours"."""

    status = 404
    text = "没有找到{what}“{key}”。"


class IllegalMove(Refused):
    status = 409
    text = "{state}状态下不能执行“{verb}”。"


class Conflict(Refused):
    """Somebody else was quicker, or the thing exists already."""

    status = 409
    text = "{reason}。"


class TooLarge(Refused):
    status = 413
    text = "请求内容过大，最多 {megabytes} MB。"


class WrongMedia(Refused):
    """The body claims to be something else than what can be read here, or in another encoding."""

    status = 415
    text = "请求内容的类型不受支持，请以 UTF-8 编码发送 {media}。"


class Incomplete(Refused):
    """Something the rule needs is missing or not acceptable; `reason` says what."""

    status = 422
    text = "{reason}。"


class KeyReused(Refused):
    """The idempotency key was seen before with another body."""

    status = 422
    text = "幂等键“{key}”已用于内容不同的请求。"


class TooMany(Refused):
    """Asked more often than one caller may; the same is answered a little later."""

    status = 429
    text = "请求过于频繁，请 {seconds} 秒后再试。"


class Unavailable(Refused):
    status = 503
    text = "{reason}，请稍后再试。"
