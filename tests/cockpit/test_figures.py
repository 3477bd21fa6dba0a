"""Every number of the screen is what an independent count over the rows gives, and what its list shows."""

from datetime import datetime, timedelta
from statistics import median
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from tests.cases.conftest import ELSEWHERE, GRID, NOW, STREET, Cast
from tests.cockpit.conftest import Weeks

from huying.cases import queries as cases
from huying.cases.forms import FilterForm
from huying.cases.models import Assignment, Case
from huying.clocks.models import Deadline
from huying.cockpit import board, links, policy, queries
from huying.cockpit.policy import Scope, Window
from huying.cockpit.states import Alarm
from huying.org.policy import Actor

SEEDS = range(4)
ALL = Scope((STREET,))
OPEN = ("reported", "accepted", "in_hand", "handled", "suspended")


def due(case: Case) -> datetime | None:
    clocks = Deadline.objects.filter(case_id=case.pk, state="running").exclude(stage="evaluate")
    return min((clock.due_at for clock in clocks if clock.due_at), default=None)


def units(case: Case) -> int:
    return len({each.unit_id for each in Assignment.objects.filter(case=case)})


def counted(case: Case, at: Window) -> dict[str, bool]:
    """Say of one row, in Python, which figures it belongs to."""
    is_open = case.state in OPEN
    runs_out = due(case)
    is_closed = case.state == "closed" and case.closed_at is not None
    recent = is_closed and case.closed_at >= at.first
    kept = case.reported_at >= at.first and case.state not in ("declined", "merged")
    done = case.handled_at is not None or case.state == "closed"
    called = case.reported_at >= at.first and case.assigned_at is not None
    quick = recent and case.closed_at - case.reported_at <= timedelta(hours=24)
    return {
        "reported_today": at.today <= case.reported_at < at.tomorrow,
        "closed_today": is_closed and at.today <= case.closed_at < at.tomorrow,
        "open": is_open,
        "overdue": is_open and runs_out is not None and runs_out < at.now,
        "soon": is_open and runs_out is not None and at.now <= runs_out < at.now + timedelta(hours=1),
        "urgent": is_open and case.urgent,
        **{state: case.state == state for state in OPEN},
        "closed_period": recent,
        "in_time": recent and case.in_time is True,
        "late": recent and case.in_time is False,
        "fast": quick,
        "slow": recent and not quick,
        "done": kept and done,
        "undone": kept and not done,
        "called": called,
        "shared": called and units(case) > 1,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_each_figure_is_the_count_over_the_rows(cast: Cast, weeks: Weeks, seed: int) -> None:
    weeks(seed)
    at = board.window(NOW)
    figures = queries.figures(ALL, at)
    rows = [counted(case, at) for case in Case.objects.all()]
    assert len(rows) == 60
    for name in rows[0]:
        assert getattr(figures, name) == sum(row[name] for row in rows), name
    assert min(figures.open, figures.overdue, figures.closed_period, figures.late, figures.shared) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_each_list_shows_as_many_as_its_figure_says(cast: Cast, weeks: Weeks, seed: int) -> None:
    weeks(seed)
    at = board.window(NOW)
    figures = queries.figures(ALL, at)
    for name, address in links.links(ALL, at).items():
        assert listed(address, cast.sun) == getattr(figures, name), name


@pytest.mark.parametrize("seed", SEEDS)
def test_times_are_those_of_the_rows(cast: Cast, weeks: Weeks, seed: int) -> None:
    weeks(seed)
    at = board.window(NOW)
    figures = queries.figures(ALL, at)
    called = [each for each in Case.objects.all() if counted(each, at)["called"]]
    found = [(each.assigned_at - each.found_at).total_seconds() / 60 for each in called]
    done = [
        ((each.handled_at or each.closed_at) - each.assigned_at).total_seconds() / 60
        for each in called
        if each.handled_at or each.closed_at
    ]
    assert figures.found_assigned == pytest.approx(median(found))
    assert figures.assigned_done == pytest.approx(median(done))


def test_grids_units_categories_and_days_add_up_and_lead_to_their_lists(cast: Cast, weeks: Weeks) -> None:
    weeks(5)
    at = board.window(NOW)
    figures = queries.figures(ALL, at)
    ground = queries.areas(ALL, at, on=at.day)
    for area in ground:
        assert listed(links.of_area(area.code), cast.sun) == area.open
        assert listed(links.of_area(area.code, overdue=True), cast.sun) == area.overdue
    assert {area.code for area in ground} == {GRID[:12], GRID}
    for day in queries.trend(ALL, at):
        assert listed(links.of_day(ALL, day.day), cast.sun) == day.reported
        assert listed(links.of_day(ALL, day.day, closed=True), cast.sun) == day.closed
    assert len(queries.trend(ALL, at)) == policy.PERIOD_DAYS
    for category in queries.categories(ALL, at):
        assert listed(links.of_category(ALL, at, category.category_id), cast.sun) == category.count > 0
    for unit in queries.units(ALL, at):
        assert listed(links.of_unit(ALL, unit.unit_id), cast.sun) == unit.open
    assert len(queries.spots(ALL, at)) == Case.objects.filter(state__in=OPEN, lng__isnull=False).count() > 0
    first = queries.breaking(ALL, at, most=100)
    assert [each.due_at for each in first] == sorted(each.due_at for each in first)
    assert sum(each.due_at < NOW for each in first) == figures.overdue


def test_nobody_counts_what_is_not_his(cast: Cast, weeks: Weeks) -> None:
    weeks(1)
    at = board.window(NOW)
    assert queries.figures(policy.scope(cast.stranger, ""), at).open == 0
    assert policy.scope(cast.stranger, "").areas == (ELSEWHERE,)
    assert queries.figures(policy.scope(cast.sun, GRID), at).open < queries.figures(ALL, at).open


def test_an_empty_street_has_no_rates(cast: Cast) -> None:
    shown = board.shown(board.counted(ALL, board.window(NOW)), ALL)
    assert shown["service"] == "—"
    assert {rate for _, rate, *_ in shown["rates"]} == {"—"}
    assert [alarm for alarm, count in shown["alarms"] if count] == [Alarm.GREEN]


def listed(address: str, actor: Actor) -> int:
    """Return how many cases the list at an address has for somebody."""
    query = QueryDict(urlsplit(address).query)
    assert parse_qs(query.urlencode())  # a list without any filter would prove nothing
    return cases.count(actor, FilterForm(query).filter(NOW))
