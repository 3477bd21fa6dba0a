"""What is missing: places without a responsible person, hours without an officer, duty not taken over."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from huying.org.policy.chain import Away, Holder, StandIn, resolve_chain
from huying.org.policy.roster import HAND_OVER_GRACE_MINUTES, Window
from huying.org.states import ChainLevel, Lack


@dataclass(frozen=True, slots=True)
class Place:
    """An area, or a building (its code is then that of the building).

    wanted: the levels that must be filled for it. within: code of the area; its own for an area.
    """

    code: str
    name: str
    within: str
    wanted: tuple[ChainLevel, ...]


@dataclass(frozen=True, slots=True)
class PlaceGap:
    place: Place
    level: ChainLevel
    lack: Lack


@dataclass(frozen=True, slots=True)
class RosterGap:
    """Nobody is on duty in this unit during the window."""

    unit_code: str
    unit_name: str
    window: Window


@dataclass(frozen=True, slots=True)
class OpenHandOver:
    """A shift has ended, and the duty was not handed over or not taken over."""

    unit_code: str
    shift_id: int
    ended_at: datetime
    written: bool


@dataclass(frozen=True, slots=True)
class GapReport:
    at: datetime
    places: tuple[PlaceGap, ...]
    hours: tuple[RosterGap, ...]
    hand_overs: tuple[OpenHandOver, ...]
    unwatched: tuple[Place, ...]  # streets that no command centre watches

    @property
    def is_empty(self) -> bool:
        return not (self.places or self.hours or self.hand_overs or self.unwatched)


def prefixes(area_code: str) -> Iterator[str]:
    """Yield every code that may name a wider place, and the code itself."""
    return (area_code[:length] for length in range(1, len(area_code) + 1))


def place_gaps(
    places: Iterable[Place],
    holders: Mapping[str, Collection[Holder]],
    absences: Collection[Away],
    deputies: Collection[StandIn],
    at: datetime,
) -> tuple[PlaceGap, ...]:
    """Return each wanted link that names nobody at `at`.

    holders: by code of the area or building held.
    Source: docs/rules/org.md §2.
    """
    return tuple(
        PlaceGap(place, link.level, link.lack)
        for place in places
        for link in resolve_chain(_holders_of(place, holders), absences, deputies, at)
        if link.level in place.wanted and link.lack
    )


def _holders_of(place: Place, holders: Mapping[str, Collection[Holder]]) -> list[Holder]:
    codes = {*prefixes(place.within), place.code}
    return [holder for code in codes for holder in holders.get(code, ())]


def unwatched(streets: Iterable[Place], room_areas: Collection[str]) -> tuple[Place, ...]:
    """Return the streets that lie in no area of a command centre; "" is the area of one that watches all."""
    return tuple(street for street in streets if not any(street.code.startswith(area) for area in room_areas))


def is_overdue(ended_at: datetime, confirmed_at: datetime | None, at: datetime) -> bool:
    """Tell whether a shift ended at least 15 minutes ago and nobody has taken over."""
    return confirmed_at is None and ended_at + timedelta(minutes=HAND_OVER_GRACE_MINUTES) <= at
