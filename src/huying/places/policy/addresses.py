"""From the words of a Chinese address to a place, or to what a person must choose from.

Never a silent guess. Source: docs/rules/places.md §6.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from huying.places.policy import numerals
from huying.places.policy.gazetteer import ROAD, Gazetteer, Mention, NamedBuilding, NamedEstate
from huying.places.policy.locations import NOWHERE, Candidate, Location, as_candidate, nested
from huying.places.policy.numerals import SEPARATOR, Dwelling
from huying.places.policy.reading import Reading, read
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


def resolve(text: str, gazetteer: Gazetteer, within: str = "") -> Location:
    """Return the place an address names.

    within: code of an area; nothing outside of it is considered. An empty text is NOWHERE.
    """
    reading = read(numerals.normalise(text), gazetteer, within)
    location = _resolve(reading, gazetteer)
    named = next(iter(reading.scopes)) if reading.names_area and len(reading.scopes) == 1 else ""
    if location.is_resolved and _contradicts_unknown_area(reading, location, gazetteer):
        location = replace(NOWHERE, candidates=(_candidate(location, gazetteer),))
    return replace(location, named_code=named)


def _resolve(reading: Reading, gazetteer: Gazetteer) -> Location:
    for attempt in (_by_estate, _by_building_name, _by_door, _by_area):
        if (location := attempt(reading, gazetteer)) is not None:
            return location
    return NOWHERE


def _by_estate(reading: Reading, gazetteer: Gazetteer) -> Location | None:
    named = [
        (mention, gazetteer.estates[sense.estate_id])
        for mention in reading.mentions
        for sense in mention.senses
        if sense.estate_id is not None and sense.building_id is None
    ]
    if not named:
        return None
    inside = [pair for pair in named if reading.within(pair[1].area_code)]
    if _names(inside) != _names(named):  # one of them contradicts the named area
        return _look(reading, gazetteer, [_estate_place(each, gazetteer) for _, each in named])
    at_door = _at_doors(reading, gazetteer)
    fitting = _by_doors(inside, at_door)
    if len({estate.id for _, estate in fitting}) != 1:
        return _look(reading, gazetteer, [_estate_place(each, gazetteer) for _, each in fitting or named])
    mention, estate = fitting[0]
    elsewhere = [] if any(_belongs(each, estate) for each in at_door) else at_door
    if elsewhere or _BESIDE.match(reading.after(mention)):
        places = [_building_place(each, gazetteer) for each in elsewhere]
        return _look(reading, gazetteer, [_estate_place(estate, gazetteer), *places])
    return _in_estate(estate, mention, reading, gazetteer)


def _names(named: Sequence[tuple[Mention, NamedEstate]]) -> set[str]:
    return {mention.name for mention, _ in named}


def _by_doors(
    named: list[tuple[Mention, NamedEstate]], at_door: Sequence[NamedBuilding]
) -> list[tuple[Mention, NamedEstate]]:
    """Let the door number choose between estates of one name."""
    if len(named) < 2 or not at_door:
        return named
    return [pair for pair in named if any(_belongs(each, pair[1]) for each in at_door)]


def _in_estate(estate: NamedEstate, mention: Mention, reading: Reading, gazetteer: Gazetteer) -> Location:
    """Find the building; an unknown or doubtful number leaves the estate, with the buildings it may be."""
    senses = [sense for each in reading.mentions for sense in each.senses if sense.estate_id == estate.id]
    named = [sense.building_id for sense in senses if sense.building_id is not None]
    if named:
        return _building_place(gazetteer.buildings[named[0]], gazetteer)
    tail = _without_door(reading.after(mention), reading, mention)
    sure, doubtful = _numbered(estate, numerals.dwellings(tail), gazetteer)
    if len({building.id for building, _ in sure}) == 1:
        building, said = sure[0]
        place = _building_place(building, gazetteer)
        if not reading.within(building.area_code):
            return _look(reading, gazetteer, [place])
        return replace(place, entrance=said.entrance, room=said.room)
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


def _without_door(tail: str, reading: Reading, mention: Mention) -> str:
    """Cut a road and its door number out of the tail: 东信花园(浦沿路88号)3幢."""
    roads = [other for other in reading.mentions if other.start >= mention.end and ROAD in other.senses]
    if not roads:
        return tail
    found = numerals.door(reading.text[roads[0].end :])
    start, end = roads[0].start - mention.end, roads[0].end - mention.end
    return tail[:start] + SEPARATOR + tail[end + (found[1] if found else 0) :]


def _by_building_name(reading: Reading, gazetteer: Gazetteer) -> Location | None:
    named = [(m, s.building_id) for m in reading.mentions for s in m.senses if s.building_id is not None]
    if not named:
        return None
    fitting = [(m, each) for m, each in named if reading.within(gazetteer.buildings[each].area_code)]
    places = [_building_place(gazetteer.buildings[each], gazetteer) for _, each in fitting or named]
    if len(fitting) != 1:
        return _look(reading, gazetteer, places)
    entrance, room = numerals.entrance_and_room(reading.after(fitting[0][0]))
    return replace(places[0], entrance=entrance, room=room)


def _by_door(reading: Reading, gazetteer: Gazetteer) -> Location | None:
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


def _by_area(reading: Reading, gazetteer: Gazetteer) -> Location | None:
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


def _at_doors(reading: Reading, gazetteer: Gazetteer) -> list[NamedBuilding]:
    """Return every building at a road and door number the text names."""
    ids: dict[int, None] = {}
    for mention in reading.mentions:
        if (found := numerals.door(reading.text[mention.end :])) is not None:
            ids |= dict.fromkeys(gazetteer.doors.get((mention.name, found[0]), ()))
    return [gazetteer.buildings[each] for each in ids]


def _after_door(reading: Reading) -> str:
    for mention in reading.mentions:
        if ROAD in mention.senses and (found := numerals.door(reading.text[mention.end :])):
            return reading.text[mention.end + found[1] :]
    return ""


def _belongs(building: NamedBuilding, estate: NamedEstate) -> bool:
    return building.estate_id == estate.id or nested(building.area_code, estate.area_code)


def _contradicts_unknown_area(reading: Reading, location: Location, gazetteer: Gazetteer) -> bool:
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


def _deeper(place: Location, reading: Reading, gazetteer: Gazetteer) -> Location:
    """Take the named grid when the estate itself is only known to lie in its community."""
    finer = [scope for scope in reading.scopes if len(scope) > len(place.area_code)]
    if len(finer) != 1:
        return place
    return replace(place, area_code=finer[0], chain=gazetteer.chain(finer[0]))


def _look(reading: Reading, gazetteer: Gazetteer, places: Sequence[Location]) -> Location:
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
