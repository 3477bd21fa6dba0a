"""Which colour a grid has, which days a figure covers, whom a cockpit shows what. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huying.cockpit.states import READERS, Alarm
from huying.org.policy import Actor
from huying.shared.errors import NotFound, NotPermitted

PERIOD_DAYS = 30  # of everything that is not "today", today included
SOON = timedelta(hours=1)  # before it runs out, a clock is about to break
MANY_OVERDUE, MANY_OPEN = 3, 5  # cases of one grid
SERVICE_SHARE = 90  # per cent closed within 24 hours (B16)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which areas a cockpit shows. chosen: "" = everything that is the viewer's."""

    areas: tuple[str, ...]  # codes; "" alone = the whole installation
    chosen: str = ""

    @property
    def prefixes(self) -> list[str]:
        """Return what LIKE compares codes with."""
        return [f"{code}%" for code in self.areas]

    @property
    def within(self) -> str:
        """Return what the areas have in common: what the map draws."""
        return self.areas[0] if len(self.areas) == 1 else _common(self.areas)


@dataclass(frozen=True, slots=True)
class Window:
    """The moments figures are counted between, from the day of `now`."""

    now: datetime
    today: datetime  # its first moment
    tomorrow: datetime
    first: datetime  # of the period

    @property
    def day(self) -> date:
        return self.today.date()

    @property
    def first_day(self) -> date:
        return self.first.date()


def scope(actor: Actor, area: str) -> Scope:
    """Return what somebody looks at: all that is his, or an area in it.

    Raises NotPermitted for who has no cockpit, NotFound for an area that is not his.
    """
    codes = {grant.area_prefix for grant in actor.grants if grant.role in READERS}
    if not codes:
        raise NotPermitted(verb="查看驾驶舱")
    widest = tuple(code for code in sorted(codes) if not _is_inside(code, codes - {code}))
    if not area:
        return Scope(widest)
    if not any(area.startswith(code) for code in widest):
        raise NotFound(what="辖区", key=area)
    return Scope((area,), area)


def alarm(open_cases: int, overdue: int, urgent_overdue: int) -> Alarm:
    """Return the colour of a grid. Source: docs/rules/cockpit.md §3."""
    if overdue >= MANY_OVERDUE or urgent_overdue:
        return Alarm.RED
    if overdue:
        return Alarm.ORANGE
    if open_cases >= MANY_OPEN:
        return Alarm.YELLOW
    return Alarm.BLUE if open_cases else Alarm.GREEN


def _is_inside(code: str, others: set[str]) -> bool:
    return any(code.startswith(other) for other in others)


def _common(codes: tuple[str, ...]) -> str:
    first, last = min(codes), max(codes)
    same = next((at for at, letter in enumerate(first) if last[at : at + 1] != letter), len(first))
    return first[:same]
