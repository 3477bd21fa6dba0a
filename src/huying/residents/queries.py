"""What residents read, put together from other packages."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from huying.cases import queries as cases
from huying.cases.policy.reports import masked_name
from huying.cases.presentation import OFFICES
from huying.cases.queries import Columns, Step
from huying.cases.states import EvidenceKind, State, Verb
from huying.clocks.queries import Told
from huying.clocks.states import DeadlineState, Stage
from huying.org import queries as org
from huying.org.policy import Actor, Person
from huying.places import queries as places
from huying.places.queries import Known
from huying.places.states import AreaLevel
from huying.shared.errors import Incomplete

TOGETHER = timedelta(minutes=10)  # a photo sent so soon after words belongs to them


@dataclass(slots=True)
class Said:
    """One bubble of a thread: what the resident said, or what was done."""

    at: datetime
    is_mine: bool
    office: str  # a unit or an office; a message id, as the words of enums are
    name: str  # masked
    verb: Verb
    text: str = ""
    photos: list[str] = field(default_factory=list)  # SHA-256, hex


@dataclass(frozen=True, slots=True)
class Talk:
    """A case as its reporter sees it."""

    case: Columns
    said: list[Said]
    proofs: list[tuple[EvidenceKind, str]]  # kind and SHA-256 of photos of before and after
    clock: Told | None  # the running clock that ends next
    may_evaluate_until: datetime | None

    @property
    def state(self) -> State:
        return State(self.case["state"])

    def shows(self, sha256: str) -> bool:
        """Tell whether a photo is among what is shown."""
        own = any(sha256 in each.photos for each in self.said)
        return own or any(sha256 == each for _kind, each in self.proofs)


def talk(actor: Actor, number: str) -> Talk:
    """Return the thread of a case. Raises NotFound for who does not hold its receipt."""
    found = cases.thread(actor, number)
    people = org.names({each.actor for each in found.steps})
    said = [_said(step, people) for step in found.steps]
    for each in found.photos:
        if each.is_own:
            _add_photo(said, each.at, each.sha256)
    running = [each for each in found.whole.clocks if each.state is DeadlineState.RUNNING]
    judging = next((each.due_at for each in running if each.stage is Stage.EVALUATE), None)
    return Talk(
        case=found.whole.case,
        said=sorted(said, key=lambda one: one.at),
        proofs=[(each.kind, each.sha256) for each in found.photos if not each.is_own],
        clock=next((each for each in running if each.stage is not Stage.EVALUATE), None),
        may_evaluate_until=judging if found.whole.case["state"] == State.CLOSED else None,
    )


def _said(step: Step, people: dict[str, str]) -> Said:
    is_person = step.actor.startswith("staff:") and step.verb is not Verb.FINISH  # which nobody did
    return Said(
        at=step.at,
        is_mine=step.is_own,
        office=step.unit or OFFICES.get(step.verb, "街道"),
        name=masked_name(people.get(step.actor, "")) if is_person else "",
        verb=step.verb,
        text=step.text,
    )


def _add_photo(said: list[Said], at: datetime, sha256: str) -> None:
    """Put a photo beside the words it came with, else by itself."""
    before = [each for each in said if each.is_mine and timedelta() <= at - each.at <= TOGETHER]
    if before:
        before[-1].photos.append(sha256)
    else:
        said.append(Said(at, True, "", "", Verb.ATTACH, photos=[sha256]))


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call for a place: no more than the public directory tells (docs/rules/org.md §6.8)."""

    area_code: str
    community: str
    grid: str
    building: str
    worker: Person | None


def contact(area_code: str, building: Known | None, *, at: datetime) -> Contact:
    """Return the grid worker of a place. Raises NotFound for an area that never was."""
    names = {each.level: each.name for each in places.chain(places.area(area_code).code)}
    return Contact(
        area_code=area_code,
        community=names.get(AreaLevel.COMMUNITY, names.get(AreaLevel.STREET, "")),
        grid=names.get(AreaLevel.GRID, ""),
        building=building.name if building else "",
        worker=org.grid_worker(area_code, at),
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as it was told. area_code: "" when it is not clear; point: (lng, lat), WGS-84."""

    area_code: str
    building: Known | None
    point: tuple[float, float] | None


def spot(building_code: str, address: str, point: tuple[float, float] | None, on: date) -> Spot:
    """Return where somebody means. Raises NotFound for a building that never was, Incomplete for nothing."""
    if building_code:
        known = places.known(building_code)
        return Spot(known.area_code, known, known.point)
    if point is None and not address:
        raise Incomplete(reason="请写地址、定位或扫楼栋的二维码")
    found = places.locate(point=point, address=address, on=on)
    building = places.known(building_id=found.building_id) if found.building_id else None
    here = None if found.lng is None or found.lat is None else (found.lng, found.lat)
    return Spot(found.area_code, building, here)


def community_name(area_code: str) -> str:
    """Return the name of the community of an area, of the wider area where there is none."""
    names = {each.level: each.name for each in places.chain(area_code)}
    return names.get(AreaLevel.COMMUNITY) or names.get(AreaLevel.STREET) or next(iter(names.values()), "")
