"""JSON that means one thing is read; anything else is refused in words."""

import pytest

from huying.shared.errors import Malformed
from huying.shared.parsing import MAX_DEPTH, parsed

BACKSLASH = "\\"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1, "b": {"c": [true, null, "x"]}}', {"a": 1, "b": {"c": [True, None, "x"]}}),
        (b'{"text": "12:30 {[{[{[{[{[{[{[{[{[{["}', {"text": "12:30 {[{[{[{[{[{[{[{[{[{["}),  # but a text
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),  # not the same field
        (rb'{"path": "C:\\u0000"}', {"path": rf"C:{BACKSLASH}u0000"}),  # a backslash, and letters after it
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b"3", 3),
    ],
)
def test_what_is_clear_is_read(body: bytes, said: object) -> None:
    assert said is None or parsed(body) == said
    parsed(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "JSON"),
        (b"\xff", "JSON"),
        (b'{"a": NaN}', "JSON"),
        (rb'{"a": "\ud800"}', "JSON"),
        (b'{"a": "\x00"}', "JSON"),
        (rb'{"a": "x\u0000"}', "NUL"),
        (rb'{"a\u0000": 1}', "NUL"),
        (rb'{"a": [{"b": ["\u0000"]}]}', "NUL"),
        (b'{"a": 1, "a": 2}', "两次"),
        (b'{"b": {"a": 1, "a": 1}}', "两次"),
        (b'[[{"a": 1}], {"a": 1, "a": 2}]', "两次"),
        (rb'{"a": 1, "\u0061": 2}', "两次"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "嵌套"),
        (b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH, "嵌套"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "嵌套"),
    ],
)
def test_what_is_not_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        parsed(body)
    assert reason in str(refused.value)
