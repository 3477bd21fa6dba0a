"""Should the sweeper trust the clock? A jumped wall clock would call half the town overdue."""

from dataclasses import dataclass, replace
from datetime import datetime

MAX_SKEW_SECONDS = 120
AGREE_SECONDS = 60  # clocks that agree again for this long are trusted again
ANCHOR_SECONDS = 3600  # a fresh anchor, so that slow drift never adds up to a false alarm


@dataclass(frozen=True, slots=True)
class Reading:
    """Two clocks at one moment. Ticks are seconds since boot: nobody can set them."""

    wall: datetime
    ticks: float
    boot: str  # ticks of different boots cannot be compared


@dataclass(frozen=True, slots=True)
class Guard:
    """What the sweeper knows of its clocks. halted_at None = sweeping."""

    anchor: Reading | None = None
    halted_at: datetime | None = None
    agreed_ticks: float | None = None  # ticks since which halted clocks agree again
    skew_seconds: float = 0.0


def judge(guard: Guard, reading: Reading) -> Guard:
    """Compare both clocks with the anchor: halt above 120 s, go on after a minute of agreement.

    Halted and booted anew, only an operator can tell which clock was right.
    Source: docs/rules/clocks.md §9.
    """
    if guard.anchor is None or guard.anchor.boot != reading.boot:
        return guard if guard.halted_at else Guard(anchor=reading)
    wall_seconds = (reading.wall - guard.anchor.wall).total_seconds()
    tick_seconds = reading.ticks - guard.anchor.ticks
    skew = wall_seconds - tick_seconds
    if abs(skew) > MAX_SKEW_SECONDS:
        halted_at = guard.halted_at or reading.wall
        return replace(guard, halted_at=halted_at, agreed_ticks=None, skew_seconds=skew)
    if guard.halted_at:
        return _agreeing(replace(guard, skew_seconds=skew), reading)
    return Guard(anchor=reading) if tick_seconds >= ANCHOR_SECONDS else replace(guard, skew_seconds=skew)


def _agreeing(guard: Guard, reading: Reading) -> Guard:
    since = reading.ticks if guard.agreed_ticks is None else guard.agreed_ticks
    if reading.ticks - since >= AGREE_SECONDS:
        return Guard(anchor=reading)
    return replace(guard, agreed_ticks=since)
