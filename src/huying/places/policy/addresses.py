"""From the words of a Chinese address to a place, or to what a person must choose from.

Never a silent guess. Source: docs/rules/places.md §6.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from huying.places.policy import numerals
from huying.places.policy.gazetteer import ROAD, Gazetteer, Mention, NamedBuilding, NamedEstate
from huying.places.policy.locations import NOWHERE, Candidate, Location, as_candidate, nested
from huying.places.policy.numerals import SEPARATOR, Dwelling
from huying.places.states import AreaLevel, Precision

_BESIDE = re.compile(r"^(?:小区)?的?(?:对面|附近|旁|隔壁|周边|边上)")
# Names of areas we do not know; 小区, 小镇 and the like are no areas, 我们街道 is no name.
_UNKNOWN_AREAS: tuple[tuple[AreaLevel, re.Pattern[str]], ...] = (
    (
        AreaLevel.DISTRICT,
        re.compile(r"(?:^|[省市|])(?!我们|本|你们)[一-鿿]{1,3}(?:(?<![小园社片景校厂新城期库宿])区|县)$"),
    ),
    (AreaLevel.STREET, re.compile(r"(?!我们|本|你们|哪个|[^一-鿿])[一-鿿]{2,5}?(?:街道|(?<!小)镇|乡)")),
    (AreaLevel.COMMUNITY, re.compile(r"(?!我们|本|你们|哪个|[^一-鿿])[一-鿿]{2,6}?社区")),
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text and what is known in it; `scopes` are the areas it may mean, none when its words contradict."""

    text: str
    mentions: Sequence[Mention]
    scopes: frozenset[str]
    names_area: bool

    def within(self, code: str) -> bool:
        return any(nested(code, scope) for scope in self.scopes)

    def after(self, mention: Mention) -> str:
        """Return the text up to the next area that is named."""
        ends = [m.start for m in self.mentions if m.start >= mention.end and any(s.is_area for s in m.senses)]
        return self.text[mention.end : min(ends, default=len(self.text))]

    @property
    def gaps(self) -> list[str]:
        """Return the pieces no known name covers."""
        starts = [0, *(mention.end for mention in self.mentions)]
        ends = [*(mention.start for mention in self.mentions), len(self.text)]
        return [self.text[start:end] for start, end in zip(starts, ends, strict=True)]


def resolve(text: str, gazetteer: Gazetteer, within: str = "") -> Location:
    """Return the place an address names.

    within: code of an area; nothing outside of it is considered. An empty text is NOWHERE.
    """
    reading = _read(numerals.normalise(text), gazetteer, within)
    location = _resolve(reading, gazetteer)
    named = next(iter(reading.scopes)) if reading.names_area and len(reading.scopes) == 1 else ""
    if location.is_resolved and _contradicts_unknown_area(reading, location, gazetteer):
        location = replace(NOWHERE, candidates=(_candidate(location, gazetteer),))
    return replace(location, named_code=named)


def _read(text: str, gazetteer: Gazetteer, within: str) -> _Reading:
    mentions = gazetteer.mentions(text)
    scopes, names_area = frozenset({within}), False
    for mention in mentions:
        codes = [sense.area_code for sense in mention.senses if sense.is_area]
        if codes and not any(sense.estate_id for sense in mention.senses):
            scopes, names_area = _narrowed(scopes, codes), True
    return _Reading(text, mentions, scopes, names_area)


def _narrowed(scopes: Iterable[str], codes: Sequence[str]) -> frozenset[str]:
    """Return the deeper of every pair that fits together."""
    return frozenset(max(scope, code, key=len) for scope in scopes for code in codes if nested(scope, code))


def _resolve(reading: _Reading, gazetteer: Gazetteer) -> Location:
    for attempt in (_by_estate, _by_building_name, _by_door, _by_area):
        if (location := attempt(reading, gazetteer)) is not None:
            return location
    return NOWHERE


def _by_estate(reading: _Reading, gazetteer: Gazetteer) -> Location | None:
    known = [
        (m, [s.estate_id for s in m.senses if s.estate_id and not s.building_id]) for m in reading.mentions
    ]
    known = [(mention, ids) for mention, ids in known if ids]
    if not known:
        return None
    estates = [gazetteer.estates[each] for _, ids in known for each in ids if each is not None]
    fitting = [estate for estate in estates if reading.within(estate.area_code)]
    at_door = _at_doors(reading, gazetteer)
    if len(fitting) > 1 and at_door:
        fitting = [estate for estate in fitting if any(_belongs(each, estate) for each in at_door)]
    if len({estate.id for estate in fitting}) != 1:
        return _look(reading, gazetteer, [_estate_place(each, gazetteer) for each in fitting or estates])
    estate = fitting[0]
    mention = next(mention for mention, ids in known if estate.id in ids)
    if at_door and not any(_belongs(each, estate) for each in at_door):
        buildings = [_building_place(each, gazetteer) for each in at_door]
        return _look(reading, gazetteer, [_estate_place(estate, gazetteer), *buildings])
    if _BESIDE.match(reading.after(mention)):
        return _look(reading, gazetteer, [_estate_place(estate, gazetteer)])
    return _in_estate(estate, mention, reading, gazetteer)


def _in_estate(estate: NamedEstate, mention: Mention, reading: _Reading, gazetteer: Gazetteer) -> Location:
    """Find the building; an unknown or doubtful number leaves the estate, with the buildings it may be."""
    tail = _without_doors(reading.after(mention), reading, mention)
    named = [
        s.building_id
        for m in reading.mentions
        for s in m.senses
        if s.building_id and s.estate_id == estate.id
    ]
    if named and named[0] is not None:
        return _building_place(gazetteer.buildings[named[0]], gazetteer)
    sure, doubtful = _numbered(estate, numerals.dwellings(tail), gazetteer)
    if len(sure) == 1:
        building, said = sure[0]
        return replace(_building_place(building, gazetteer), entrance=said.entrance, room=said.room)
    place = _deeper(_estate_place(estate, gazetteer), reading, gazetteer)
    choices = [building for building, _ in sure] or doubtful
    return replace(place, candidates=_candidates([_building_place(b, gazetteer) for b in choices], gazetteer))


def _numbered(
    estate: NamedEstate, readings: Sequence[Dwelling], gazetteer: Gazetteer
) -> tuple[list[tuple[NamedBuilding, Dwelling]], list[NamedBuilding]]:
    """Return the buildings that are surely meant, and those of the same number in another zone."""
    sure, doubtful = [], []
    for said in readings:
        same_number = gazetteer.numbered.get((estate.id, said.building), [])
        for zone, building_id in same_number:
            building = gazetteer.buildings[building_id]
            if zone == said.zone or (not said.zone and len(same_number) == 1):
                sure.append((building, said))
            else:
                doubtful.append(building)
    return sure, doubtful


def _without_doors(tail: str, reading: _Reading, mention: Mention) -> str:
    """Cut the tail before a road, whose number is a door and no building: 东信花园(浦沿路88号)3幢."""
    for other in reading.mentions:
        if other.start >= mention.end and all(sense == ROAD for sense in other.senses):
            at = other.start - mention.end
            found = numerals.door(reading.text[other.end :])
            cut = other.end - mention.end + (found[1] if found else 0)
            tail = tail[:at] + SEPARATOR + tail[cut:]
            break
    return tail


def _by_building_name(reading: _Reading, gazetteer: Gazetteer) -> Location | None:
    named = [(m, s.building_id) for m in reading.mentions for s in m.senses if s.building_id is not None]
    if not named:
        return None
    fitting = [(m, each) for m, each in named if reading.within(gazetteer.buildings[each].area_code)]
    places = [_building_place(gazetteer.buildings[each], gazetteer) for _, each in fitting or named]
    if len(fitting) != 1:
        return _look(reading, gazetteer, places)
    entrance, room = numerals.entrance_and_room(reading.after(fitting[0][0]))
    return replace(places[0], entrance=entrance, room=room)


def _by_door(reading: _Reading, gazetteer: Gazetteer) -> Location | None:
    every = _at_doors(reading, gazetteer)
    if not every:
        return None
    fitting = [building for building in every if reading.within(building.area_code)]
    tail = _after_door(reading)
    said = numerals.dwellings(tail)
    numbered = [
        (b, d) for b in fitting for d in said if numerals.building_key(b.name) == (d.zone, d.building)
    ]
    if len(numbered) == 1:
        building, dwelling = numbered[0]
        place = _building_place(building, gazetteer)
        return replace(place, entrance=dwelling.entrance, room=dwelling.room)
    if len(fitting) == 1 and not said:
        entrance, room = numerals.entrance_and_room(tail)
        return replace(_building_place(fitting[0], gazetteer), entrance=entrance, room=room)
    estates = {building.estate_id for building in fitting}
    if len(estates) == 1 and (estate_id := estates.pop()) is not None:
        return _deeper(_estate_place(gazetteer.estates[estate_id], gazetteer), reading, gazetteer)
    return _look(reading, gazetteer, [_building_place(each, gazetteer) for each in fitting or every])


def _by_area(reading: _Reading, gazetteer: Gazetteer) -> Location | None:
    near = {estate for gap in reading.gaps for estate in gazetteer.near(gap)}
    alike = [
        gazetteer.estates[each] for each in sorted(near) if reading.within(gazetteer.estates[each].area_code)
    ]
    if alike:
        look = _look(reading, gazetteer, [_estate_place(each, gazetteer) for each in alike])
        return replace(look, candidates=tuple(replace(each, exact=False) for each in look.candidates))
    if not reading.names_area:
        return None
    if len(reading.scopes) != 1:
        codes = {s.area_code for m in reading.mentions for s in m.senses if s.is_area}
        return _look(
            reading, gazetteer, [_area_place(code, gazetteer) for code in sorted(reading.scopes or codes)]
        )
    return _area_place(next(iter(reading.scopes)), gazetteer)


def _at_doors(reading: _Reading, gazetteer: Gazetteer) -> list[NamedBuilding]:
    """Return every building at a road and door number the text names."""
    ids: dict[int, None] = {}
    for mention in reading.mentions:
        if (found := numerals.door(reading.text[mention.end :])) is not None:
            ids |= dict.fromkeys(gazetteer.doors.get((mention.name, found[0]), ()))
    return [gazetteer.buildings[each] for each in ids]


def _after_door(reading: _Reading) -> str:
    for mention in reading.mentions:
        if ROAD in mention.senses and (found := numerals.door(reading.text[mention.end :])):
            return reading.text[mention.end + found[1] :]
    return ""


def _belongs(building: NamedBuilding, estate: NamedEstate) -> bool:
    return building.estate_id == estate.id or nested(building.area_code, estate.area_code)


def _contradicts_unknown_area(reading: _Reading, location: Location, gazetteer: Gazetteer) -> bool:
    """Tell whether the text names an area nobody knows above what was found: 西兴街道东信花园."""
    deepest = location.chain[-1].level.depth if location.chain else 0
    is_place = location.estate_id is not None or location.building_id is not None
    return any(
        pattern.search(gap)
        for level, pattern in _UNKNOWN_AREAS
        if level in gazetteer.levels and (is_place or deepest > level.depth)
        for gap in reading.gaps
    )


def _area_place(code: str, gazetteer: Gazetteer) -> Location:
    chain = gazetteer.chain(code)
    in_grid = bool(chain) and chain[-1].level.depth >= AreaLevel.GRID.depth
    return Location(code, chain, precision=Precision.GRID if in_grid else Precision.AREA)


def _estate_place(estate: NamedEstate, gazetteer: Gazetteer) -> Location:
    return replace(
        _area_place(estate.area_code, gazetteer),
        estate_id=estate.id,
        lng=estate.lng,
        lat=estate.lat,
        precision=Precision.ESTATE,
    )


def _building_place(building: NamedBuilding, gazetteer: Gazetteer) -> Location:
    return replace(
        _area_place(building.area_code, gazetteer),
        estate_id=building.estate_id,
        building_id=building.id,
        lng=building.lng,
        lat=building.lat,
        precision=Precision.BUILDING,
    )


def _deeper(place: Location, reading: _Reading, gazetteer: Gazetteer) -> Location:
    """Take the named grid when the estate itself is only known to lie in its community."""
    finer = [scope for scope in reading.scopes if len(scope) > len(place.area_code)]
    if len(finer) != 1:
        return place
    return replace(place, area_code=finer[0], chain=gazetteer.chain(finer[0]))


def _look(reading: _Reading, gazetteer: Gazetteer, places: Sequence[Location]) -> Location:
    """A person must look; where the words name an area the places do not lie in, it is offered too."""
    named = [_area_place(code, gazetteer) for code in sorted(reading.scopes) if reading.names_area]
    apart = [area for area in named if not any(nested(area.area_code, each.area_code) for each in places)]
    return replace(NOWHERE, candidates=_candidates([*places, *apart], gazetteer))


def _candidates(places: Sequence[Location], gazetteer: Gazetteer) -> tuple[Candidate, ...]:
    return tuple(dict.fromkeys(_candidate(place, gazetteer) for place in places))


def _candidate(place: Location, gazetteer: Gazetteer) -> Candidate:
    names = [gazetteer.estates[place.estate_id].name] if place.estate_id is not None else []
    if place.building_id is not None:
        names.append(gazetteer.buildings[place.building_id].name)
    return as_candidate(place, *names)
