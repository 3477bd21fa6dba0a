"""Reading cases. `visible` is the one rule of who sees what; `get_for` the one way to fetch a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from huying.cases.models import Assignment, Case, Evidence, Move, Request
from huying.cases.queries.narrowing import Filter, narrowed
from huying.cases.states import LIVE, OPEN, RequestState, State
from huying.org import queries as org
from huying.org.policy import RESIDENT, Actor, Person
from huying.org.states import SCOPES, Role, Scope
from huying.shared.errors import NotFound
from huying.shared.ids import UnitId


def visible(actor: Actor) -> QuerySet[Case]:
    """Return the cases the actor may see: area prefix, unit, own source or reports, shown receipts.

    Deny by default: an actor without any of them sees nothing.
    """
    rule = Q(number__in=actor.case_numbers)
    for grant in actor.grants:
        if SCOPES[grant.role] is Scope.AREA:
            rule |= Q(area_code__startswith=grant.area_prefix)
    if actor.unit_ids:
        rule |= Q(Exists(Assignment.objects.filter(case=OuterRef("pk"), unit__in=actor.unit_ids)))
    if Role.CONNECTOR in actor.roles and actor.source:
        rule |= Q(source=actor.source)
    if actor.staff_id is not None and Role.ADMINISTRATOR not in actor.roles:
        rule |= Q(reported_by=actor.key)
    return Case.objects.filter(rule)


def get_for(actor: Actor, number: str) -> Case:
    """Return the case. Raises NotFound when it is not there or not for this actor."""
    case = visible(actor).select_related("category", "lead_unit").filter(number=number).first()
    if case is None:
        raise NotFound(what="事件", key=number)
    return case


@dataclass(frozen=True, slots=True)
class Page:
    cases: list[Case]
    next_before: int | None  # pass as `before` to get the next page; None = this was the last


def page(actor: Actor, chosen: Filter, *, before: int | None = None, size: int = 50) -> Page:
    """Return one page of visible cases, newest first, by keyset: equally quick however deep."""
    cases = visible(actor).filter(narrowed(chosen)).select_related("category", "lead_unit").order_by("-id")
    rows = list(cases.filter(pk__lt=before)[: size + 1] if before is not None else cases[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def count(actor: Actor, chosen: Filter) -> int:
    """Return how many visible cases the list would show in all."""
    return visible(actor).filter(narrowed(chosen)).count()


def timeline(case: Case) -> QuerySet[Move]:
    """Return every step of the case, oldest first."""
    return case.history.select_related("assignment__unit").order_by("seq")


def public_timeline(case: Case) -> QuerySet[Move]:
    """Return the steps a resident sees."""
    return timeline(case).filter(public=True)


def entry_of(actor: Actor, number: str, seq: int) -> int:
    """Return the ledger entry of a step the actor may see. Raises NotFound."""
    case = get_for(actor, number)
    return _entry(timeline(case) if actor.grants else public_timeline(case), seq)


def own_entry(actor: Actor, number: str, seq: int) -> int:
    """Return the ledger entry of a step of who shows the receipt: the report, or what he did himself.

    What is committed there is his. It is nobody else's: the fingerprint of a report is a plain hash over name
    and phone, and whoever has it can try all phones without a look being recorded. Raises NotFound.
    """
    case = get_for(actor, number)
    steps = public_timeline(case).filter(Q(seq=1) | Q(actor=RESIDENT.key))
    return _entry(steps if number in actor.case_numbers else steps.none(), seq)


def _entry(steps: QuerySet[Move], seq: int) -> int:
    found = steps.filter(seq=seq).values_list("entry_id", flat=True).first()
    if found is None:
        raise NotFound(what="步骤", key=seq)
    return int(found)


def live_units(case: Case) -> list[UnitId]:
    """Return the units that have the case in hand now."""
    return [UnitId(pk) for pk in case.assignments.filter(state__in=LIVE).values_list("unit_id", flat=True)]


def evidence(case: Case) -> QuerySet[Evidence]:
    """Return the photos of the case, oldest first."""
    return case.evidence.order_by("id")


def pending_requests(actor: Actor) -> QuerySet[Request]:
    """Return the requests that wait for a decision on cases the actor sees."""
    return (
        Request.objects.filter(state=RequestState.PENDING, assignment__case__in=visible(actor))
        .select_related("assignment__case", "assignment__unit")
        .order_by("asked_at")
    )


def request_for(actor: Actor, request_id: int) -> Request:
    """Return a request on a case the actor may see. Raises NotFound."""
    mine = Request.objects.filter(assignment__case__in=visible(actor)).select_related("assignment__case")
    found = mine.filter(pk=request_id).first()
    if found is None:
        raise NotFound(what="申请", key=request_id)
    return found


def owner(case: Case, at: datetime) -> Person:
    """Return the named person who answers for an open case at this moment (C09).

    Whoever leads it; while nobody is called, the chain of responsibility of its place.
    """
    if case.state in (State.IN_HAND, State.SUSPENDED) and case.lead_unit_id is not None:
        return org.on_duty(UnitId(case.lead_unit_id), at=at)
    return org.owner(case.area_code, building_id=case.building_id, at=at)


def handled_history(
    since: datetime, until: datetime, *, most: int
) -> list[tuple[int, str, str, int, datetime]]:
    """Return (category_id, area_code, channel, unit_id, reported_at) of cases with a handler, oldest first.

    most: the newest so many, of those reported in [since, until).
    """
    period = Case.objects.filter(reported_at__gte=since, reported_at__lt=until)
    rows = period.filter(category__isnull=False, lead_unit__isnull=False)
    newest = rows.order_by("-reported_at", "-id")
    columns = newest.values_list("category_id", "area_code", "channel", "lead_unit_id", "reported_at")
    return list(columns[:most])[::-1]


def filed_texts(since: datetime, until: datetime, *, most: int) -> list[tuple[int, str]]:
    """Return (category_id, text) of the newest `most` filed cases of [since, until), oldest first."""
    period = Case.objects.filter(reported_at__gte=since, reported_at__lt=until, category__isnull=False)
    newest = period.exclude(text="").order_by("-reported_at", "-id").values_list("category_id", "text")
    return list(newest[:most])[::-1]


def open_count(area_prefixes: Iterable[str] = ("",)) -> int:
    """Return how many cases are open in the areas."""
    rule = Q(pk__in=[])
    for prefix in area_prefixes:
        rule |= Q(area_code__startswith=prefix)
    return Case.objects.filter(rule, state__in=OPEN).count()
