"""JSON that means one thing."""

import json
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
    keys, has_nul = _surveyed(said)
    if has_nul:
        raise Malformed(reason="文字中含有空字符（NUL）")
    if body.count(b":") > keys:  # a colon in a text, or a field that stands twice
        json.loads(body, object_pairs_hook=_once)
    return said


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
