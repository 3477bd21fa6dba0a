"""What a process remembers of places, so that a lookup needs no query.

Other processes are noticed by the token of the one Revision row, compared at most once a second. A
transaction that wrote places compares at every look and keeps what it sees to itself: it may still be
rolled back.
"""

import threading
from bisect import bisect_right
from datetime import date
from functools import cached_property
from time import monotonic
from uuid import UUID

import shapely
from django.db import connection

from huying.places.models import Area, Boundary, Building, Estate, Revision
from huying.places.policy.boundaries import BoundaryIndex, Outline
from huying.places.policy.gazetteer import Gazetteer, NamedArea, NamedBuilding, NamedEstate
from huying.places.policy.locations import AreaRef, chain_of
from huying.places.states import AreaLevel

COMPARE_SECONDS = 1.0


class World:
    """All places as of one token. Parts are read when first asked for; afterwards nothing changes."""

    def __init__(self, token: UUID | None) -> None:
        self.token = token
        self._indices: dict[int, BoundaryIndex] = {}
        self._gazetteers: dict[int, Gazetteer] = {}
        self._chains: dict[str, tuple[AreaRef, ...]] = {}  # of areas that are there

    @cached_property
    def areas(self) -> dict[str, AreaRef]:
        """Every area that ever was, by code."""
        return {area.code: _ref(area) for area in self._areas}

    def chain(self, code: str) -> tuple[AreaRef, ...]:
        known = self._chains.get(code)
        if known is None:
            known = chain_of(code, self.areas)
            if code in self.areas:
                self._chains[code] = known
        return known

    def index(self, on: date) -> BoundaryIndex:
        era = bisect_right(self._boundary_days, on)
        if era not in self._indices:
            self._indices[era] = BoundaryIndex(self.outlines(on))
        return self._indices[era]

    def outlines(self, on: date) -> list[Outline]:
        return [each for each, start, end in self._outlines if start <= on and (end is None or on < end)]

    def gazetteer(self, on: date) -> Gazetteer:
        era = bisect_right(self._name_days, on)
        if era not in self._gazetteers:
            self._gazetteers[era] = self._build_gazetteer(on)
        return self._gazetteers[era]

    @cached_property
    def _areas(self) -> list[Area]:
        return list(Area.objects.order_by("code"))

    @cached_property
    def _buildings(self) -> list[tuple[NamedBuilding, date | None]]:
        fields = ("id", "name", "area__code", "estate_id", "address", "lng", "lat", "voided_on")
        rows = Building.objects.order_by("code").values_list(*fields)
        return [(NamedBuilding(*row[:-1]), row[-1]) for row in rows]

    @cached_property
    def _outlines(self) -> list[tuple[Outline, date, date | None]]:
        rows = Boundary.objects.values_list("area__code", "area__level", "geometry", "valid_from", "valid_to")
        return [
            (Outline(code, AreaLevel(level), shapely.from_wkb(bytes(wkb))), start, end)
            for code, level, wkb, start, end in rows
        ]

    @cached_property
    def _boundary_days(self) -> list[date]:
        return sorted({day for _, start, end in self._outlines for day in (start, end) if day is not None})

    @cached_property
    def _name_days(self) -> list[date]:
        days = {day for area in self._areas for day in (area.opened_on, area.voided_on)}
        return sorted(
            day for day in days | {voided_on for _, voided_on in self._buildings} if day is not None
        )

    def _build_gazetteer(self, on: date) -> Gazetteer:
        areas = [area for area in self._areas if (area.opened_on is None or area.opened_on <= on)]
        areas = [area for area in areas if area.voided_on is None or on < area.voided_on]
        codes = {area.code for area in areas}
        estates = Estate.objects.order_by("id").values_list(
            "id", "name", "area__code", "aliases", "lng", "lat"
        )
        return Gazetteer(
            [NamedArea(_ref(area), area.aliases) for area in areas],
            [estate for row in estates if (estate := NamedEstate(*row)).area_code in codes],
            [each for each, voided_on in self._buildings if voided_on is None or on < voided_on],
        )


def current() -> World:
    """Return the world as this transaction may see it."""
    if _own.wrote and not connection.in_atomic_block:
        forget()  # the transaction was rolled back
    return _own_world() if _own.wrote else _shared_world()


def wrote() -> None:
    """Say that the running transaction has changed places."""
    _own.wrote = True


def forget() -> None:
    """Compare again at the next look, in every thread of this process."""
    global _seen
    _own.wrote, _own.world = False, None
    _seen = (_seen[0], 0.0)


class _Own(threading.local):
    wrote: bool = False
    world: World | None = None


_own = _Own()
_lock = threading.Lock()
_seen: tuple[World | None, float] = (None, 0.0)  # the shared world and until when it needs no comparison


def _own_world() -> World:
    token = _token()
    if _own.world is None or _own.world.token != token:
        _own.world = World(token)
    return _own.world


def _shared_world() -> World:
    global _seen
    world, until = _seen
    if world is not None and monotonic() < until:
        return world
    with _lock:
        token = _token()
        world = _seen[0]
        if world is None or world.token != token:
            world = World(token)
        _seen = (world, monotonic() + COMPARE_SECONDS)
        return world


def _token() -> UUID | None:
    return Revision.objects.values_list("token", flat=True).first()


def _ref(area: Area) -> AreaRef:
    return AreaRef(area.code, area.name, AreaLevel(area.level))
