"""Case files on disk, read as a stream: memory does not grow with the file."""

import csv
import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from huying.intake.policy import Broken, Profile, Row, parse_profile, read_row
from huying.shared.errors import Incomplete, Malformed, NotFound
from huying.shared.sentences import Sentence

PROFILES = Path(__file__).parent / "profiles"
MAX_LINES = 50  # physical lines of one record; more is a quotation mark that nobody closed

Lines = deque[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in the file. line: where it begins, the heading being line 1."""

    line: int
    cells: dict[str, str]


def load_profile(name: str) -> Profile:
    """Load a profile by the name of one that comes along, or by the path of a TOML file.

    Raises NotFound, Malformed (no TOML) or Incomplete (a setting is wrong).
    """
    path = Path(name) if name.endswith(".toml") else PROFILES / f"{name}.toml"
    if not path.is_file():
        raise NotFound(what="配置（自带的有" + "、".join(profile_names()) + "）", key=name)
    try:
        return parse_profile(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(
            reason=Sentence("{path}不是有效的TOML（{error}）", path=path.name, error=error)
        ) from None


def profile_names() -> list[str]:
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def rows(file: BinaryIO, profile: Profile) -> Iterator[tuple[int, Row] | Broken]:
    """Yield every row with its line, broken ones with the reason. Raises Malformed for a wrong heading."""
    for record in records(file, profile):
        if isinstance(record, Broken):
            yield record
            continue
        try:
            yield record.line, read_row(profile, record.cells)
        except Incomplete as refused:
            yield Broken(record.line, str(refused.facts["reason"]))


def records(file: BinaryIO, profile: Profile) -> Iterator[Record | Broken]:
    """Yield every record of a CSV file. A record that cannot be read costs its first line only."""
    encoding = _encoding(file, profile.encodings)
    lines = enumerate(file, start=1)
    waiting: Lines = deque([next(lines, (1, b""))])
    heading = _heading(waiting, lines, encoding, profile)
    while waiting or _next_line(waiting, lines):
        if waiting[0][1].strip():
            yield _record(waiting, lines, heading, encoding, profile.delimiter)
        else:
            waiting.popleft()


def _encoding(file: BinaryIO, encodings: tuple[str, ...]) -> str:
    """Return the encoding under which the fewest lines fail; of equals, the first."""
    failures = dict.fromkeys(encodings, 0)
    for line in file:
        for encoding in encodings:
            failures[encoding] += not _decodes(line, encoding)
    file.seek(0)
    return min(encodings, key=lambda encoding: failures[encoding])


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    except LookupError:
        raise Malformed(reason=Sentence("没有编码“{encoding}”", encoding=encoding)) from None
    return True


def _heading(
    waiting: Lines, lines: Iterator[tuple[int, bytes]], encoding: str, profile: Profile
) -> list[str]:
    try:
        heading = [name.strip() for name in _fields(waiting, lines, encoding, profile.delimiter, None)]
    except Incomplete as refused:
        raise Malformed(reason=Sentence("表头无法读取：{reason}", reason=refused.facts["reason"])) from None
    missing = profile.columns() - set(heading)
    if missing:
        raise Malformed(reason=Sentence("文件缺少配置所用的列：{names}", names="、".join(sorted(missing))))
    return heading


def _record(
    waiting: Lines, lines: Iterator[tuple[int, bytes]], heading: list[str], encoding: str, delimiter: str
) -> Record | Broken:
    line = waiting[0][0]
    try:
        fields = _fields(waiting, lines, encoding, delimiter, len(heading))
    except Incomplete as refused:
        waiting.popleft()
        return Broken(line, str(refused.facts["reason"]))
    return Record(line, dict(zip(heading, fields, strict=True)))


def _fields(
    waiting: Lines, lines: Iterator[tuple[int, bytes]], encoding: str, delimiter: str, count: int | None
) -> list[str]:
    """Take the fields of one record off the waiting lines; read on while a quotation is open.

    Raises Incomplete when they are not `count`, and takes nothing.
    """
    text: list[str] = []
    fields: list[str] | None = None
    while fields is None:
        if len(text) == MAX_LINES or (len(waiting) == len(text) and not _next_line(waiting, lines)):
            raise Incomplete(reason="引号没有闭合")
        text.append(_text(waiting[len(text)][1], encoding, first=not text))
        fields = _split(text, delimiter)
    if count is not None and len(fields) != count:
        raise Incomplete(reason=Sentence("应有{count}列，实有{count_2}列", count=count, count_2=len(fields)))
    for _ in text:
        waiting.popleft()
    return fields


def _split(text: list[str], delimiter: str) -> list[str] | None:
    """Return the fields of a record, None while a quotation in it is open."""
    try:
        return next(csv.reader(text, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        raise Incomplete(reason=Sentence("不是有效的CSV行（{error}）", error=error)) from None


def _next_line(waiting: Lines, lines: Iterator[tuple[int, bytes]]) -> bool:
    line = next(lines, None)
    if line is not None:
        waiting.append(line)
    return line is not None


def _text(line: bytes, encoding: str, *, first: bool) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        if not first:  # another record's trouble: this one just never ended
            raise Incomplete(reason="引号没有闭合") from None
        raise Incomplete(
            reason=Sentence("第{start}字节无法按{encoding}解码", start=error.start + 1, encoding=encoding)
        ) from None
