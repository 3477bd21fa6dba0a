"""Who works where: the places in the bar of every page, and where somebody lands after signing in."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from huying.org.policy import Actor
from huying.org.states import Role


@dataclass(frozen=True, slots=True)
class Workplace:
    """A place of work: its address, its icon, its name, and whose it is."""

    path: str
    icon: str
    name: Any  # lazily translated
    roles: frozenset[Role]


_READERS = frozenset(
    {Role.COMMANDER, Role.LEADER, Role.SUPERVISOR, Role.COMMUNITY_WORKER, Role.GRID_WORKER, Role.UNIT_WORKER}
)

# In the order of the bar; the first that is somebody's is where he lands.
WORKPLACES = (
    Workplace("/desk/", "layout-list", gettext_lazy("指挥室"), frozenset({Role.COMMANDER})),
    Workplace(
        "/grid/",
        "walk",
        gettext_lazy("网格"),
        frozenset({Role.GRID_WORKER, Role.BUILDING_HEAD, Role.COMMUNITY_WORKER}),
    ),
    Workplace("/unit/", "building", gettext_lazy("部门"), frozenset({Role.UNIT_WORKER})),
    Workplace(
        "/cockpit/",
        "map-2",
        gettext_lazy("驾驶舱"),
        frozenset({Role.LEADER, Role.COMMANDER, Role.SUPERVISOR}),
    ),
    Workplace("/cases/", "folders", pgettext_lazy("workplace", "事件"), _READERS),
    Workplace("/admin/", "settings", gettext_lazy("管理"), frozenset({Role.ADMINISTRATOR})),
    Workplace("/accounts/", "scale", gettext_lazy("账目"), frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
)
RESIDENT_PLACES = (
    Workplace("/", "message-2-plus", gettext_lazy("报事"), frozenset()),
    Workplace("/mine/", "receipt", gettext_lazy("我的事"), frozenset()),
    Workplace("/around/", "map-pin", gettext_lazy("身边事"), frozenset()),
    Workplace("/who/", "user-search", gettext_lazy("网格员"), frozenset()),
)


@dataclass(frozen=True, slots=True)
class Shown:
    path: str
    icon: str
    name: str
    is_here: bool


def places_of(actor: Actor) -> list[Workplace]:
    """Return the workplaces of somebody, his own first."""
    return [place for place in WORKPLACES if actor.roles & place.roles and is_there(place.path)]


def landing(actor: Actor) -> str:
    """Return where somebody lands after signing in."""
    return next((place.path for place in places_of(actor)), reverse("home"))


def workplaces(request: HttpRequest) -> dict[str, object]:
    """Context of every page; computed only where a template asks."""
    actor: Actor | None = getattr(request, "actor", None)
    return {
        "workplaces": lambda: [_shown(each, request.path) for each in (places_of(actor) if actor else ())],
        "resident_places": lambda: [
            _shown(each, request.path) for each in RESIDENT_PLACES if is_there(each.path)
        ],
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
    }


@cache
def is_there(path: str) -> bool:
    """Return whether a page answers: a package that has no pages yet is passed over, as in the addresses."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _shown(place: Workplace, path: str) -> Shown:
    is_here = path == place.path if place.path == "/" else path.startswith(place.path)
    return Shown(place.path, place.icon, str(place.name), is_here)
