"""One screen of the cockpit, put together from its figures; counted once in a moment for all walls."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from huying.cockpit import links, queries
from huying.cockpit.policy import PERIOD_DAYS, SERVICE_SHARE, Scope, Window
from huying.cockpit.states import Alarm
from huying.devices import queries as devices
from huying.look.time import roughly
from huying.org import queries as org
from huying.places import queries as places
from huying.places.states import AreaLevel
from huying.shared.brief import Brief

FRESH_SECONDS = 1.5  # so long two screens share what was counted
NONE = "—"


@dataclass(frozen=True, slots=True)
class Board:
    """Everything counted for a scope at a moment."""

    window: Window
    figures: queries.Figures
    areas: list[queries.Area]
    spots: list[queries.Spot]
    breaking: list[queries.Breaking]
    trend: list[queries.Trend]
    categories: list[queries.Category]
    units: list[queries.Unit]


_boards: Brief[Scope, Board] = Brief(FRESH_SECONDS, most=200)


def window(now: datetime) -> Window:
    """Return the local day of `now` and the period that ends with it."""
    today = _midnight(localtime(now).date())
    first = _midnight(today.date() - timedelta(days=PERIOD_DAYS - 1))
    return Window(now, today, _midnight(today.date() + timedelta(days=1)), first)


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of a local day and of the next."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def board(scope: Scope, now: datetime) -> Board:
    """Return what was counted for the scope, at most FRESH_SECONDS old."""
    return _boards.get(scope, lambda: counted(scope, window(now)))


def counted(scope: Scope, at: Window) -> Board:
    """Count everything anew."""
    return Board(
        window=at,
        figures=queries.figures(scope, at),
        areas=queries.areas(scope, at, on=at.day),
        spots=queries.spots(scope, at),
        breaking=queries.breaking(scope, at),
        trend=queries.trend(scope, at),
        categories=queries.categories(scope, at),
        units=queries.units(scope, at),
    )


def shown(seen: Board, scope: Scope) -> dict[str, Any]:
    """Return what the panels of the page show."""
    figures, at = seen.figures, seen.window
    return {
        "figures": figures,
        "links": links.links(scope, at),
        "loop": _loop(figures, links.links(scope, at)),
        "rates": _rates(figures, links.links(scope, at)),
        "paces": {
            name: _time(getattr(figures, name)) for name in ("found_assigned", "assigned_done", "service")
        },
        "service": share(figures.fast, figures.closed_period),
        "service_percent": _percent(figures.fast, figures.closed_period),
        "service_target": SERVICE_SHARE,
        "breaking": [(each, place(each)) for each in seen.breaking],
        "categories": [
            (each, links.of_category(scope, at, each.category_id), _width(each.count, seen.categories))
            for each in seen.categories
        ],
        "units": [
            (each, links.of_unit(scope, each.unit_id), share(each.met, each.met + each.late))
            for each in seen.units
        ],
        "alarms": alarms(seen.areas),
        "duty": duty(scope, at.now),
        "days": PERIOD_DAYS,
        "devices": [
            (kind, tally, links.of_devices(scope, kind, "online"), links.of_devices(scope, kind, "offline"))
            for kind, tally in devices.tally(scope.areas, at.now).items()
        ],
        "now": at.now,
    }


def alarms(areas: Iterable[queries.Area]) -> list[tuple[Alarm, int]]:
    """Return how many grids have each colour."""
    counts = Counter(each.alarm for each in areas if each.level is AreaLevel.GRID)
    return [(alarm, counts[alarm]) for alarm in Alarm]


def duty(scope: Scope, now: datetime) -> list[org.Rostered]:
    """Return who is on duty now in the rooms of the scope; for a part of a street, of its street."""
    code = scope.within
    street = next((area.code for area in places.chain(code) if area.level is AreaLevel.STREET), code)
    return [each for each in org.duty_today(now, area_prefix=street) if each.is_running]


def share(part: int, whole: int) -> str:
    """Write a share with one decimal, as 97.9%; — when there is nothing to measure."""
    return f"{100 * part / whole:.1f}%" if whole else NONE


def place(each: queries.Breaking | queries.Ageing | queries.Spot) -> str:
    """Return where it is, in words."""
    code = getattr(each, "area_code", "")
    return each.place or "".join(area.name for area in places.chain(code)[-2:])


def title(scope: Scope) -> str:
    """Return the name of what is looked at."""
    names = [area.name for code in scope.areas for area in places.chain(code)[-1:]]
    return "、".join(names[:3]) + (_("等%(count)d处") % {"count": len(names)} if len(names) > 3 else "")


def choices(scope: Scope, on: date) -> list[tuple[str, str]]:
    """Return (code, name) of the areas the viewer may look at, down to communities."""
    levels = (AreaLevel.CITY, AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY)
    standing = [area for level in levels for area in places.areas(level=level, on=on)]
    return [(area.code, area.name) for area in standing if area.code.startswith(scope.areas)]


def _loop(figures: queries.Figures, to: dict[str, str]) -> list[tuple[str, int, str, str]]:
    words = (
        ("reported", _("待受理"), "orange"),
        ("accepted", _("待指派"), "yellow"),
        ("in_hand", _("处置中"), "blue"),
        ("handled", _("待核查"), "cyan"),
        ("suspended", _("挂账"), "purple"),
    )
    return [(word, getattr(figures, name), to[name], tone) for name, word, tone in words]


def _rates(figures: queries.Figures, to: dict[str, str]) -> list[tuple[str, str, str, int, str]]:
    """Return (name, rate, what is counted in words, the count, its list)."""
    known = figures.in_time + figures.late
    whole = figures.done + figures.undone
    return [
        (_("处置率"), share(figures.done, whole), _("未处置"), figures.undone, to["undone"]),
        (_("按期率"), share(figures.in_time, known), _("超期"), figures.late, to["late"]),
        (_("协同率"), share(figures.shared, figures.called), _("多单位"), figures.shared, to["shared"]),
    ]


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0


def _width(count: int, of: list[queries.Category]) -> int:
    """Return the length of a bar in per cent of the longest."""
    return round(100 * count / max(each.count for each in of))


def _time(minutes: float | None) -> str:
    return NONE if minutes is None else roughly(timedelta(minutes=minutes))


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time()))
