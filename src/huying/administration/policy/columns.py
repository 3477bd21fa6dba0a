"""The columns of a table and how people fill their cells. Source: docs/rules/administration.md §3."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from huying.administration.policy import moments
from huying.administration.states import Kind
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence, Sentences
from huying.shared.words import Word

CLEAR = "清空"  # an empty cell leaves what is there; this word takes it away
LONGEST = 200  # characters of a cell, unless the column says less
SEPARATOR = "、"
_BLANK = re.compile(r"[\s\u00a0\u200b-\u200d\u2060\ufeff]+")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")  # 张 三: set wide by hand
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PHONE = re.compile(r"(?:0\d{2,3}-?)?\d{3,11}(?:[-转]\d{1,6})?")
_DIGITS = str.maketrans({chr(0xFF10 + digit): str(digit) for digit in range(10)})
_PARTS = re.compile(r"[,;、;|\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    headings: the one we write first, then what offices call it. needed: a new row must have it.
    read_back False: written for people, ignored when it comes back. listed False: not in the list of records.
    is_fixed: said once, when the record is made.
    words: what a WORD column may say.
    """

    field: str
    headings: tuple[str, ...]
    kind: Kind = Kind.TEXT
    needed: bool = False
    read_back: bool = True
    listed: bool = True
    is_fixed: bool = False
    words: type[Word] | None = None
    longest: int = LONGEST
    hint: str = ""

    @property
    def heading(self) -> str:
        return self.headings[0]


def read(column: Column, cell: str) -> str:
    """Return what a cell says in the one way we write it; "" for an empty one.

    Raises Incomplete with a sentence about the cell.
    """
    text = tidy(cell)
    if not text or text == CLEAR:
        return text
    if _NO_TEXT.search(text):
        raise Incomplete(reason="含有无法显示的字符，请重新输入")
    said = _READERS[column.kind](column, text)
    if len(said) > column.longest:
        raise Incomplete(reason=Sentence("{column}超过{most}字", column=column.heading, most=column.longest))
    return said


def tidy(cell: str) -> str:
    """Return a cell without blanks at its ends or doubled inside, digits in half width."""
    return _BLANK.sub(" ", cell).strip().translate(_DIGITS)


def agrees(column: Column, said: str, present: str) -> bool:
    """Tell whether a cell leaves the record as it is: it is empty, says the same, or names what is there."""
    if not said or said == present or (said == CLEAR and not present):
        return True
    if column.kind is not Kind.LIST or said == CLEAR:
        return False
    return set(said.split(SEPARATOR)) <= set(present.split(SEPARATOR))


def parts(said: str) -> tuple[str, ...]:
    """Return the members of a list as `read` writes it."""
    return tuple(part for part in said.split(SEPARATOR) if part)


def join(members: Iterable[str]) -> str:
    """Return a list as one cell."""
    return SEPARATOR.join(members)


def plain(number: float | None) -> str:
    """Return a number as people type it: 3.0 is 3; "" for none."""
    return "" if number is None else f"{number:.10g}"


def _text(_column: Column, text: str) -> str:
    return text


def _name(_column: Column, text: str) -> str:
    return _BETWEEN_HAN.sub("", unicodedata.normalize("NFC", text))


def _code(column: Column, text: str) -> str:
    said = unicodedata.normalize("NFKC", text).replace(" ", "").strip("'’`")
    _whole(column, said)
    return said.removesuffix(".0") if re.fullmatch(r"\d+\.0", said) else said


def _whole(column: Column, said: str) -> None:
    if _SCIENTIFIC.fullmatch(said):
        raise Incomplete(
            reason=Sentence(
                "{column}“{said}”是科学计数，末几位已经丢失；请把这一列设为文本格式后重新填写",
                column=column.heading,
                said=said,
            )
        )


def _phone(column: Column, text: str) -> str:
    said = _code(column, text).removeprefix("+86").removeprefix("0086-").lstrip("-")
    digits = said.replace("-", "")
    if re.fullmatch(r"1\d{10}", digits):
        return digits
    if not _PHONE.fullmatch(said):
        raise Incomplete(reason=Sentence("{column}“{said}”不是电话号码", column=column.heading, said=text))
    return said


def _number(column: Column, text: str) -> str:
    said = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise Incomplete(reason=Sentence("{column}“{said}”不是数字", column=column.heading, said=text))
    return plain(number)


def _word(column: Column, text: str) -> str:
    words = list(column.words or ())
    for word in words:
        if text in (word.label, word.value):
            return str(word.label)
    known = Sentences([word.label for word in words])
    raise Incomplete(
        reason=Sentence("{column}“{said}”不在“{known}”之中", column=column.heading, said=text, known=known)
    )


def _list(_column: Column, text: str) -> str:
    return join(dict.fromkeys(part.strip() for part in _PARTS.split(text) if part.strip()))


def _day(column: Column, text: str) -> str:
    return moments.day(text, column.heading).isoformat()


def _time(column: Column, text: str) -> str:
    return f"{moments.time_of_day(text, column.heading):%H:%M}"


def _moment(column: Column, text: str) -> str:
    return f"{moments.moment(text, column.heading):%Y-%m-%d %H:%M}"


_READERS: dict[Kind, Callable[[Column, str], str]] = {
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.CODE: _code,
    Kind.PHONE: _phone,
    Kind.NUMBER: _number,
    Kind.WORD: _word,
    Kind.LIST: _list,
    Kind.DAY: _day,
    Kind.TIME: _time,
    Kind.MOMENT: _moment,
}
