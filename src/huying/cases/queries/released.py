"""What everybody may know of cases. Nothing leaves here that was not released or made coarse."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import cos, radians

from django.db.models import QuerySet

from huying.cases.models import Case, Release, Reporter
from huying.cases.policy.arrival import distance_m
from huying.cases.policy.release import METRES_PER_DEGREE, about_m, coarse
from huying.cases.states import OPEN, State, Verb
from huying.catalogue import queries as catalogue
from huying.catalogue.states import Kind
from huying.shared.errors import NotFound
from huying.shared.ids import CategoryId

# What happened to a case, as everybody may read it; never what anybody said.
STEPS = frozenset(
    {
        Verb.REPORT, Verb.ACCEPT, Verb.ASSIGN, Verb.ARRIVE, Verb.FINISH, Verb.SUSPEND, Verb.RESUME,
        Verb.VERIFY, Verb.REWORK, Verb.REOPEN, Verb.SELF_HANDLE,
    }
)  # fmt: skip
REACH_M = 150.0


@dataclass(frozen=True, slots=True)
class Public:
    """A released case. lng, lat: middle of a cell of the raster."""

    number: str
    state: State
    category: str
    text: str
    area_code: str
    lng: float | None
    lat: float | None
    reported_at: datetime
    closed_at: datetime | None
    joined: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An open case around a point. text: "" when none is released; about_m: to its cell, in coarse steps."""

    number: str
    state: State
    category: str
    text: str
    about_m: int
    joined: int


def released(
    *,
    states: Collection[State] = (),
    main_category: str = "",
    area_code: str = "",
    before: datetime | None = None,
    size: int = 30,
) -> list[Public]:
    """Return what is public, the newest release first. before: the release after which to go on."""
    rows = _public().filter(case__area_code__startswith=area_code)
    if states:
        rows = rows.filter(case__state__in=[state.value for state in states])
    if main_category:
        rows = rows.filter(case__category__root__name=main_category) | rows.filter(
            case__category__name=main_category
        )
    if before is not None:
        rows = rows.filter(released_at__lt=before)
    return [_shown(each) for each in rows[:size]]


def released_case(number: str) -> Public:
    """Raises NotFound for a case that is not public."""
    found = _public().filter(case__number=number).first()
    if found is None:
        raise NotFound(what="事件", key=number)
    return _shown(found)


def released_text(case: Case) -> str:
    """Return what everybody may read of a case, "" when it is not public."""
    found = Release.objects.filter(case=case, withdrawn_at=None).values_list("text", flat=True).first()
    return found or ""


def released_at(number: str) -> datetime:
    """Return when a case was released: where a page of the list ends. Raises NotFound."""
    found = _public().filter(case__number=number).values_list("released_at", flat=True).first()
    if found is None:
        raise NotFound(what="事件", key=number)
    return found


def reporter_names(case: Case) -> tuple[str, ...]:
    """Return the name of who reported, for the mask alone: it never leaves the page."""
    name = Reporter.objects.filter(case=case).values_list("name", flat=True).first()
    return (name,) if name else ()


def public_steps(number: str) -> list[tuple[Verb, datetime]]:
    """Return what happened to a released case, and when. Raises NotFound for one that is not public."""
    found = _public().filter(case__number=number).first()
    if found is None:
        raise NotFound(what="事件", key=number)
    rows = found.case.history.filter(verb__in=[verb.value for verb in STEPS]).order_by("seq")
    return [(Verb(verb), at) for verb, at in rows.values_list("verb", "at")]


def followed(numbers: Collection[str]) -> list[Neighbour]:
    """Return cases somebody joined: as much of each as everybody may know, newest first."""
    rows = Case.objects.filter(number__in=numbers).select_related("category__root", "release")
    return [_neighbour(case, 0.0) for case in rows.order_by("-id")]


def open_around(lng: float, lat: float, *, limit: int = 4) -> list[Neighbour]:
    """Return open cases around a point, the nearest first.

    Distances are to the cell a case lies in: with exact ones three questions would tell the very door. Left
    out are cases whose reporter asked for confidence, and those of which nothing could be told.
    """
    reach = REACH_M + 100  # a cell's middle may be nearer than the case itself
    high = reach / METRES_PER_DEGREE
    wide = high / max(cos(radians(lat)), 0.01)
    box = (
        Case.objects.filter(
            state__in=[state.value for state in OPEN],
            lat__range=(lat - high, lat + high),
            lng__range=(lng - wide, lng + wide),
        )
        .exclude(reporter__confidential=True)
        .select_related("category__root", "release")
    )
    near = sorted(_within(box, lng, lat), key=lambda found: (found[0], -found[1].pk))
    told = (_neighbour(case, away) for away, case in near)
    return list(islice((each for each in told if each.category or each.text), limit))


def _within(cases: QuerySet[Case], lng: float, lat: float) -> Iterator[tuple[float, Case]]:
    for case in cases:
        away = distance_m(lng, lat, *coarse(case.lng or 0.0, case.lat or 0.0)) or 0.0
        if away <= REACH_M:
            yield away, case


def _public() -> QuerySet[Release]:
    return (
        Release.objects.filter(withdrawn_at=None)
        .select_related("case__category")
        .order_by("-released_at", "-case_id")
    )


def _shown(release: Release) -> Public:
    case = release.case
    return Public(
        number=case.number,
        state=State(case.state),
        category=case.category.name if case.category else "",
        text=release.text,
        area_code=case.area_code,
        lng=release.lng,
        lat=release.lat,
        reported_at=case.reported_at,
        closed_at=case.closed_at,
        joined=case.joined,
    )


def _neighbour(case: Case, away_m: float) -> Neighbour:
    release: Release | None = getattr(case, "release", None)
    is_public = release is not None and release.withdrawn_at is None
    text = release.text if release is not None and is_public else ""
    name = _category(case, is_public=is_public)
    return Neighbour(case.number, State(case.state), name, text, about_m(away_m), case.joined)


def _category(case: Case, *, is_public: bool) -> str:
    """Return the category: of an event (a quarrel, a suspicion) that is not released only the main one."""
    if case.category_id is None or case.category is None:
        return ""
    names = catalogue.path_names(CategoryId(case.category_id))
    return names[-1] if is_public or case.category.kind == Kind.PART else names[0]
