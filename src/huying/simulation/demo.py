"""What the demonstration shows: the street, thirty days of cases, and some open at every stage right now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.policy.release import masked_text
from huying.cases.states import State
from huying.catalogue import queries as catalogue
from huying.clocks.policy.calendar import midnight
from huying.org import queries as org
from huying.org.states import Role
from huying.places import queries as places
from huying.shared.ids import CategoryId, StaffId
from huying.simulation import blueprint, run, street
from huying.simulation.organisation import (
    CENTRE,
    COMMITTEE,
    OFFICE,
    community_unit,
    grid_worker,
    member,
    unit_code,
)
from huying.simulation.people import HOUR, Scenario
from huying.simulation.preparing import REPORTS_PER_DAY, minutes, prepare_street, progress_bar
from huying.simulation.together import together

DAYS = 30
RUSH = 40  # reports of the last three hours, denser and denser: they wait at every stage
RUSH_SECONDS = 3 * HOUR
NAME = "demo"  # of the run
RELEASED = frozenset({"公用设施", "市容环境", "街面秩序", "小区物业", "水务河道"})  # main categories
RELEASED_STATES = (State.ACCEPTED, State.IN_HAND, State.HANDLED, State.CLOSED)
MOST_RELEASED = 150


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the street who gets an account."""

    title: str
    username: str
    staff_id: StaffId
    number: str  # of the staff


def prepare(*, now: datetime) -> None:
    """Fill an empty installation; one that holds anything is left as it is."""
    if cases.latest_moment() is not None or (places.areas().exists() and not street.is_built()):
        return
    start = midnight((now - timedelta(days=DAYS)).date())
    prepare_street(start, now)
    scenario = Scenario(DAYS + 1, REPORTS_PER_DAY, seed=1, limits=minutes(), rush=_rush(now - start))
    with together(), progress_bar("三十天的案件", (now - start).total_seconds()) as told:
        run.run(
            scenario,
            blueprint.ground(blueprint.full_size(), street.SEED),
            start=start,
            end=now,
            name=NAME,
            folder=settings.EVIDENCE_FOLDER,
            progress=told,
        )
    _release(now)


def _release(now: datetime) -> None:
    """Let the centre release the newest cases that are no person's own matter: /around/ shows them."""
    centre = org.staff_actors(blueprint.street_code(), at=now)[member(unit_code(CENTRE), 1)]
    for case in cases.page(centre, cases.Filter(states=RELEASED_STATES), size=MOST_RELEASED).cases:
        names = catalogue.path_names(CategoryId(case.category_id)) if case.category_id else ("",)
        if names[0] in RELEASED:
            actions.publish(case.number, masked_text(case.text), actor=centre, now=now)


def _rush(length: timedelta) -> tuple[float, ...]:
    """Return the moments of the last reports, in seconds from the start."""
    end = length.total_seconds()
    return tuple(sorted(end - RUSH_SECONDS * ((number + 0.4) / RUSH) ** 2 for number in range(RUSH)))


def logins(now: datetime) -> list[Login]:
    """Return one person for each role; none when the street is not here."""
    if not street.is_built():
        return []
    community = f"{blueprint.street_code()}001"
    wanted = (
        (Role.COMMANDER.label, "command", member(unit_code(CENTRE), 1)),
        (Role.LEADER.label, "leader", member(unit_code(OFFICE), 1)),
        ("派出所（部门）", "police", member(unit_code("police"), 1)),
        ("综合执法队", "squad", member(unit_code("squad"), 1)),
        (Role.COMMUNITY_WORKER.label, "community", member(community_unit(community), 2)),
        (Role.GRID_WORKER.label, "grid", grid_worker(f"{community}001")),
        (Role.SUPERVISOR.label, "supervisor", member(unit_code(COMMITTEE), 1)),
    )
    actors = org.staff_actors(blueprint.street_code(), at=now)
    return [
        Login(title, username, staff_id, number)
        for title, username, number in wanted
        if (staff_id := actors[number].staff_id) is not None
    ]
