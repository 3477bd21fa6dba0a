"""Days and times as people type them. Source: docs/rules/administration.md §3."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

_SERIAL_ZERO = date(1899, 12, 30)  # day 0 of a spreadsheet that counts from 1900
_SERIALS = range(20_000, 80_000)  # 1954 to 2119
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DENSE_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(上午|下午|晚上|凌晨|中午)?(\d{1,2})(?:[:时点](\d{1,2})?)(?:[:分](\d{1,2})?秒?)?(?:整)?")
_AFTERNOON = {"下午", "晚上"}


def day(text: str, what: str) -> date:
    """Read 2026-11-21, 2026/11/21, 2026年11月21日, 20261121 or a spreadsheet's count of days.

    Raises Incomplete for anything else; a year is never guessed.
    """
    said = _half_width(text)
    said = re.sub(r"[ T]0?0:00(:00)?$", "", said)
    said = re.sub(r"[((]?(星期|周)[一二三四五六日天][))]?", "", said).strip()
    if match := _DAY.fullmatch(said) or _DENSE_DAY.fullmatch(said):
        return _date(match, what, text)
    if re.fullmatch(r"\d{5}(\.0)?", said) and int(float(said)) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(float(said)))
    raise Incomplete(reason=Sentence("{column}“{said}”不是日期，请写作 2026-11-21", column=what, said=text))


def _date(match: re.Match[str], what: str, text: str) -> date:
    year, month, number = map(int, match.groups())
    try:
        return date(year, month, number)
    except ValueError:
        raise Incomplete(
            reason=Sentence("{column}“{said}”不是日历上的一天", column=what, said=text)
        ) from None


def time_of_day(text: str, what: str) -> time:
    """Read 8:00, 08:00:00, 8点, 下午2时30分 or a part of a day (0.5 is noon). 24:00 is midnight.

    Raises Incomplete for anything else.
    """
    said = _half_width(text).replace(" ", "")
    if re.fullmatch(r"0?\.\d+|0(\.0)?", said):
        hour, minute = divmod(round(float(said) * 24 * 60), 60)
        return time(hour, minute)
    match = _TIME.fullmatch(said)
    hour, minute = (int(match[2]), int(match[3] or 0)) if match else (99, 0)
    if match and match[1] in _AFTERNOON and hour < 12:
        hour += 12
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise Incomplete(reason=Sentence("{column}“{said}”不是时刻，请写作 08:00", column=what, said=text))
    return time(hour, minute)


def moment(text: str, what: str) -> datetime:
    """Read a day and a time, 2026-11-21 08:00; also a spreadsheet's count of days with a fraction.

    Raises Incomplete for anything else, also for a day without a time.
    """
    said = _half_width(text).replace("T", " ")
    if re.fullmatch(r"\d{5}\.\d+", said) and int(float(said)) in _SERIALS:
        minutes = round(float(said) * 24 * 60)
        return datetime.combine(_SERIAL_ZERO, time()) + timedelta(minutes=minutes)
    match = re.fullmatch(r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})\s*(.+)", said)
    if match is None:
        raise Incomplete(
            reason=Sentence("{column}“{said}”不是日期和时刻，请写作 2026-11-21 08:00", column=what, said=text)
        )
    return datetime.combine(day(match[1], what), time_of_day(match[2], what))


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
