"""What residents read, put together from other packages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from huying.cases import queries as cases
from huying.cases.models import Evidence, Move
from huying.cases.policy.reports import masked_name
from huying.cases.presentation import OFFICES
from huying.cases.queries import Columns, Whole
from huying.cases.states import EvidenceKind, State, Verb
from huying.clocks.queries import Told
from huying.clocks.states import DeadlineState, Stage
from huying.org import queries as org
from huying.org.policy import RESIDENT, Actor, Person
from huying.places import queries as places
from huying.places.models import Building
from huying.places.states import AreaLevel
from huying.shared.errors import Incomplete, NotFound

TOGETHER = timedelta(minutes=10)  # a photo sent so soon after words belongs to them
_PROOFS = (EvidenceKind.BEFORE, EvidenceKind.AFTER)


@dataclass(slots=True)
class Said:
    """One bubble of a thread: what the resident said, or what was done."""

    at: datetime
    is_mine: bool
    who: str
    label: str
    verb: Verb
    text: str = ""
    photos: list[str] = field(default_factory=list)  # SHA-256, hex


@dataclass(frozen=True, slots=True)
class Thread:
    """A case as its reporter sees it."""

    whole: Whole
    said: list[Said]
    proofs: list[Columns]  # photos of before and after, once the case is closed
    clock: Told | None  # the running clock that ends next
    may_evaluate_until: datetime | None

    @property
    def case(self) -> Columns:
        return self.whole.case

    @property
    def state(self) -> State:
        return State(self.case["state"])


def thread(actor: Actor, number: str) -> Thread:
    """Return the thread of a case. Raises NotFound for who does not hold its receipt."""
    if number not in actor.case_numbers:
        raise NotFound(what="事件", key=number)
    whole, case = cases.whole(actor, number), cases.get_for(actor, number)
    steps = list(cases.timeline(case))
    photos = list(cases.evidence(case))
    running = [each for each in whole.clocks if each.state is DeadlineState.RUNNING]
    closed = case.state == State.CLOSED
    judging = next((each.due_at for each in running if each.stage is Stage.EVALUATE), None)
    return Thread(
        whole=whole,
        said=_bubbles(_released(steps), photos, case.text),
        proofs=[each for each in whole.evidence if closed and each["kind"] in _PROOFS],
        clock=next((each for each in running if each.stage is not Stage.EVALUATE), None),
        may_evaluate_until=judging if closed else None,
    )


def _released(steps: Sequence[Move]) -> list[Move]:
    """Return what the reporter sees: public steps, and the units' answers once the check has passed."""
    verified = max((each.seq for each in steps if each.verb == Verb.VERIFY), default=0)
    return [each for each in steps if each.public or (each.verb == Verb.ANSWER and each.seq < verified)]


def _bubbles(steps: Sequence[Move], photos: Sequence[Evidence], text: str) -> list[Said]:
    people = org.names({each.actor for each in steps})
    said = [_said(step, people) for step in steps]
    if said:
        said[0].text = text
    for each in photos:
        if each.added_by == RESIDENT.key:
            _add_photo(said, each)
    return sorted(said, key=lambda one: one.at)


def _said(step: Move, people: dict[str, str]) -> Said:
    verb, is_mine = Verb(step.verb), step.actor == RESIDENT.key
    office = step.assignment.unit.name if step.assignment else OFFICES.get(verb, "街道")
    name = masked_name(people.get(step.actor, "")) if step.actor.startswith("staff:") else ""
    return Said(step.at, is_mine, f"{office} {name}".strip(), verb.label, verb, step.opinion)


def _add_photo(said: list[Said], photo: Evidence) -> None:
    """Put a photo beside the words it came with, else by itself."""
    before = [each for each in said if each.is_mine and timedelta() <= photo.added_at - each.at <= TOGETHER]
    if before:
        before[-1].photos.append(photo.sha256)
    else:
        said.append(Said(photo.added_at, True, "", Verb.ATTACH.label, Verb.ATTACH, photos=[photo.sha256]))


def may_see_photo(found: Thread, sha256: str) -> bool:
    """Tell whether a photo is shown to the reporter: his own, and proofs once the case is closed."""
    own = any(sha256 in each.photos for each in found.said)
    return own or any(each["sha256"] == sha256 for each in found.proofs)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call for a place: no more than the public directory tells (docs/rules/org.md §6.8)."""

    area_code: str
    community: str
    grid: str
    building: str
    worker: Person | None


def contact(area_code: str, building: Building | None, *, at: datetime) -> Contact:
    """Return the grid worker of a place. Raises NotFound for an area that never was."""
    names = {each.level: each.name for each in places.chain(places.area(area_code).code)}
    return Contact(
        area_code=area_code,
        community=names.get(AreaLevel.COMMUNITY, names.get(AreaLevel.STREET, "")),
        grid=names.get(AreaLevel.GRID, ""),
        building=full_name(building) if building else "",
        worker=org.grid_worker(area_code, at),
    )


def full_name(building: Building) -> str:
    return f"{building.estate.name if building.estate else ''}{building.name}"


def spot(
    building_code: str, address: str, point: tuple[float, float] | None, on: date
) -> tuple[str, Building | None, tuple[float, float] | None]:
    """Return area code, building and point (lng, lat) of a place as it was told; "" when it is not clear.

    Raises NotFound for a building that never was.
    """
    if building_code:
        known = places.building(building_code)
        return known.area.code, known, _point(known.lng, known.lat)
    if point is None and not address:
        raise Incomplete(reason="请写地址、定位或扫楼栋的二维码")
    found = places.locate(point=point, address=address, on=on)
    building = places.building_by_id(found.building_id) if found.building_id else None
    return found.area_code, building, _point(found.lng, found.lat)


def _point(lng: float | None, lat: float | None) -> tuple[float, float] | None:
    return None if lng is None or lat is None else (lng, lat)


def community_name(area_code: str) -> str:
    """Return the name of the community of an area, of the wider area where there is none."""
    names = {each.level: each.name for each in places.chain(area_code)}
    return names.get(AreaLevel.COMMUNITY) or names.get(AreaLevel.STREET) or next(iter(names.values()), "")
