"""What the desk shows: rows of the queue, and one case with all that may be done about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from huying.cases import queries as cases
from huying.cases.policy import moves
from huying.cases.presentation import case_out
from huying.cases.states import LIVE, AssignmentState, State, Verb
from huying.catalogue import queries as catalogue
from huying.clocks.policy import SHANGHAI
from huying.desk.deeds import DEEDS, Deed
from huying.desk.forms import DeedForm, Offered
from huying.dispatch import queries as dispatch
from huying.dispatch.policy import Likely, Proposal
from huying.dispatch.queries import Twin
from huying.look.speech import said
from huying.org import queries as org
from huying.org.policy import Actor, Person
from huying.org.states import UnitKind
from huying.places import queries as places
from huying.shared.brief import Brief
from huying.shared.ids import CategoryId, UnitId

BRIEF_SECONDS = 60.0  # how long a new category or unit may be missing in a list
STREET_CODE = 9  # characters of the code of a street: whose grids a case may belong to
EVERYWHERE = frozenset({UnitKind.JOINT_SQUAD, UnitKind.DEPARTMENT, UnitKind.STATION, UnitKind.PLATFORM})
CHAIN = " › "
WORTH_SAYING = 0.01  # probability below which a second category is not shown

_categories: Brief[date, tuple[tuple[str, str], ...]] = Brief(BRIEF_SECONDS)
_units: Brief[str, tuple[tuple[str, str, str, str], ...]] = Brief(BRIEF_SECONDS)
_areas: Brief[str, tuple[tuple[str, str], ...]] = Brief(BRIEF_SECONDS)
_owners: Brief[tuple[str, int | None], str] = Brief(BRIEF_SECONDS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    number: str
    state: State
    text: str
    category: str
    place: str
    urgent: bool
    owner: str
    due_at: datetime | None
    stage: Any
    reported_at: datetime
    steps: int

    @property
    def mark(self) -> str:
        """Return what changes when the row looks otherwise than before; the clock counts on by itself."""
        return (
            f"{self.steps}.{self.state}.{self.due_at:%m%d%H%M%S}"
            if self.due_at
            else f"{self.steps}.{self.state}"
        )


def rows(waiting: Sequence[cases.Waiting], at: datetime) -> list[Row]:
    owners = _owner_names([each.case for each in waiting], at)
    return [
        Row(
            number=each.case.number,
            state=State(each.case.state),
            text=each.case.text,
            category=each.case.category.name if each.case.category else "",
            place=each.case.place_text or place_name(each.case.area_code),
            urgent=each.case.urgent,
            owner=each.case.lead_unit.name if each.case.lead_unit else owners[each.case.pk],
            due_at=each.clock.due_at if each.clock else None,
            stage=each.clock.stage if each.clock else "",
            reported_at=each.case.reported_at,
            steps=each.case.moves_made,
        )
        for each in waiting
    ]


def place_name(area_code: str) -> str:
    return "".join(area.name for area in places.chain(area_code)[-2:])


def _owner_names(found: Iterable[Any], at: datetime) -> Mapping[int, str]:
    """Return by case who answers for it where no unit leads; all that are not known are asked for at once."""
    spots = {each.pk: (each.area_code, each.building_id) for each in found if each.lead_unit_id is None}
    asked: dict[Any, Any] = {}

    def ask(spot: tuple[str, int | None]) -> str:
        if not asked:
            asked.update(org.owners(list(set(spots.values())), at=at))
        person = asked[spot]
        return person.name if isinstance(person, Person) else _("暂无责任人")

    return {pk: _owners.get(spot, lambda spot=spot: ask(spot)) for pk, spot in spots.items()}  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to do with the case: its verb, how it is drawn, and the form for it."""

    verb: Verb
    deed: Deed
    form: DeedForm

    @property
    def name(self) -> str:
        return str(self.deed.name or said(self.verb))


@dataclass(frozen=True, slots=True)
class Suggested:
    """What one keystroke takes. units: names, the leading one first."""

    category: Likely | None
    place: str
    proposal: Proposal | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One case as the desk and the page of the case show it."""

    case: dict[str, Any]
    steps: list[tuple[Any, Verb, str]]
    place: str
    choices: list[Choice]
    likely: list[Likely]
    proposals: tuple[Proposal, ...]
    suggested: Suggested | None
    twins: list[Twin]
    has_requests: bool

    @property
    def leading(self) -> list[Choice]:
        return [each for each in self.choices if each.deed.leading]

    @property
    def others(self) -> list[Choice]:
        return [each for each in self.choices if not each.deed.leading]


def shown(actor: Actor, number: str, at: datetime, *, tried: Mapping[Verb, DeedForm] | None = None) -> Shown:
    """Return a case with what this actor may do. tried: forms that were not taken. Raises NotFound."""
    whole = cases.whole(actor, number)
    case = cases.get_for(actor, number)
    released = cases.released_text(case)
    verbs = possible(actor, whole) - (frozenset() if released else {Verb.UNPUBLISH})
    likely = _likely(whole) if Verb.ACCEPT in verbs or Verb.SELF_HANDLE in verbs else []
    proposals = _proposals(actor, whole, verbs, likely, at)
    twins = dispatch.twins(actor, number) if Verb.MERGE in verbs else []
    offer = replace(offered(actor, whole, likely, proposals, twins, at), text=released or case.text)
    steps = list(cases.timeline(case))
    people = org.names({step.actor for step in steps})
    return Shown(
        case=case_out(whole, at=at),
        steps=[(step, Verb(step.verb), people.get(step.actor, step.actor)) for step in steps],
        place=place_name(whole.case["area_code"]),
        choices=_choices(verbs, offer, tried or {}),
        likely=likely,
        proposals=proposals,
        suggested=_suggested(whole, verbs, likely, proposals, offer),
        twins=twins,
        has_requests=cases.pending_requests(actor).filter(assignment__case=case.pk).exists(),
    )


def possible(actor: Actor, whole: cases.Whole) -> frozenset[Verb]:
    """Return the verbs the actor may do with a case as it stands."""
    case = whole.case
    calls = [(UnitId(each["unit_id"]), AssignmentState(each["state"])) for each in whole.assignments]
    return moves.possible(actor, State(case["state"]), case["area_code"], case["number"], calls)


def form_for(actor: Actor, number: str, verb: Verb, at: datetime, *given: Any) -> DeedForm:
    """Return the form of a verb, filled with what was sent. Raises NotFound."""
    whole = cases.whole(actor, number)
    likely = _likely(whole) if verb in (Verb.ACCEPT, Verb.SELF_HANDLE) else []
    return DEEDS[verb].form(offered(actor, whole, likely, (), (), at), *given, prefix=verb.value)


def _choices(verbs: frozenset[Verb], offer: Offered, tried: Mapping[Verb, DeedForm]) -> list[Choice]:
    return [
        Choice(verb, deed, tried.get(verb) or deed.form(offer, prefix=verb.value))
        for verb, deed in DEEDS.items()
        if verb in verbs
    ]


def _likely(whole: cases.Whole) -> list[Likely]:
    """Return the categories proposed; the one the case has already comes first."""
    found = [
        each
        for nr, each in enumerate(dispatch.likely_categories(whole.case["text"]))
        if nr == 0 or each.probability >= WORTH_SAYING
    ]
    own = whole.case["category_id"]
    if own is None:
        return found
    known = next((each for each in found if each.category_id == own), None)
    first = known or Likely(own, whole.case["category__name"], 1.0, (_("报事时选定"),))
    return [first, *(each for each in found if each.category_id != own)]


def _proposals(
    actor: Actor, whole: cases.Whole, verbs: frozenset[Verb], likely: Sequence[Likely], at: datetime
) -> tuple[Proposal, ...]:
    number = whole.case["number"]
    if Verb.ASSIGN in verbs:
        found = dispatch.advice(actor, number, now=at).proposals
    elif Verb.ACCEPT in verbs and likely:
        category = CategoryId(likely[0].category_id)
        found = dispatch.advice(actor, number, now=at, category_id=category).proposals
    else:
        return ()
    return tuple(
        each for nr, each in enumerate(found) if nr == 0 or each.listed or each.probability >= WORTH_SAYING
    )


def offered(
    actor: Actor,
    whole: cases.Whole,
    likely: Sequence[Likely],
    proposals: Sequence[Proposal],
    twins: Sequence[Twin],
    at: datetime,
) -> Offered:
    """Return what may be chosen in the forms of a case."""
    case, live = whole.case, [each for each in whole.assignments if each["state"] in LIVE]
    called = [(str(each["unit_id"]), each["unit__name"]) for each in live]
    return Offered(
        categories=categories(at.astimezone(SHANGHAI).date()),
        likely=[(str(each.category_id), each.name) for each in likely],
        areas=areas_of(case["area_code"][:STREET_CODE]),
        area_code=case["area_code"],
        place_certain=case["place_certain"],
        has_category=case["category_id"] is not None,
        units=units_for(case["area_code"]),
        proposed=[(each.unit, each.name) for each in proposals],
        support=proposals[0].support if proposals else (),
        called=called,
        own=[(pk, name) for pk, name in called if UnitId(int(pk)) in actor.unit_ids],
        has_lead=bool(live) and case["state"] == State.IN_HAND,
        alike=[(each.number, each.number) for each in twins],
    )


def _suggested(
    whole: cases.Whole,
    verbs: frozenset[Verb],
    likely: Sequence[Likely],
    proposals: Sequence[Proposal],
    offer: Offered,
) -> Suggested | None:
    """Return what one keystroke does: file and dispatch, or dispatch; None where a person looks first."""
    case = whole.case
    is_new = Verb.ACCEPT in verbs and bool(likely) and case["place_certain"]
    if not is_new and not (Verb.ASSIGN in verbs and case["state"] == State.ACCEPTED and proposals):
        return None
    first = proposals[0] if proposals else None
    names = dict(offer.units) | dict(offer.proposed)
    helping = tuple(names[unit] for unit in (first.support if first else ()) if unit in names)
    units = (first.name, *helping) if first else ()
    return Suggested(likely[0] if is_new else None, place_name(case["area_code"]), first, units)


def categories(on: date) -> tuple[tuple[str, str], ...]:
    """Return every category somebody may file under on a day, with the names above it."""
    return _categories.get(on, lambda: _read_categories(on))


def _read_categories(on: date) -> tuple[tuple[str, str], ...]:
    found = catalogue.subjects(on)
    return tuple((str(each.category_id), CHAIN.join(each.path)) for each in found)


def units_for(area_code: str) -> tuple[tuple[str, str], ...]:
    """Return the units that may be called to a place: all offices, its community and its grid."""
    known = _units.get("", _read_units)
    return tuple(
        (pk, name)
        for pk, name, kind, area in known
        if kind in EVERYWHERE or (area and len(area) > STREET_CODE and area_code.startswith(area))
    )


def _read_units() -> tuple[tuple[str, str, str, str], ...]:
    listed = org.units().values_list("pk", "name", "kind", "area__code")
    return tuple((str(pk), name, kind, area or "") for pk, name, kind, area in listed)


def areas_of(street_code: str) -> tuple[tuple[str, str], ...]:
    """Return the areas of a street with the names above them."""
    return _areas.get(street_code, lambda: _read_areas(street_code))


def _read_areas(street_code: str) -> tuple[tuple[str, str], ...]:
    codes = places.areas(parent=street_code).values_list("code", flat=True)
    return tuple((code, CHAIN.join(area.name for area in places.chain(code)[-2:])) for code in codes)


def forget() -> None:
    """Have every list of choices read anew."""
    for each in (_categories, _units, _areas, _owners):
        each.forget()
