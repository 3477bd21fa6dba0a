"""Who answers for a place at a moment. A case is never without an owner (design §4)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.org.states import ChainLevel, How, Lack
from huying.shared.errors import Unavailable
from huying.shared.ids import StaffId


@dataclass(frozen=True, slots=True)
class Officer:
    """A person and how to reach them."""

    staff_id: StaffId
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a level of the chain over a place that contains the one asked for.

    depth: length of the code of the held place; the deeper one answers first.
    rank: among holders of the same place the lowest answers first.
    """

    officer: Officer
    level: ChainLevel
    depth: int = 0
    rank: int = 0


@dataclass(frozen=True, slots=True)
class StandIn:
    """`officer` stands in for `staff_id`; the lowest order is asked first."""

    staff_id: StaffId
    officer: Officer
    order: int
    starts_at: datetime
    ends_at: datetime | None = None  # None = until further notice


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away for starts_at <= t < ends_at; None = until further notice."""

    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The named person who answers, and by what right.

    level: the level of the chain they answer on; None for the duty room.
    """

    staff_id: StaffId
    name: str
    phone: str
    level: ChainLevel | None
    how: How


@dataclass(frozen=True, slots=True)
class Link:
    """One level of the chain: a person, or why there is none."""

    level: ChainLevel
    person: Person | None
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class DutyRoom:
    """A unit that watches day and night: those on shift now, and those who lead it."""

    name: str
    officers: tuple[Officer, ...] = ()
    chiefs: tuple[Officer, ...] = ()


def _holds(span: StandIn | Away, at: datetime) -> bool:
    return span.starts_at <= at and (span.ends_at is None or at < span.ends_at)


def _present(
    officers: Iterable[Officer], absences: Collection[Away], deputies: Collection[StandIn], at: datetime
) -> Iterator[tuple[Officer, bool]]:
    """Yield who is there, in the order asked, with whether they only stand in."""
    away = {absence.staff_id for absence in absences if _holds(absence, at)}
    asked = list(officers)
    yield from ((officer, False) for officer in asked if officer.staff_id not in away)
    for officer in asked:
        stand_ins = [d for d in deputies if d.staff_id == officer.staff_id and _holds(d, at)]
        for stand_in in sorted(stand_ins, key=lambda d: d.order):
            if stand_in.officer.staff_id not in away:
                yield stand_in.officer, True


def available(
    officers: Iterable[Officer], absences: Collection[Away], deputies: Collection[StandIn], at: datetime
) -> tuple[Officer, bool] | None:
    """Return the first officer who is there, else the first deputy who is; the flag tells a deputy."""
    return next(_present(officers, absences, deputies, at), None)


def resolve_chain(
    holders: Sequence[Holder],
    absences: Collection[Away],
    deputies: Collection[StandIn],
    at: datetime,
    *,
    knows_building: bool = True,
) -> tuple[Link, ...]:
    """Return the five links from the liaison cadre down to the building head.

    holders: those of every place on the way; a deeper place answers before a wider one.
    Source: docs/rules/org.md §2.
    """
    return tuple(
        _link(level, holders, absences, deputies, at)
        if knows_building or level is not ChainLevel.BUILDING_HEAD
        else Link(level, None, Lack.NO_BUILDING)
        for level in ChainLevel
    )


def _link(
    level: ChainLevel,
    holders: Sequence[Holder],
    absences: Collection[Away],
    deputies: Collection[StandIn],
    at: datetime,
) -> Link:
    here = [holder for holder in holders if holder.level is level]
    here.sort(key=lambda holder: (-holder.depth, holder.rank, holder.officer.staff_id))
    if not here:
        return Link(level, None, Lack.VACANT)
    found = available((holder.officer for holder in here), absences, deputies, at)
    if found is None:
        return Link(level, None, Lack.ALL_AWAY)
    officer, stands_in = found
    return Link(level, _person(officer, level, How.DEPUTY if stands_in else How.HOLDER))


def _person(officer: Officer, level: ChainLevel | None, how: How) -> Person:
    return Person(officer.staff_id, officer.name, officer.phone, level, how)


def owner(
    chain: Sequence[Link],
    rooms: Sequence[DutyRoom],
    absences: Collection[Away],
    deputies: Collection[StandIn],
    at: datetime,
    *,
    place: str = "",
) -> Person:
    """Return who answers: the deepest link with a person, then one level up, …, then the duty rooms.

    rooms: the nearest first. place: named in the refusal.
    Raises Unavailable naming everything that is missing. Source: docs/rules/org.md §3.
    """
    asked = [link for link in reversed(chain) if link.lack is not Lack.NO_BUILDING]
    for steps_up, link in enumerate(asked):
        if link.person:
            return _risen(link.person) if steps_up else link.person
    for room in rooms:
        if found := duty_officer(room, absences, deputies, at):
            return found
    raise Unavailable(reason=_nobody(place, asked, rooms))


def duty_officer(
    room: DutyRoom, absences: Collection[Away], deputies: Collection[StandIn], at: datetime
) -> Person | None:
    """Return the officer on shift, else who stands in, else the chief or who stands in for the chief."""
    for officers in (room.officers, room.chiefs):
        if found := available(officers, absences, deputies, at):
            return _person(found[0], None, How.DUTY_ROOM)
    return None


def _risen(person: Person) -> Person:
    """Return the same person as answering for a lower level; a deputy stays a deputy."""
    how = How.SUPERIOR if person.how is How.HOLDER else person.how
    return Person(person.staff_id, person.name, person.phone, person.level, how)


def _nobody(place: str, asked: Sequence[Link], rooms: Sequence[DutyRoom]) -> str:
    missing = [f"{link.level.label}（{link.lack.label}）" for link in asked if link.lack]
    missing += [f"{room.name}值班员和负责人" for room in rooms] or ["指挥室（未设立）"]
    return f"{place or '该地点'}无人负责：{'、'.join(missing)}"
