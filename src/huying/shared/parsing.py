"""JSON that means one thing."""

import json
from collections.abc import Collection
from typing import Any

import orjson

from huying.shared.errors import Malformed

MAX_DEPTH = 16  # levels of a JSON text; ours have three


def parsed(body: bytes) -> Any:
    """Return what JSON says. Raises Malformed for what is none, says two things at once or holds NUL.

    orjson itself refuses other encodings, lone surrogates, NaN, infinity and numbers above them.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(reason="正文不是有效的 UTF-8 编码的 JSON") from error
    if body.count(b"[") + body.count(b"{") >= MAX_DEPTH:
        _check_depth(said)
    if rb"\u0000" in body and _has_nul(said):  # orjson itself refuses one that is not escaped
        raise Malformed(reason="文字中含有空字符（NUL）")
    if body.count(b":") > _fields(said):  # a colon in a text, or a field that stands twice
        json.loads(body, object_pairs_hook=_once)
    return said


def _check_depth(said: object) -> None:
    level = [said]
    for _ in range(MAX_DEPTH):
        level = [below for each in level for below in _below(each)]
        if not level:
            return
    raise Malformed(reason="正文嵌套过深")


def _has_nul(said: object) -> bool:
    if isinstance(said, str):
        return "\x00" in said
    names = said if isinstance(said, dict) else ()
    return any("\x00" in name for name in names) or any(map(_has_nul, _below(said)))


def _fields(said: object) -> int:
    own = len(said) if isinstance(said, dict) else 0
    return own + sum(_fields(each) for each in _below(said) if isinstance(each, dict | list))


def _below(said: object) -> Collection[object]:
    if isinstance(said, dict):
        return said.values()
    return said if isinstance(said, list) else ()


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise Malformed(reason="同一字段出现两次")
    return said
