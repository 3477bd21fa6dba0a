"""Photos that come in pieces. Source: docs/rules/offline.md §4; RFC 9110 §14.4 for the header."""

import re
from dataclasses import dataclass
from datetime import timedelta

from huying.cases.policy.photos import MAX_BYTES
from huying.shared.errors import Incomplete, Malformed, TooLarge
from huying.shared.sentences import Sentence

MOST = 200  # photos of one person that wait for the command they belong to
MOST_NAMED = 9  # photos of one command
KEPT = timedelta(days=3)  # a photo that no command named is deleted then; the phone still has it
SHA256 = r"^[0-9a-f]{64}$"
_RANGE = re.compile(r"bytes (\d{1,10})-(\d{1,10})/(\d{1,10})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file: the bytes `first` to `last`, counted from 0, of `total`."""

    first: int
    last: int
    total: int


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How much of a photo has arrived. whole: all of it, and its SHA-256 is right."""

    offset: int
    whole: bool = False


def piece(content_range: str, length: int) -> Piece:
    """Return which piece `length` bytes are.

    Raises Malformed (no such header), Incomplete (it does not fit), TooLarge.
    """
    found = _RANGE.fullmatch(content_range)
    if found is None:
        raise Malformed(reason="请求头 Content-Range 无效")
    made = Piece(*map(int, found.groups()))
    if made.total > MAX_BYTES:
        raise TooLarge(megabytes=MAX_BYTES // 1_000_000)
    if not made.first <= made.last < made.total or length != made.last - made.first + 1:
        raise Incomplete(reason="请求头 Content-Range 与内容不符")
    return made


def check_room(waiting: int) -> None:
    """Raise Incomplete when somebody has so many photos waiting already that he gets no more room."""
    if waiting >= MOST:
        raise Incomplete(reason=Sentence("等待提交的照片已有{count}张，请先提交", count=waiting))
