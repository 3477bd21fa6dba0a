"""How people write numbers, buildings, entrances and rooms. Source: docs/rules/places.md §6."""

import re
import unicodedata
from dataclasses import dataclass

SEPARATOR = "|"  # stands for punctuation, so that words on both sides do not melt together
_DASHES = str.maketrans(dict.fromkeys("—–‐‑‒―−~〜_", "-"))
_DIGITS = {char: digit for digit, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}

_CHINESE = "零〇一二两三四五六七八九十百"
_NUMBER = rf"(?:[0-9]+(?:-[0-9]+)?[A-Z]?|[A-Z][0-9]*|[{_CHINESE}]+|[甲乙丙丁])"
_ZONE = rf"(?:[0-9]+|[A-Z]|[{_CHINESE}]+|[东南西北中])[区期]"
# 号 alone is a building only where a room or nothing follows: 3号下午 is a day
_BUILDING_WORD = rf"(?:号楼|幢楼?|栋楼?|座|#楼?|号(?=$|[|0-9A-Z{_CHINESE}]))"
_ENTRANCE = rf"(?P<entrance>{_NUMBER}|[东南西北中])(?:单元|门(?!口))"
_FLOOR = rf"(?:[0-9]+|[{_CHINESE}]+)[楼层]"
_ROOM_NUMBER = rf"[0-9]{{1,5}}[A-Z]?|[A-Z][0-9]{{1,4}}|[{_CHINESE}]+"
_ROOM = (
    rf"(?P<room>{_ROOM_NUMBER})(?:室|房|户|号房)|(?P<bare>[0-9]{{3,5}}[A-Z]?)(?![0-9年月日元人点分米平度])"
)

_WORDED = re.compile(
    rf"(?P<zone>{_ZONE})?(?P<building>{_NUMBER}){_BUILDING_WORD}"
    rf"-?(?:{_ENTRANCE}|(?P<dashed>[0-9]{{1,2}})-(?=[0-9]{{3}}))?-?(?:{_FLOOR})?(?:{_ROOM})?"
)
_DASHED = re.compile(
    r"(?P<zone>)(?P<building>[0-9]+|[A-Z][0-9]*)-(?:(?P<dashed>[0-9]{1,2})-)?(?P<room>[0-9]{3,5}[A-Z]?)室?"
)
_ENTRANCE_ONLY = re.compile(rf"{_ENTRANCE}-?(?:{_FLOOR})?(?:{_ROOM})?")
_SEVERAL = re.compile(rf"({_NUMBER})[|和与及到至]({_NUMBER})(?:号楼|幢|栋|座)")
_STRONG_WORDS = re.compile(r"号楼|幢|栋|座|#")
_BUILDING_NAME = re.compile(rf"(?P<zone>{_ZONE})?(?P<building>{_NUMBER}){_BUILDING_WORD}")
_DOOR = re.compile(rf"(?P<number>[0-9]+(?:-[0-9]+)?|[{_CHINESE}]+)(?P<kind>号(?!楼|大街|路)|弄)")


@dataclass(frozen=True, slots=True)
class Dwelling:
    """What follows the name of an estate or a door number. "" where nothing is said.

    zone: 东区, 2期. building: "3", "3-1", "A". entrance: "2单元". room: "501".
    """

    building: str = ""
    zone: str = ""
    entrance: str = ""
    room: str = ""


def normalise(text: str) -> str:
    """Return half-width capitals without blanks and brackets; other punctuation becomes SEPARATOR."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_DASHES)
    plain = re.sub(r"[\s()\[\]{}【】〔〕「」]", "", plain)
    return re.sub(r"[,.;:!?、。·•/\\\"'“”‘’《》<>]+", SEPARATOR, plain).strip(SEPARATOR)


def number(text: str) -> str:
    """Return 十二 as "12", 三〇一 as "301", 03 as "3"; anything else as it is."""
    if text.isdigit():
        return str(int(text))
    if not text or set(text) - set(_CHINESE):
        return text
    if not set(text) & set(_UNITS):
        return str(int("".join(str(_DIGITS[char]) for char in text)))
    return str(_spoken(text))


def _spoken(text: str) -> int:
    total, digit = 0, 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def building_key(name: str) -> tuple[str, str]:
    """Return (zone, number) of a building's name: 三幢 → ("", "3"), A区3号楼 → ("A区", "3").

    A name without a number is its own key: 行政楼 → ("", "行政楼").
    """
    plain = normalise(name)
    match = _BUILDING_NAME.fullmatch(plain)
    if match is None:
        return "", number(plain)
    return _zone(match["zone"]), number(match["building"])


def dwellings(text: str) -> list[Dwelling]:
    """Return every building that what follows an estate may name; none when it names no building."""
    several = _SEVERAL.search(text)
    if several:
        return [Dwelling(number(building)) for building in several.groups()]
    worded, dashed = list(_WORDED.finditer(text)), _DASHED.search(text)
    if dashed and (not worded or _swallows(dashed, worded[0])):
        return _dashed(dashed)
    plain = worded[:1] + [match for match in worded[1:] if _STRONG_WORDS.search(match[0])]
    return list(dict.fromkeys(_worded(match) for match in plain))


def _swallows(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() <= other.start() and one.end() > other.end()


def entrance_and_room(text: str) -> tuple[str, str]:
    """Return what follows a door number or a named building: 2单元501室 → ("2单元", "501")."""
    if match := _ENTRANCE_ONLY.match(text):
        return _entrance(match["entrance"]), number(match["room"] or match["bare"] or "")
    room = re.match(rf"(?:{_FLOOR})?(?:{_ROOM})?", text)
    return "", number((room["room"] or room["bare"] or "") if room else "")


def door(text: str) -> tuple[str, int] | None:
    """Return the door number at the start of `text` ("88", "88-3", "88弄") and where it ends."""
    match = _DOOR.match(text)
    if match is None:
        return None
    lane = "弄" if match["kind"] == "弄" else ""
    return number(match["number"]) + lane, match.end()


def _worded(match: re.Match[str]) -> Dwelling:
    entrance = match["entrance"] or match["dashed"] or ""
    room = match["room"] or match["bare"] or ""
    return Dwelling(number(match["building"]), _zone(match["zone"]), _entrance(entrance), number(room))


def _dashed(match: re.Match[str]) -> list[Dwelling]:
    """3-2-501 is building 3, entrance 2; where buildings are numbered 3-1, 3-2 it is building 3-2."""
    first, second, room = match["building"], match["dashed"] or "", match["room"]
    readings = [Dwelling(number(first), "", _entrance(second), number(room))]
    return [*readings, Dwelling(f"{first}-{second}", "", "", number(room))] if second else readings


def _entrance(text: str) -> str:
    return f"{number(text)}单元" if text else ""


def _zone(text: str | None) -> str:
    return number(text[:-1]) + text[-1] if text else ""
