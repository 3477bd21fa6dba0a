"""What waits for who walks the grid: calls to him, what he may check, what else is open in his grid."""

from dataclasses import dataclass

from huying.cases import queries as cases
from huying.cases.queries import Called, Place, Waiting, Wanted
from huying.cases.states import State
from huying.org.policy import Actor

PAGE = 50  # cases of one page
MOST_POINTS = 200  # on the map


@dataclass(frozen=True, slots=True)
class Tasks:
    """calls: to his units; to_check: handled, a second person must look; around: the rest of his grid."""

    calls: list[Called]
    to_check: list[Waiting]
    around: list[Waiting]
    next_after: Place | None


def tasks(actor: Actor, after: Place) -> Tasks:
    """Return one page; the calls stand on the first alone. Each part in the order of the clocks."""
    page = cases.queue(actor, Wanted(), after=after, size=PAGE)
    calls = cases.calls_of(actor)
    called = {each.case.pk for each in calls}
    rest = [each for each in page.rows if each.case.pk not in called]
    return Tasks(
        calls if after == Place.read("") else [],
        [each for each in rest if each.case.state == State.HANDLED],
        [each for each in rest if each.case.state != State.HANDLED],
        page.next_after,
    )


def points(actor: Actor) -> list[Waiting]:
    """Return the open cases of the actor's grid that have a place, the soonest first."""
    page = cases.queue(actor, Wanted(), size=MOST_POINTS)
    return [each for each in page.rows if each.case.lng is not None]
