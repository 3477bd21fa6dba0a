"""What units are called for: their assignments, ordered by the clock that runs out next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from huying.cases.models import Assignment, Case
from huying.cases.states import LIVE, AssignmentState
from huying.clocks import queries as clocks
from huying.clocks.queries import CallClock
from huying.org.policy import Actor

MOST_CALLS = 500  # of a unit at a time: more than anybody can look through
MOST_ANSWERED = 30


@dataclass(frozen=True, slots=True)
class Called:
    """One call to one of the actor's units; clock: None while none runs, as when the case is suspended."""

    assignment: Assignment  # with case, category and unit
    clock: CallClock | None

    @property
    def case(self) -> Case:
        case: Case = self.assignment.case
        return case

    @property
    def state(self) -> AssignmentState:
        return AssignmentState(self.assignment.state)


def calls_of(actor: Actor) -> list[Called]:
    """Return the live calls of the actor's units, the one whose clock runs out next first."""
    rows = list(_of_units(actor).filter(state__in=LIVE).order_by("id")[:MOST_CALLS])
    return sorted(_clocked(rows), key=_turn)


def answered_of(actor: Actor, since: datetime) -> list[Called]:
    """Return what the actor's units answered since then, the newest first."""
    rows = _of_units(actor).filter(state=AssignmentState.ANSWERED, answered_at__gte=since)
    return [Called(row, None) for row in rows.order_by("-answered_at", "-id")[:MOST_ANSWERED]]


def own_calls(actor: Actor, case: Case) -> list[Called]:
    """Return the live calls of the actor's units to one case."""
    rows = list(_of_units(actor).filter(case=case, state__in=LIVE).order_by("id"))
    return list(_clocked(rows))


def _of_units(actor: Actor) -> QuerySet[Assignment]:
    own = Assignment.objects.filter(unit__in=actor.unit_ids)
    return own.select_related("case__category", "unit")


def _clocked(rows: list[Assignment]) -> Iterable[Called]:
    running = clocks.next_of_calls([row.case_id for row in rows])
    return (Called(row, running.get(row.pk)) for row in rows)


def _turn(called: Called) -> tuple[bool, float, int]:
    """Return the place in the order: clocks first, by the moment they run out, then what has none."""
    clock = called.clock
    return (clock is None, clock.due_at.timestamp() if clock else 0.0, called.assignment.pk)


def reported_between(reporter: str, since: datetime, until: datetime) -> list[Case]:
    """Return what an actor (by key) reported in a time, oldest first: what was found on a walk."""
    found = Case.objects.filter(
        reported_by=reporter, imported=False, reported_at__gte=since, reported_at__lt=until
    )
    return list(found.select_related("category").order_by("id")[:MOST_CALLS])
