"""Reading what dispatch proposes and how often it is overruled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from django.db.models import Count, Q, QuerySet

from huying.cases import queries as cases
from huying.cases.states import Channel
from huying.catalogue import queries as catalogue
from huying.catalogue.policy import Duty as Listed
from huying.clocks.policy import SHANGHAI
from huying.dispatch.models import Learned, RoutingDecision
from huying.dispatch.policy import Duty, Facts, Model, Past, Proposal, learn, propose, unpacked
from huying.org import queries as org
from huying.org.policy import Actor
from huying.places import queries as places
from huying.places.states import AreaLevel
from huying.shared.brief import Brief
from huying.shared.ids import CategoryId

HISTORY = timedelta(days=730)  # what is older tells more about former duties than about today's
MOST = 200_000  # newest cases a worker learns from, in about 20 s: a district has so many in half a year
MOST_AT_ONCE = 10_000  # where somebody waits for it: about 1 s
FRESH = timedelta(minutes=30)  # a model serves this long before it is learned anew


LISTED_SECONDS = 60.0  # how long a change of duty lists and names of units may stay unseen

_listed: Brief[tuple[int, date], tuple[tuple[str, Duty], ...]] = Brief(LISTED_SECONDS)  # with area prefixes
_named: Brief[str, Mapping[str, str]] = Brief(LISTED_SECONDS)
_learning = Lock()  # one thread learns, the others wait for it or go on with the model before
_held: list[Model] = []  # the model of this process, none or one


def model(*, now: datetime) -> Model:
    """Return the model of this process; when it is older than FRESH or from the future, the newest one kept.

    The worker learns and keeps it. Only where none is kept, as in a simulation, it is learned here and now,
    from fewer cases.
    """
    before = list(_held)
    if before and (_is_fresh(before[0], now) or not _learning.acquire(blocking=False)):
        return before[0]
    if not before:
        _learning.acquire()
    try:
        if not _held or not _is_fresh(_held[0], now):
            _held[:] = [_kept(now) or learn_anew(now=now, most=MOST_AT_ONCE)]
        return _held[0]
    finally:
        _learning.release()


def learn_anew(*, now: datetime, most: int = MOST) -> Model:
    """Learn from the newest `most` cases before `now`. About 10 s for 100,000."""
    return learn(_history(now, most), _names(closed_too=True), now=now)


def is_due(*, now: datetime) -> bool:
    """Tell whether no model is kept that serves a while yet."""
    return not Learned.objects.filter(learned_at__gt=now - FRESH, learned_at__lte=now).exists()


def _kept(now: datetime) -> Model | None:
    """Return the model a worker kept, unless it was learned after `now`; the held one when it is that."""
    learned_at = Learned.objects.filter(learned_at__lte=now).values_list("learned_at", flat=True).first()
    if learned_at is None:
        return None
    if _held and _held[0].learned_at == learned_at:
        return _held[0]
    try:
        return unpacked(bytes(Learned.objects.values_list("content", flat=True).get()))
    except ValueError:  # a worker of the new version will replace it
        return None


def _is_fresh(held: Model, now: datetime) -> bool:
    return timedelta(0) <= now - held.learned_at < FRESH


def forget() -> None:
    """Have the next proposal learn and look up anew: after an import, or when an administrator asks."""
    with _learning:
        _held.clear()
    _listed.forget()
    _named.forget()


@dataclass(frozen=True, slots=True)
class Advice:
    """What the command centre sees beside a case; `unit` of a proposal is a unit id in digits."""

    proposals: tuple[Proposal, ...]
    revision: str  # of the model


def advice(actor: Actor, number: str, *, now: datetime, category_id: CategoryId | None = None) -> Advice:
    """Return who should handle the case, best first; nothing while it is not filed. Raises NotFound.

    category_id: under which it would be filed; None = the case's own.
    """
    case = cases.whole(actor, number).case
    chosen = category_id if category_id is not None else case["category_id"]
    return advice_for(chosen, case["area_code"], case["channel"], now=now)


def advice_for(category_id: int | None, area_code: str, channel: str, *, now: datetime) -> Advice:
    """Return who should handle a case of this kind in this area, best first; nothing without a category."""
    if category_id is None:
        return Advice((), "")
    facts = _Reader().facts(category_id, area_code, channel)
    learned = model(now=now)
    day = now.astimezone(SHANGHAI).date()
    listed = _listed.get((category_id, day), lambda: _duties(CategoryId(category_id), day))
    duties = tuple(duty for area, duty in listed if area_code.startswith(area))
    return Advice(propose(learned, facts, duties, _named.get("", _names)), learned.revision)


def decisions(actor: Actor, number: str) -> QuerySet[RoutingDecision]:
    """Return the decisions on a case the actor may see, oldest first. Raises NotFound."""
    return RoutingDecision.objects.filter(case_id=cases.get_for(actor, number).pk).order_by("at", "id")


@dataclass(frozen=True, slots=True)
class OverrideRate:
    """decided: decisions that had a proposal; overridden: those that chose another lead unit."""

    decided: int
    overridden: int

    @property
    def rate(self) -> float | None:
        return self.overridden / self.decided if self.decided else None


def override_rate(
    since: datetime, until: datetime, *, area_prefix: str = "", category_id: CategoryId | None = None
) -> OverrideRate:
    """Count decisions in [since, until) of an area, of one category when given."""
    found = RoutingDecision.objects.filter(at__gte=since, at__lt=until, area_code__startswith=area_prefix)
    if category_id is not None:
        found = found.filter(category_id=category_id)
    counted = found.aggregate(
        decided=Count("id", filter=Q(proposed_unit_id__isnull=False)),
        overridden=Count("id", filter=Q(overridden=True)),
    )
    return OverrideRate(**counted)


class _Reader:
    """Reads categories and areas as words, each once."""

    def __init__(self) -> None:
        self._paths: dict[int, tuple[str, ...]] = {}
        self._places: dict[str, tuple[str, str]] = {}

    def facts(self, category_id: int, area_code: str, channel: str) -> Facts:
        if category_id not in self._paths:
            self._paths[category_id] = catalogue.path_names(CategoryId(category_id))
        if area_code not in self._places:
            named = {ref.level: ref.name for ref in places.chain(area_code)}
            self._places[area_code] = (
                named.get(AreaLevel.STREET, ""),
                named.get(AreaLevel.COMMUNITY, ""),
            )
        street, community = self._places[area_code]
        return Facts(self._paths[category_id], street, community, Channel(channel).label)


def _history(now: datetime, most: int) -> Iterator[Past]:
    reader = _Reader()
    handled = cases.handled_history(now - HISTORY, now, most=most)
    for category_id, area_code, channel, unit_id, reported_at in handled:
        yield Past(reader.facts(category_id, area_code, channel), str(unit_id), reported_at)


def _names(*, closed_too: bool = False) -> Mapping[str, str]:
    return {str(pk): name for pk, name in org.unit_names(closed_too=closed_too).items()}


def _duties(category_id: CategoryId, on: date) -> tuple[tuple[str, Duty], ...]:
    """Return the lines of the duty lists whose lead unit is open, each with the prefix of its area."""
    listed = catalogue.duty_items(category_id, on)
    ids = {code: str(pk) for code, pk in org.units().values_list("code", "pk")} if listed else {}
    return tuple((each.area_prefix, _duty(each, ids)) for each in listed if each.lead_unit_code in ids)


def _duty(listed: Listed, ids: Mapping[str, str]) -> Duty:
    return Duty(
        list=listed.list.label,
        section=listed.section,
        lead=ids[listed.lead_unit_code],
        support=tuple(ids[code] for code in listed.co_unit_codes if code in ids),
    )
