"""Every name of a place that people write, built once from the tables. Source: docs/rules/places.md §6."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from huying.places.policy import numerals
from huying.places.policy.locations import AreaRef, chain_of
from huying.places.states import AreaLevel

SHORTEST_NEAR = 4  # characters of a name below which one slip makes it another name

# What people leave out of a name. The shortened name counts only when nothing follows that would make it
# part of another word: 浦沿路 is not 浦沿街道.
_SUFFIXES: dict[AreaLevel, tuple[str, ...]] = {
    AreaLevel.CITY: ("市",),
    AreaLevel.DISTRICT: ("区", "县", "市"),
    AreaLevel.STREET: ("街道", "镇", "乡"),
}
_LONG_WORDS = re.compile(r"(?:(?<=街道)办事处|居民委员会|村民委员会|居委会|村委会)$")
_NO_SHORT_BEFORE = re.compile(r"[路街道巷弄里社村苑园桥大小花新公广客车站]")
_ROAD = re.compile(
    r"(?P<road>[^|]+?(?:大街|大道|路|街|巷|弄|里|坊|道))(?=[0-9零〇一二三四五六七八九十百]+(?:-[0-9]+)?[号弄])"
)


@dataclass(frozen=True, slots=True)
class NamedArea:
    ref: AreaRef
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NamedEstate:
    id: int
    name: str
    area_code: str
    aliases: Sequence[str] = ()
    lng: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class NamedBuilding:
    id: int
    name: str
    area_code: str
    estate_id: int | None = None
    address: str = ""
    lng: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing a name may mean; a road means no single place and has neither.

    is_short: the name lacks the word (区, 街道) that makes it plain.
    """

    area_code: str = ""
    estate_id: int | None = None
    building_id: int | None = None
    is_short: bool = False

    @property
    def is_area(self) -> bool:
        return bool(self.area_code) and self.estate_id is None and self.building_id is None


ROAD = Sense()


@dataclass(frozen=True, slots=True)
class Mention:
    """A known name found in a text."""

    start: int
    end: int
    name: str
    senses: tuple[Sense, ...]


class Gazetteer:
    """Immutable after it is built, so threads may share it."""

    def __init__(
        self,
        areas: Iterable[NamedArea],
        estates: Iterable[NamedEstate] = (),
        buildings: Iterable[NamedBuilding] = (),
    ) -> None:
        self.areas: dict[str, AreaRef] = {}
        self.estates: dict[int, NamedEstate] = {}
        self.buildings: dict[int, NamedBuilding] = {}
        self.numbered: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        self.doors: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._senses: dict[str, list[Sense]] = defaultdict(list)
        self._near: dict[str, set[int]] = defaultdict(set)
        self._longest = 0
        for area in areas:
            self._add_area(area)
        for estate in estates:
            self._add_estate(estate)
        for building in buildings:
            self._add_building(building)
        self.levels = frozenset(ref.level for ref in self.areas.values())

    def chain(self, code: str) -> tuple[AreaRef, ...]:
        """Return the areas from the widest down to `code`."""
        return chain_of(code, self.areas)

    def mentions(self, text: str) -> list[Mention]:
        """Return the known names in a normalised text: from the left, the longest first, none overlapping."""
        found: list[Mention] = []
        at = 0
        while at < len(text):
            mention = self._mention(text, at)
            if mention is not None:
                found.append(mention)
            at = mention.end if mention is not None else at + 1
        return found

    def near(self, text: str) -> set[int]:
        """Return the estates `text` names with one slip: a wrong, missing or extra character."""
        lengths = range(SHORTEST_NEAR - 1, self._longest + 2)
        windows = {text[at : at + length] for length in lengths for at in range(len(text) - length + 1)}
        return {estate for window in windows for key in _slips(window) for estate in self._near.get(key, ())}

    def _mention(self, text: str, at: int) -> Mention | None:
        for end in range(min(len(text), at + self._longest), at + 1, -1):
            senses = self._senses.get(text[at:end])
            if senses is None:
                continue
            follows = _NO_SHORT_BEFORE.match(text, end) is not None
            fitting = tuple(sense for sense in senses if not (sense.is_short and follows))
            if fitting:
                return Mention(at, end, text[at:end], fitting)
        return None

    def _name(self, name: str, sense: Sense) -> None:
        if len(name) > 1 and sense not in self._senses[name]:
            self._senses[name].append(sense)
            self._longest = max(self._longest, len(name))

    def _add_area(self, area: NamedArea) -> None:
        ref = area.ref
        self.areas[ref.code] = ref
        for name in map(numerals.normalise, (ref.name, *area.aliases)):
            self._name(name, Sense(ref.code))
            self._name(_LONG_WORDS.sub("", name), Sense(ref.code))
            for suffix in _SUFFIXES.get(ref.level, ()):
                if name.endswith(suffix):
                    self._name(name.removesuffix(suffix), Sense(ref.code, is_short=True))

    def _add_estate(self, estate: NamedEstate) -> None:
        self.estates[estate.id] = estate
        for name in map(numerals.normalise, (estate.name, *estate.aliases)):
            self._name(name, Sense(estate.area_code, estate.id))
            self._name(name.removesuffix("小区"), Sense(estate.area_code, estate.id))
            for key in _slips(name):
                self._near[key].add(estate.id)

    def _add_building(self, building: NamedBuilding) -> None:
        self.buildings[building.id] = building
        zone, number = numerals.building_key(building.name)
        if building.estate_id is not None:
            self.numbered[building.estate_id, number].append((zone, building.id))
        if not any(char.isdigit() for char in number) and len(number) > 1:
            self._name(number, Sense(building.area_code, building.estate_id, building.id))
        for road, door in self.doors_in(numerals.normalise(building.address)):
            self.doors[road, door].append(building.id)
            self._name(road, ROAD)

    def doors_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (road, door number) of a normalised address; names of areas before the road are left out."""
        for mention in reversed(self.mentions(text)):
            if any(sense.is_area for sense in mention.senses):
                text = text[: mention.start] + numerals.SEPARATOR + text[mention.end :]
        for match in _ROAD.finditer(text):
            if found := numerals.door(text[match.end() :]):
                yield match["road"], found[0]


def _slips(name: str) -> Iterator[str]:
    """Yield the name and every form with one character left out; names one slip apart share such a form."""
    yield name
    if len(name) >= SHORTEST_NEAR:
        yield from (name[:at] + name[at + 1 :] for at in range(len(name)))
