"""What a unit sees: its calls in sections, and its day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huying.cases import queries as cases
from huying.cases.queries import Called
from huying.clocks.policy import SHANGHAI
from huying.departments.models import Visit
from huying.departments.policy import section_of
from huying.departments.states import Section
from huying.org import queries as org
from huying.org.policy import Actor

ANSWERED_FOR = timedelta(days=7)  # how long an answered case stays in the list


@dataclass(frozen=True, slots=True)
class Going:
    """A case on the plan of a day: when, who, and the call as it stands; None: answered or taken away."""

    visit: Visit
    people: tuple[str, ...]
    called: Called | None


@dataclass(frozen=True, slots=True)
class Room:
    """Everything a unit has to do: calls by section, each in the order of the clocks; the plan of today."""

    sections: dict[Section, list[Called]]
    today: list[Going]

    @property
    def numbers(self) -> list[tuple[Section, int]]:
        """Return how many stand in each section, in the order of the page."""
        told = {**{each: len(rows) for each, rows in self.sections.items()}, Section.PLANNED: len(self.today)}
        return [(each, told[each]) for each in Section]


def room(actor: Actor, at: datetime) -> Room:
    """Return the calls and the day of the actor's units."""
    live = cases.calls_of(actor)
    sections: dict[Section, list[Called]] = {each: [] for each in Section if each is not Section.PLANNED}
    for called in live:
        sections[section_of(called.state, urgent=called.case.urgent)].append(called)
    sections[Section.ANSWERED] = cases.answered_of(actor, at - ANSWERED_FOR)
    calls = [*live, *sections[Section.ANSWERED]]
    return Room(sections, _goings(visits(actor, at.astimezone(SHANGHAI).date()), calls))


def day(actor: Actor, on: date) -> list[Going]:
    """Return the plan of one day of the actor's units, by time."""
    return _goings(visits(actor, on), cases.calls_of(actor))


def visits(actor: Actor, on: date) -> list[Visit]:
    """Return the visits of a day of the actor's units; those without a time come last."""
    rows = Visit.objects.filter(unit_id__in=actor.unit_ids, day=on)
    return sorted(rows, key=lambda row: (row.at is None, row.at or 0, row.pk))


def visit_of(actor: Actor, number: str, on: date) -> Visit | None:
    """Return when the actor's unit goes to a case on a day or later, the next time first."""
    rows = Visit.objects.filter(unit_id__in=actor.unit_ids, case_number=number, day__gte=on)
    return rows.order_by("day", "at", "pk").first()


def _goings(rows: Iterable[Visit], calls: Iterable[Called]) -> list[Going]:
    by_case = {(each.case.number, each.assignment.unit_id): each for each in calls}
    rows = list(rows)
    names = org.names({f"staff:{pk}" for row in rows for pk in row.goes})
    return [
        Going(
            row,
            tuple(names.get(f"staff:{pk}", "") for pk in row.goes),
            by_case.get((row.case_number, row.unit_id)),
        )
        for row in rows
    ]
