"""What a lookup answers, and how the answers for a point and for an address are brought together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from huying.places.states import AreaLevel, Precision


@dataclass(frozen=True, slots=True)
class AreaRef:
    """One link of a chain."""

    code: str
    name: str
    level: AreaLevel


def chain_of(code: str, areas: Mapping[str, AreaRef]) -> tuple[AreaRef, ...]:
    """Return the areas from the widest down to `code`: those whose codes it begins with."""
    return tuple(areas[code[:end]] for end in range(1, len(code) + 1) if code[:end] in areas)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place a person may choose. `text` is what the person reads: 浦沿街道 · 东信社区 · 东信花园 · 3幢.

    exact: False when its name is only nearly the written one.
    """

    text: str
    area_code: str
    chain: tuple[AreaRef, ...]
    precision: Precision
    estate_id: int | None = None
    building_id: int | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is.

    area_code: deepest known area, "" when a person must look; then `candidates` says what it may be.
    chain: from the city down to `area_code`.
    named_code: deepest area the words themselves name without doubt; set also when a person must look.
    lng, lat: WGS-84; the given point, else the building's or the estate's, else None.
    """

    area_code: str = ""
    chain: tuple[AreaRef, ...] = ()
    estate_id: int | None = None
    building_id: int | None = None
    entrance: str = ""
    room: str = ""
    lng: float | None = None
    lat: float | None = None
    precision: Precision = Precision.UNRESOLVED
    candidates: tuple[Candidate, ...] = ()
    named_code: str = ""

    @property
    def is_resolved(self) -> bool:
        return bool(self.area_code)


NOWHERE = Location()


def nested(one: str, other: str) -> bool:
    """Tell whether one of two area codes lies inside the other."""
    return one.startswith(other) or other.startswith(one)


def combine(point: Location, address: Location) -> Location:
    """Join what the point says with what the words say. Source: docs/rules/places.md §5.

    The words decide; the point makes them finer or chooses between their candidates. When the two name
    different areas a person must look.
    """
    if not point.is_resolved:
        return replace(address, lng=point.lng, lat=point.lat)
    if not address.is_resolved:
        return _choose(point, address)
    if not nested(point.area_code, address.area_code):
        return replace(
            NOWHERE, lng=point.lng, lat=point.lat, candidates=(as_candidate(address), as_candidate(point))
        )
    return _finer(point, address)


def as_candidate(location: Location, *names: str) -> Candidate:
    """Turn a resolved location into something to choose; `names` follow the names of the chain."""
    text = " · ".join([ref.name for ref in location.chain] + list(names))
    return Candidate(
        text, location.area_code, location.chain, location.precision, location.estate_id, location.building_id
    )


def _finer(point: Location, address: Location) -> Location:
    placed = replace(address, lng=point.lng, lat=point.lat)
    if len(point.area_code) <= len(address.area_code):
        return placed
    precision = address.precision if address.estate_id else Precision.POINT
    return replace(placed, area_code=point.area_code, chain=point.chain, precision=precision)


def _choose(point: Location, address: Location) -> Location:
    """Take the only candidate around the point; where the words leave it open, the point's own area."""
    here = [each for each in address.candidates if nested(each.area_code, point.area_code)]
    if len(here) == 1 and here[0].exact:
        chosen = here[0]
        known = replace(
            address,
            area_code=chosen.area_code,
            chain=chosen.chain,
            estate_id=chosen.estate_id,
            building_id=chosen.building_id,
            precision=chosen.precision,
            candidates=(),
        )
        return _finer(point, known)
    disagree = not here if address.candidates else not nested(address.named_code, point.area_code)
    if disagree:
        both = (*address.candidates, as_candidate(point))
        return replace(address, lng=point.lng, lat=point.lat, candidates=both)
    return replace(point, candidates=tuple(here))
