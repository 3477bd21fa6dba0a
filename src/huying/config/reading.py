"""Reading what was sent: only clean UTF-8, the media an endpoint takes, and never more than was allowed."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest
from ninja.parser import Parser

from huying.shared.errors import Malformed, TooLarge, WrongMedia
from huying.shared.parsing import parsed
from huying.shared.sentences import Sentence

JSON = "application/json"
MULTIPART = "multipart/form-data"
MAX_UPLOAD = 21_000_000  # bytes of a multipart body: one photo and its envelope
MAX_HEADER = 400  # characters of a header we look at
LOOKED_AT = (
    "HTTP_IDEMPOTENCY_KEY",
    "HTTP_RECEIPT",
    "HTTP_AUTHORIZATION",
    "HTTP_SENDER",
    "HTTP_DEVICE_TIME",
    "HTTP_CONTENT_RANGE",
)
_PRINTABLE = re.compile(r"[ -~]*")


class Body(Parser):
    def parse_body(self, request: HttpRequest) -> Any:  # the parser's signature
        """Return the fields of the body. Raises Malformed, WrongMedia.

        ninja reads fields of anything: a list would pass for an object with nothing in it.
        """
        check_media(request, JSON)
        said = parsed(request.body)
        if not isinstance(said, dict):
            raise Malformed(reason="正文应为一个 JSON 对象")
        return said


def check_media(request: HttpRequest, *allowed: str) -> None:
    """Raise WrongMedia unless the body claims to be one of `allowed`, in UTF-8."""
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if request.content_type not in allowed or charset not in ("utf-8", "utf8", "us-ascii"):
        raise WrongMedia(media="、".join(allowed))


def check_request(request: HttpRequest) -> None:
    """Raise Malformed for a path, query or header that no text can be, TooLarge for an upload beyond all."""
    if "\x00" in request.path_info or "�" in request.path_info or _is_unclean(request.META["QUERY_STRING"]):
        raise Malformed(reason="网址中含有无效字符，应为 UTF-8 编码")
    for name in LOOKED_AT:
        value = request.META.get(name, "")
        if len(value) > MAX_HEADER or not _PRINTABLE.fullmatch(value):
            raise Malformed(
                reason=Sentence(
                    "请求头 {value} 无效", value=name.removeprefix("HTTP_").replace("_", "-").title()
                )
            )
    if request.content_type == MULTIPART and announced_bytes(request) > MAX_UPLOAD:
        raise TooLarge(megabytes=MAX_UPLOAD // 1_000_000)


def check_cookies(request: HttpRequest) -> None:
    """Raise Malformed for a NUL: a quoted cookie may spell one, and the session is looked up by it."""
    if "\\0" in request.META.get("HTTP_COOKIE", "") and any(
        "\x00" in each for each in request.COOKIES.values()
    ):
        raise Malformed(reason="Cookie 无效")


def announced_bytes(request: HttpRequest) -> int:
    """Return the announced bytes of the body; what is no number is none."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isascii() and announced.isdigit() else 0


def _is_unclean(query: str) -> bool:
    if "%" not in query and query.isascii():
        return "\x00" in query
    raw = unquote_to_bytes(query.encode("latin-1", "replace"))
    try:
        return "\x00" in raw.decode()
    except UnicodeDecodeError:
        return True
