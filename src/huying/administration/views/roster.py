"""The duty roster: a week of each unit that has one, with its gaps."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.administration.policy import columns as cells_of
from huying.administration.policy.reach import reach, require_reach
from huying.administration.tables import ROSTER, Given
from huying.administration.tables.people import number_of
from huying.administration.views.frame import page
from huying.administration.views.people import person_named
from huying.clocks.policy import SHANGHAI
from huying.org import actions
from huying.org import queries as org
from huying.org.policy import Window
from huying.org.queries import people as queries
from huying.org.queries.people import Planned
from huying.org.requests import ActorRequest
from huying.org.states import GRANTS, Verb
from huying.shared.errors import Incomplete, NotFound, Refused
from huying.shared.sentences import Sentence, Sentences

DAYS = 7
_USUAL = {"unit": "", "person": "", "day": "", "start": "08:00", "end": "16:00"}  # of the form
_ROLES = GRANTS[Verb.SCHEDULE_SHIFT]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one unit."""

    on: date
    is_today: bool
    shifts: list[Planned]
    gaps: list[Window]


@dataclass(frozen=True, slots=True)
class Line:
    """A week of one unit. is_watched: a duty room, which must be staffed any minute (C01)."""

    code: str
    name: str
    is_watched: bool
    days: list[Day]
    gaps: tuple[Window, ...]


@require_safe
def roster(request: ActorRequest) -> HttpResponse:
    """Show a week; the first is this one."""
    return _shown(request, _week(request.GET.get("week", "")))


def _shown(request: ActorRequest, monday: date, refused: Refused | None = None) -> HttpResponse:
    reached = require_reach(request.actor, _ROLES, doing="查看值班表")
    start = datetime.combine(monday, datetime.min.time(), SHANGHAI)
    lines = _lines(reached, start, now())
    facts = {
        "lines": lines,
        "days": [monday + timedelta(days=number) for number in range(DAYS)],
        "monday": monday,
        "before": monday - timedelta(days=DAYS),
        "after": monday + timedelta(days=DAYS),
        "gaps": sum(len(line.gaps) for line in lines),
        "table": ROSTER,
        "now": now(),
        "units": list(_units(reached)),
        "typed": {field: request.POST.get(field, usual) for field, usual in _USUAL.items()},
        "refused": refused,
    }
    return page(request, "roster", "roster", facts, status=refused.status if refused else 200)


def _week(said: str) -> date:
    """Return the Monday of the week a day lies in, of this week for none or nonsense."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = localtime(now()).date()
    return day - timedelta(days=day.weekday())


def _units(reached: tuple[str, ...]) -> list[tuple[str, str]]:
    found = {unit.code: unit.name for prefix in reached for unit in org.units(area_prefix=prefix)}
    return sorted(found.items())


def _lines(reached: tuple[str, ...], start: datetime, moment: datetime) -> list[Line]:
    end = start + timedelta(days=DAYS)
    planned = queries.shifts(start, end, reached=reached)
    rooms = {
        room.code: room
        for room in org.duty_rooms(moment)
        if any((room.area.code if room.area else "").startswith(prefix) for prefix in reached)
    }
    others = {shift.unit_code: shift.unit_name for shift in planned if shift.unit_code not in rooms}
    watched = [
        _line(code, room.name, planned, org.uncovered(room, start, end), start, moment, is_watched=True)
        for code, room in sorted(rooms.items())
    ]
    return watched + [
        _line(code, name, planned, (), start, moment, is_watched=False)
        for code, name in sorted(others.items())
    ]


def _line(
    code: str,
    name: str,
    planned: list[Planned],
    gaps: tuple[Window, ...],
    start: datetime,
    moment: datetime,
    *,
    is_watched: bool,
) -> Line:
    own = [shift for shift in planned if shift.unit_code == code]
    days = []
    for number in range(DAYS):
        begins, ends = start + timedelta(days=number), start + timedelta(days=number + 1)
        days.append(
            Day(
                begins.date(),
                begins <= moment < ends,
                [shift for shift in own if begins <= shift.starts_at < ends],
                [
                    _clipped(gap, begins, ends)
                    for gap in gaps
                    if gap.starts_at < ends and gap.ends_at > begins
                ],
            )
        )
    return Line(code, name, is_watched, days, gaps)


def _clipped(gap: Window, begins: datetime, ends: datetime) -> Window:
    return Window(max(gap.starts_at, begins), min(gap.ends_at, ends))


@require_POST
def schedule(request: ActorRequest) -> HttpResponse:
    """Put somebody on the roster."""
    reached = require_reach(request.actor, _ROLES, doing=Verb.SCHEDULE_SHIFT.label)
    moment = now()
    monday = _week(request.POST.get("day", ""))
    try:
        cells = {
            column.field: cells_of.read(column, request.POST.get(column.field, ""))
            for column in ROSTER.columns
            if column.field in ("unit", "day", "start", "end")
        }
        missing = [ROSTER.column(field).heading for field, cell in cells.items() if not cell]
        if missing:
            raise Incomplete(reason=Sentence("请填写{columns}", columns=Sentences(missing)))
        staff_id = person_named(request.POST.get("person", ""), reached)
        cells["number"] = number_of("", staff_id)
        ROSTER.put(Given(None, cells, reached, request.actor, moment))
    except Refused as refused:
        return _shown(request, monday, refused)
    messages.success(request, _("已排班。"))
    return _back(_week(cells["day"]))


@require_POST
def cancel(request: ActorRequest, shift_id: int) -> HttpResponse:
    """Take a shift off the roster."""
    moment = now()
    reached = reach(request.actor, _ROLES)
    known = queries.shifts(moment, moment + timedelta(days=400), reached=reached)
    shift = next((each for each in known if each.shift_id == shift_id), None)
    if shift is None:
        raise NotFound(what="班次", key=shift_id)
    actions.cancel_shift(shift_id, now=moment, actor=request.actor)
    messages.success(request, _("已取消排班。"))
    return _back(_week(localtime(shift.starts_at).date().isoformat()))


def _back(monday: date) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('administration:roster')}?week={monday}")
