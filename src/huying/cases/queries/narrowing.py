"""What a list of cases may be narrowed to. Every figure of the cockpit opens a list with such a filter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from huying.cases.models import Assignment
from huying.cases.states import State
from huying.clocks import queries as clocks

SERVICE_HOURS = timedelta(hours=24)  # of B16: from the report to the close
DROPPED = (State.DECLINED, State.MERGED)  # nobody has to handle these


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of cases may be narrowed to. Empty = no restriction.

    areas: in one of them or below. due_from, due_before: the clock that runs out next. in_time, fast: closed
    so; fast is within 24 hours of the report. handled: done at least once; no = still to be done.
    shared: more than one unit was called.
    """

    states: tuple[State, ...] = ()
    area_code: str = ""
    category_id: int | None = None
    unit_id: int | None = None
    urgent: bool | None = None
    source: str = ""
    text: str = ""
    reported_from: datetime | None = None
    reported_to: datetime | None = None
    areas: tuple[str, ...] = ()
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    in_time: bool | None = None
    fast: bool | None = None
    handled: bool | None = None
    assigned: bool | None = None
    shared: bool | None = None


Condition = Callable[[], Q]


def narrowed(chosen: Filter) -> Q:
    """Return the condition of every field that is set."""
    rule = Q()
    for field, condition in {**_plain(chosen), **_reckoned(chosen)}.items():
        if getattr(chosen, field) not in (None, "", ()):
            rule &= condition()
    return rule


def _plain(chosen: Filter) -> Mapping[str, Condition]:
    return {
        "states": lambda: Q(state__in=chosen.states),
        "area_code": lambda: Q(area_code__startswith=chosen.area_code),
        "areas": lambda: _below(chosen.areas),
        "category_id": lambda: Q(category_id=chosen.category_id),
        "unit_id": lambda: Q(Exists(Assignment.objects.filter(case=OuterRef("pk"), unit=chosen.unit_id))),
        "urgent": lambda: Q(urgent=chosen.urgent),
        "source": lambda: Q(source=chosen.source),
        "text": lambda: Q(text__contains=chosen.text) | Q(number=chosen.text),
        "reported_from": lambda: Q(reported_at__gte=chosen.reported_from),
        "reported_to": lambda: Q(reported_at__lt=chosen.reported_to),
    }


def _reckoned(chosen: Filter) -> Mapping[str, Condition]:
    closed = Q(state=State.CLOSED)
    within = Q(closed_at__lte=F("reported_at") + SERVICE_HOURS)
    done = Q(handled_at__isnull=False) | closed
    return {
        "closed_from": lambda: closed & Q(closed_at__gte=chosen.closed_from),
        "closed_to": lambda: closed & Q(closed_at__lt=chosen.closed_to),
        "due_from": lambda: ~Q(pk__in=clocks.cases_due(chosen.due_from)),
        "due_before": lambda: Q(pk__in=clocks.cases_due(chosen.due_before)),
        "in_time": lambda: closed & Q(in_time=chosen.in_time),
        "fast": lambda: (
            closed & (within if chosen.fast else Q(closed_at__gt=F("reported_at") + SERVICE_HOURS))
        ),
        "handled": lambda: ~Q(state__in=DROPPED) & (done if chosen.handled else ~done),
        "assigned": lambda: Q(assigned_at__isnull=not chosen.assigned),
        "shared": _shared if chosen.shared else lambda: ~_shared(),
    }


def _below(areas: tuple[str, ...]) -> Q:
    rule = Q()
    for code in areas:
        rule |= Q(area_code__startswith=code)
    return rule


def _shared() -> Q:
    calls = Assignment.objects.filter(case=OuterRef("pk")).order_by().values("case")
    return Q(Exists(calls.annotate(units=Count("unit", distinct=True)).filter(units__gt=1)))
