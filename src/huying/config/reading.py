"""Reading what was sent: only clean UTF-8, JSON that means one thing, and never more than was allowed."""

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from django.http import HttpRequest
from ninja.parser import Parser

from huying.shared.errors import Malformed, TooLarge, WrongMedia

JSON = "application/json"
MULTIPART = "multipart/form-data"
MAX_DEPTH = 16  # levels of a JSON body; ours have three
MAX_UPLOAD = 21_000_000  # bytes of a multipart body: one photo and its envelope
MAX_HEADER = 400  # characters of a header we look at
LOOKED_AT = ("HTTP_IDEMPOTENCY_KEY", "HTTP_RECEIPT", "HTTP_AUTHORIZATION")
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


def parsed(body: bytes) -> Any:
    """Return what JSON says. Raises Malformed for what is none, says two things at once or holds NUL.

    orjson itself refuses other encodings, lone surrogates, NaN, infinity and numbers above them.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(reason="正文不是有效的 UTF-8 编码的 JSON") from error
    keys, has_nul = _surveyed(said)
    if has_nul:
        raise Malformed(reason="文字中含有空字符(NUL)")
    if body.count(b":") > keys:  # a colon in a text, or a field that stands twice
        json.loads(body, object_pairs_hook=_once)
    return said


def check_media(request: HttpRequest, *allowed: str) -> None:
    """Raise WrongMedia unless the body claims to be one of `allowed`, in UTF-8."""
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if request.content_type not in allowed or charset not in ("utf-8", "utf8", "us-ascii"):
        raise WrongMedia(media="、".join(allowed))


def check_request(request: HttpRequest) -> None:
    """Raise Malformed for a path, query or header that no text can be, TooLarge for an upload beyond all."""
    if "\x00" in request.path_info or "�" in request.path_info or _is_unclean(request.META["QUERY_STRING"]):
        raise Malformed(reason="网址中含有无效字符,应为 UTF-8 编码")
    for name in LOOKED_AT:
        value = request.META.get(name, "")
        if len(value) > MAX_HEADER or not _PRINTABLE.fullmatch(value):
            raise Malformed(reason=f"请求头 {name.removeprefix('HTTP_').replace('_', '-').title()} 无效")
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


def _surveyed(said: object) -> tuple[int, bool]:
    """Return how many fields there are and whether a text holds NUL. Raises Malformed for deep nesting."""
    level: list[object] = [said]
    keys, has_nul = 0, False
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                keys += len(each)
                has_nul = has_nul or any("\x00" in key for key in each)
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, str):
                has_nul = has_nul or "\x00" in each
        if not below:
            return keys, has_nul
        level = below
    raise Malformed(reason="正文嵌套过深")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise Malformed(reason="同一字段出现两次")
    return said
