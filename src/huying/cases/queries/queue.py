"""The list of work: open cases, ordered by the clock that runs out next.

Two ways to the same page, unless the next clocks fill it at once. Few cases match: take them all and order
them by their clocks. Many match: go along the clocks of all cases until the page is full; as many match, that
is soon. So neither a grid with eleven open cases nor a district with a hundred thousand waits, and no
statement depends on a lucky plan.
Measured: docs/performance.md.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, takewhile

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from huying.cases.models import Assignment, Case, Words
from huying.cases.states import LIVE, OPEN, State
from huying.clocks import queries as clocks
from huying.clocks.policy import SHANGHAI
from huying.clocks.queries import Upcoming
from huying.org.policy import Actor
from huying.org.states import SCOPES, Scope
from huying.shared.errors import Incomplete

FEW = 3_000  # of 100,000 open cases: when more match, one clock in thirty is a hit
STRETCH, LONGEST_STRETCH = 200, 1_800  # clocks looked at in one go, at first and later
BEGINNING = datetime.min.replace(tzinfo=UTC)
MAX_ID = 2**63 - 1
NUMBER_PREFIX = "HY-"
NUMBER_END = re.compile(r"(\d{8})-\d{5,}")  # day and serial, as people read a number out
MARK = "~"  # between the two parts of a written Place


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list may be narrowed to. Empty = no restriction."""

    states: tuple[State, ...] = ()
    area_code: str = ""
    category_id: int | None = None
    unit_id: int | None = None
    urgent: bool | None = None
    text: str = ""
    due_before: datetime | None = None  # only cases whose next clock runs out before


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a page ends. due_at: None among the cases without a running clock; they come last."""

    due_at: datetime | None
    case_id: int

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''}{MARK}{self.case_id}"

    @classmethod
    def read(cls, written: str) -> "Place":
        """Read what str() wrote; "" is before everything. Raises Incomplete for anything else."""
        if not written:
            return START
        moment, _, number = written.partition(MARK)
        try:
            place = cls(datetime.fromisoformat(moment) if moment else None, int(number))
        except ValueError:
            raise Incomplete(reason="翻页标记无效") from None
        if not 0 <= place.case_id <= MAX_ID or (place.due_at and place.due_at.tzinfo is None):
            raise Incomplete(reason="翻页标记无效")
        return place


START = Place(BEGINNING, 0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One open case and the clock that runs out next; None: none runs, as when the case is suspended."""

    case: Case
    clock: Upcoming | None

    @property
    def place(self) -> Place:
        return Place(self.clock.due_at if self.clock else None, self.case.pk)


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: list[Waiting]
    next_after: Place | None  # pass as `after` to get the next page; None = this was the last


After = tuple[datetime, int]  # due_at and case id of the last one seen
Found = tuple[int, Upcoming | None]  # case id and its next clock
Hits = tuple[
    list[Found], After | None
]  # of a stretch of clocks, and where it ends; None: with the last clock


def queue(actor: Actor, wanted: Wanted, *, after: Place = START, size: int = 50) -> QueuePage:
    """Return one page of the actor's open cases, the clock that runs out next first."""
    matching = _matching(actor, wanted)
    near, last = _near(matching, after)
    found = near if len(near) > size else _anywhere(matching, wanted, after, size + 1, (near, last))
    rows = _with_cases(takewhile(partial(_is_due, wanted.due_before), islice(found, size + 1)))
    return QueuePage(rows[:size], rows[size - 1].place if len(rows) > size else None)


def _is_due(before: datetime | None, found: Found) -> bool:
    """Tell whether a clock runs out before a moment: along the list the first that does not is the end."""
    return before is None or (found[1] is not None and found[1].due_at < before)


def _near(matching: QuerySet[Case], after: Place) -> Hits:
    """Return those along the next clocks: a full page for who sees much."""
    return ([], None) if after.due_at is None else _hits(matching, (after.due_at, after.case_id), STRETCH)


def _anywhere(
    matching: QuerySet[Case], wanted: Wanted, after: Place, count: int, near: Hits
) -> Iterator[Found]:
    indexed = _with_pairs(matching, wanted.text)
    few = _few(indexed, wanted)
    return _of_many(matching, indexed, after, near) if few is None else _of_few(few, after, count)


def _matching(actor: Actor, wanted: Wanted) -> QuerySet[Case]:
    """Return the open cases that are the actor's work, narrowed; in no order."""
    states = sorted(OPEN.intersection(wanted.states)) if wanted.states else sorted(OPEN)
    cases = Case.objects.filter(_work_of(actor), state__in=[state.value for state in states])
    if wanted.area_code:
        cases = cases.filter(area_code__startswith=wanted.area_code)
    if wanted.category_id is not None:
        cases = cases.filter(category_id=wanted.category_id)
    if wanted.unit_id is not None:
        cases = cases.filter(_called({wanted.unit_id}))
    if wanted.urgent is not None:
        cases = cases.filter(urgent=wanted.urgent)
    return _saying(cases, wanted.text) if wanted.text else cases


def _work_of(actor: Actor) -> Q:
    """Return the part of `visible` that an index can follow: his areas, and what his units have in hand."""
    rule = Q(pk__in=[])
    for grant in actor.grants:
        if SCOPES[grant.role] is Scope.AREA:
            rule |= Q(area_code__startswith=grant.area_prefix)
    return rule | _called(actor.unit_ids) if actor.unit_ids else rule


def _called(unit_ids: Iterable[int]) -> Q:
    live = Assignment.objects.filter(case=OuterRef("pk"), unit__in=unit_ids, state__in=LIVE)
    return Q(Exists(live))


def _saying(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Narrow to a number, its end included, or to words that all stand in the text or the place."""
    if text.startswith(NUMBER_PREFIX):
        return cases.filter(number=text)
    if found := NUMBER_END.fullmatch(text):
        return cases.filter(_of_day(found[1]), number__endswith=f"-{text}")
    for word in text.split():
        cases = cases.filter(Q(text__contains=word) | Q(place_text__contains=word))
    return cases


def _with_pairs(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Return the same cases by the index of words, for where no list of ids narrows them already.

    The index knows pairs of characters; a word of one character alone is looked for row by row.
    """
    if text.startswith(NUMBER_PREFIX) or NUMBER_END.fullmatch(text):
        return cases
    pairs = sorted({word[at : at + 2] for word in text.split() for at in range(len(word) - 1)})
    holds_pairs = Q(pairs__contains=pairs)
    return cases.alias(pairs=Words("text", "place_text")).filter(holds_pairs) if pairs else cases


def _of_day(digits: str) -> Q:
    """Return the condition that a case was reported on the day of its number; nothing for no day."""
    try:
        start = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return Q(pk__in=[])
    return Q(reported_at__gte=start, reported_at__lt=start + timedelta(days=1))


def _few(matching: QuerySet[Case], wanted: Wanted) -> list[int] | None:
    """Return all matching cases, or None when they are many.

    In the order of an index for prefixes, byte by byte: then PostgreSQL follows it and stops, whatever it
    guesses. Suspended cases are always taken all: hardly any has a running clock to be found along.
    """
    if wanted.states == (State.SUSPENDED,):
        return _ids(matching, "")
    in_order = "" if wanted.text else "ORDER BY area_code USING ~<~"  # words have an index of their own
    some = _ids(matching, f"{in_order} LIMIT %s", FEW + 1)
    return some if len(some) <= FEW else None


def _ids(matching: QuerySet[Case], rest: str, *parameters: datetime | int) -> list[int]:
    """Return ids by the statement of `matching` with something added to it that Django has no words for."""
    try:
        statement, chosen = matching.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} {rest}", [*chosen, *parameters])
        return [case_id for (case_id,) in cursor.fetchall()]


def _of_few(case_ids: list[int], after: Place, count: int) -> Iterator[Found]:
    if after.due_at is not None:
        yield from _clocked(clocks.next_of(case_ids, (after.due_at, after.case_id), count))
    idle_after = after.case_id if after.due_at is None else 0
    yield from ((each, None) for each in clocks.without_clock(case_ids, idle_after, count))


def _of_many(matching: QuerySet[Case], indexed: QuerySet[Case], after: Place, near: Hits) -> Iterator[Found]:
    if after.due_at is not None:
        yield from _along_clocks(matching, near)
        after = Place(None, 0)
    yield from _without_clock(indexed, after.case_id)


def _along_clocks(matching: QuerySet[Case], near: Hits) -> Iterator[Found]:
    found, last = near
    yield from found
    for length in islice(_lengths(), 1, None):
        if last is None:
            return
        found, last = _hits(matching, last, length)
        yield from found


def _hits(matching: QuerySet[Case], after: After, length: int) -> Hits:
    """Return the matching cases along the next clocks, and where those end; None = there were no more."""
    last = clocks.last_along(after, length)
    if last is None:
        return [], None
    ids = _ids(matching, f'AND "cases_case"."id" = ANY({clocks.ALONG_IDS})', *after, *last)
    found = clocks.next_of(ids, after, length)
    return list(_clocked(each for each in found if (each.due_at, each.case_id) <= last)), last


def _without_clock(matching: QuerySet[Case], case_id: int) -> Iterator[Found]:
    for length in _lengths():
        seen = _ids(matching, 'AND "cases_case"."id" > %s ORDER BY 1 LIMIT %s', case_id, length)
        yield from ((each, None) for each in clocks.without_clock(seen, case_id, length))
        if len(seen) < length:
            return
        case_id = seen[-1]


def _lengths() -> Iterator[int]:
    """Yield ever longer stretches: most pages are full after the first."""
    length = STRETCH
    while True:
        yield length
        length = min(length * 3, LONGEST_STRETCH)


def _clocked(found: Iterable[Upcoming]) -> Iterator[Found]:
    return ((each.case_id, each) for each in found)


def _with_cases(found: Iterable[Found]) -> list[Waiting]:
    clock_of = dict(found)
    cases = Case.objects.select_related("category", "lead_unit").in_bulk(list(clock_of))
    return [Waiting(cases[case_id], clock) for case_id, clock in clock_of.items()]
