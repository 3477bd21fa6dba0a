"""Who is shown around where: one tour for each role, on the page where its work is."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from huying.config.workplaces import is_there
from huying.look.queries import has_seen
from huying.look.tours import Tour
from huying.org.models import User
from huying.org.states import Role

# In the order of the bar: who holds several roles is shown the first of his that stands on a page.
TOURS: tuple[tuple[Role, Tour], ...] = (
    (Role.COMMANDER, Tour("commander", "/desk/")),
    (Role.GRID_WORKER, Tour("grid_worker", "/grid/")),
    (Role.BUILDING_HEAD, Tour("grid_worker", "/grid/")),
    (Role.COMMUNITY_WORKER, Tour("community_worker", "/grid/")),
    (Role.UNIT_WORKER, Tour("unit_worker", "/unit/")),
    (Role.LEADER, Tour("leader", "/cockpit/")),
    (Role.SUPERVISOR, Tour("supervisor", "/cockpit/")),
    (Role.ADMINISTRATOR, Tour("administrator", "/admin/")),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A tour on the page that is made. opens: by itself, the first time or since it was asked for."""

    name: str
    template: str
    opens: bool


def tours(request: HttpRequest) -> dict[str, object]:
    """Context of every page; computed only where a template asks."""
    return {
        "tour": SimpleLazyObject(lambda: _here(request)),
        "tour_address": lambda: next((f"{tour.path}?tour=1" for tour in _of(request)), ""),
    }


def _of(request: HttpRequest) -> list[Tour]:
    roles = request.actor.roles if hasattr(request, "actor") else frozenset()
    return [tour for role, tour in TOURS if role in roles and is_there(tour.path)]


def _here(request: HttpRequest) -> Shown | None:
    user: User | AnonymousUser | None = getattr(request, "user", None)
    tour = next((each for each in _of(request) if each.path == request.path), None)
    if tour is None or not isinstance(user, User):
        return None
    opens = "tour" in request.GET or not has_seen(user.pk, tour.name)
    return Shown(tour.name, tour.template, opens)
