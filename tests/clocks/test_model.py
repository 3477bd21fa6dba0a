"""Random lives of deadlines: the real actions on the real database against slow counting in plain Python.

The oracle walks minute by minute and day by day from the words of docs/rules/clocks.md; it shares no
code with `clocks/policy`. Every step compares every deadline and the ledger.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tomllib
from django.db import transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from huying.clocks import actions, queries
from huying.clocks.models import Deadline
from huying.clocks.policy import Calendar, Day, Limit, Notice, Pause, due_at, warn_at
from huying.clocks.states import DeadlineState, LimitType, Stage
from huying.ledger.models import Entry
from huying.org.policy import SYSTEM
from huying.shared.errors import Conflict
from huying.shared.ids import CaseId

SEED = int(os.environ.get("HUYING_SEED", "20261121"))
STEPS = 2_000  # at least, over all lives
HERE = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEGIN = datetime(2026, 12, 18, 9, tzinfo=HERE)  # deadlines reach into 2027, which has no calendar yet

# ---------------------------------------------------------------- the oracle


@dataclass
class Year:
    """Days off and make-up days of one notice."""

    off: set[date] = field(default_factory=set)
    on: set[date] = field(default_factory=set)


def notice_of_2026() -> Year:
    file = Path(actions.__file__).parent.parent / "calendars" / "CN-2026.1.toml"
    year = Year()
    for holiday in tomllib.loads(file.read_text("utf-8"))["holidays"]:
        day = holiday["from"]
        while day <= holiday["to"]:
            year.off.add(day)
            day += DAY
        year.on.update(holiday.get("makeup_days", []))
    return year


@dataclass
class Promise:
    """What the oracle needs to know; pauses are (from, to), to None while open."""

    start: datetime
    amount: int
    kind: LimitType
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    extra: int = 0

    def stands_still(self, moment: datetime) -> bool:
        return any(stopped <= moment and (end is None or moment < end) for stopped, end in self.pauses)


def workday(years: dict[int, Year], day: date) -> bool:
    for year in sorted(years, reverse=True):  # the later notice also speaks for December before
        if day in years[year].on:
            return True
        if day in years[year].off:
            return False
    return day.weekday() < 5


def worked_minute(years: dict[int, Year], moment: datetime) -> bool:
    hour = moment.time()
    inside = time(8) <= hour < time(12) or time(14) <= hour < time(18)
    return inside and workday(years, moment.date())


def minutes_on(day: date) -> Iterator[datetime]:
    first = datetime.combine(day, time(), HERE)
    return (first + MINUTE * number for number in range(1440))


def walk(start: datetime, needed: int, counts: Callable[[datetime], bool]) -> datetime:
    """Walk until `needed` minutes have counted."""
    moment = start
    while needed:
        needed -= counts(moment)
        moment += MINUTE
    return moment


def slow(promise: Promise, years: dict[int, Year], tenths: int = 10) -> datetime | None:
    if any(end is None for _, end in promise.pauses):
        return None
    amount = (promise.amount + promise.extra) * tenths
    if promise.kind == LimitType.URGENT_MINUTES:
        return walk(promise.start, amount // 10, lambda m: not promise.stands_still(m))
    if promise.kind == LimitType.URGENT_HOURS:
        return walk(promise.start, amount * 6, lambda m: not promise.stands_still(m))
    if promise.kind == LimitType.WORK_HOURS:
        return walk(
            promise.start, amount * 6, lambda m: worked_minute(years, m) and not promise.stands_still(m)
        )
    return slow_days(promise, years, amount)


def slow_days(promise: Promise, years: dict[int, Year], amount: int) -> datetime:
    def whole(day: date) -> bool:
        return not any(promise.stands_still(moment) for moment in minutes_on(day))

    natural = promise.kind == LimitType.NATURAL_DAYS
    ends = time(23, 59) if natural else time(17, 59)  # the last minute that belongs to the day
    day, left = promise.start.date(), amount
    while left >= 10:
        day += DAY
        if (natural or workday(years, day)) and whole(day):
            left -= 10
    if left:
        day += DAY
        while not ((natural or workday(years, day)) and whole(day)):
            day += DAY
        counts = (lambda m: True) if natural else (lambda m: worked_minute(years, m))
        return walk(datetime.combine(day, time(), HERE), (144 if natural else 48) * left, counts)
    if natural and amount == (promise.amount + promise.extra) * 10:
        while not (workday(years, day) and whole(day)):
            day += DAY
    return datetime.combine(day, ends, HERE) + MINUTE


def needs_missing_year(promise: Promise, due: datetime, years: dict[int, Year]) -> bool:
    if promise.kind in (LimitType.URGENT_MINUTES, LimitType.URGENT_HOURS):
        return False
    return any(year not in years for year in range(promise.start.year, (due - MINUTE).year + 1))


# ---------------------------------------------------------------- the rules alone

limits = st.sampled_from(
    [
        (5, LimitType.URGENT_MINUTES),
        (30, LimitType.URGENT_MINUTES),
        (2, LimitType.URGENT_HOURS),
        (1, LimitType.WORK_HOURS),
        (10, LimitType.WORK_HOURS),
        (1, LimitType.WORK_DAYS),
        (3, LimitType.WORK_DAYS),
        (5, LimitType.WORK_DAYS),
        (1, LimitType.NATURAL_DAYS),
        (7, LimitType.NATURAL_DAYS),
    ]
)
minutes = st.integers(min_value=0, max_value=12 * 1440)


@seed(SEED)
@settings(max_examples=150, deadline=None, database=None)
@given(
    limit=limits,
    begin=minutes,
    gaps=st.lists(minutes, max_size=4),
    extra=st.integers(0, 3),
    new_year=st.booleans(),
)
def test_rules_agree_with_slow_counting(
    limit: tuple[int, LimitType], begin: int, gaps: list[int], extra: int, new_year: bool
) -> None:
    moment = BEGIN + MINUTE * begin
    promise = Promise(moment, *limit, extra=extra)
    for number, gap in enumerate(gaps):
        after = moment + MINUTE * (gap % 4_000)
        if number % 2:
            promise.pauses.append((moment, after))
        moment = after
    years = {2026: notice_of_2026()}
    if new_year:
        years[2027] = Year({date(2027, 1, 1), date(2026, 12, 31)}, {date(2026, 12, 27)})

    found = [
        rule_(moment_of(promise), Limit(*limit), quick_calendar(years), spans(promise), extra)
        for rule_ in (due_at, warn_at)
        for moment_of in (lambda p: p.start,)
    ]

    assert found == [slow(promise, years), slow(promise, years, tenths=8)]


def quick_calendar(years: dict[int, Year]) -> Calendar:
    from huying.clocks.policy import Edition

    return Calendar(Edition(number, 1, notice_days(year)) for number, year in years.items())


def notice_days(year: Year) -> dict[date, Day]:
    return {day: Day("节", day in year.on) for day in year.off | year.on}


def spans(promise: Promise) -> list[Pause]:
    return [Pause(stopped, end) for stopped, end in promise.pauses]


# ---------------------------------------------------------------- whole lives


@dataclass
class Life(Promise):
    """One deadline as the model sees it."""

    case: int = 0
    stage: Stage = Stage.ACCEPT
    state: DeadlineState = DeadlineState.RUNNING
    due: datetime | None = None
    warn: datetime | None = None
    provisional: bool = False
    warned: datetime | None = None
    fired: datetime | None = None
    ended: datetime | None = None

    def reckon(self, years: dict[int, Year]) -> None:
        self.due, self.warn = slow(self, years), slow(self, years, tenths=8)
        if self.due:
            self.provisional = needs_missing_year(self, self.due, years)

    @property
    def is_open(self) -> bool:
        return self.state in (DeadlineState.RUNNING, DeadlineState.PAUSED)

    @property
    def waits(self) -> bool:
        return self.state is DeadlineState.RUNNING and self.fired is None

    def facts(self) -> tuple[object, ...]:
        return (self.state, self.due, self.warn, self.provisional, self.warned, self.fired, self.ended)


cases = st.sampled_from([1, 2])
stages = st.sampled_from([Stage.ACCEPT, Stage.DISPOSE, Stage.VERIFY])


class Lives(RuleBasedStateMachine):
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.lives: dict[int, Life] = {}
        self.events = {
            "deadline_due": 0,
            "deadline_warning": 0,
            "deadline_extended": 0,
            "calendar_published": 0,
        }
        self.years = {2026: notice_of_2026()}
        self.editions = 0
        self.now = BEGIN
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        queries.forget()
        self.ledger_before = Entry.objects.count()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        queries.forget()

    def of(self, case: int) -> list[Life]:
        return [life for life in self.lives.values() if life.case == case and life.is_open]

    def fire(self, lives: list[Life]) -> int:
        missed = [life for life in lives if life.waits and life.due and life.due <= self.now]
        for life in missed:
            life.fired = self.now
        self.events["deadline_due"] += len(missed)
        return len(missed)

    @initialize(case=cases, stage=stages, limit=limits)
    def first(self, case: int, stage: Stage, limit: tuple[int, LimitType]) -> None:
        self.begin(case, stage, limit)

    @rule(case=cases, stage=stages, limit=limits)
    def begin(self, case: int, stage: Stage, limit: tuple[int, LimitType]) -> None:
        if any(life.stage is stage for life in self.of(case)):
            return
        life = Life(self.now, *limit, case=case, stage=stage)
        life.reckon(self.years)
        row = actions.start(
            case_id=CaseId(case), case_number=f"HY-{case}", stage=stage, limit=Limit(*limit), now=self.now
        )
        self.lives[row.pk] = life

    @rule(by=st.one_of(st.integers(1, 90), st.integers(90, 3 * 1440)))
    def wait(self, by: int) -> None:
        self.now += MINUTE * by

    @precondition(lambda self: any(life.waits for life in self.lives.values()))
    @rule(warning=st.booleans(), off=st.sampled_from([-1, 0, 1]))
    def wait_for_the_edge(self, warning: bool, off: int) -> None:
        edges = [life.warn if warning else life.due for life in self.lives.values() if life.waits]
        ahead = [edge for edge in edges if edge and edge + MINUTE * off >= self.now]
        self.now = min(ahead, default=self.now - MINUTE * off) + MINUTE * off

    @rule()
    def sweep(self) -> None:
        fired = self.fire(list(self.lives.values()))
        warned = 0
        for life in self.lives.values():
            if life.waits and life.warned is None and life.warn and life.warn <= self.now:
                life.warned, warned = self.now, warned + 1
        self.events["deadline_warning"] += warned
        assert actions.sweep(now=self.now) == actions.Swept(warned=warned, fired=fired)

    @rule(case=cases, stage=stages)
    def stop(self, case: int, stage: Stage) -> None:
        life = next((life for life in self.of(case) if life.stage is stage), None)
        state = actions.stop(CaseId(case), stage, now=self.now)
        if life is None:
            assert state is None
            return
        if life.due and life.due < self.now:  # ending at the very moment is in time
            self.fire([life])
        self.end(life, DeadlineState.LATE if life.fired else DeadlineState.MET)

    def end(self, life: Life, state: DeadlineState) -> None:
        life.state, life.ended = state, self.now
        life.pauses = [(stopped, end or self.now) for stopped, end in life.pauses]

    @rule(case=cases, chosen=st.sets(stages, min_size=1))
    def cancel(self, case: int, chosen: set[Stage]) -> None:
        self.fire(self.of(case))
        ended = [life for life in self.of(case) if life.stage in chosen]
        for life in ended:
            self.end(life, DeadlineState.CANCELLED)
        assert actions.cancel(CaseId(case), now=self.now, stages=chosen) == len(ended)

    @rule(case=cases)
    def pause(self, case: int) -> None:
        self.fire(self.of(case))
        stopped = [life for life in self.of(case) if life.waits]
        for life in stopped:
            life.state, life.due, life.warn = DeadlineState.PAUSED, None, None
            life.pauses.append((self.now, None))
        assert actions.pause(CaseId(case), now=self.now) == len(stopped)

    @rule(case=cases)
    def resume(self, case: int) -> None:
        paused = [life for life in self.of(case) if life.state is DeadlineState.PAUSED]
        for life in paused:
            life.state = DeadlineState.RUNNING
            life.pauses[-1] = (life.pauses[-1][0], self.now)
            life.reckon(self.years)
        assert actions.resume(CaseId(case), now=self.now) == len(paused)

    @precondition(lambda self: any(life.is_open for life in self.lives.values()))
    @rule(data=st.data(), amount=st.sampled_from([1, 5]))
    def extend(self, data: st.DataObject, amount: int) -> None:
        life = data.draw(st.sampled_from([life for life in self.lives.values() if life.is_open]))
        if life.kind is LimitType.URGENT_MINUTES:
            amount *= 5  # the oracle walks in whole minutes, also to 80 %

        def grant() -> None:
            actions.extend(CaseId(life.case), life.stage, amount, now=self.now, actor=SYSTEM)

        if life.fired or (life.due and life.due <= self.now):
            with pytest.raises(Conflict):
                grant()
            return
        life.extra += amount
        life.reckon(self.years)
        self.events["deadline_extended"] += 1
        grant()

    @rule(
        off=st.sets(st.dates(date(2026, 12, 28), date(2027, 1, 20)), min_size=1, max_size=8),
        on=st.sets(
            st.sampled_from([date(2026, 12, 26), date(2027, 1, 2), date(2027, 1, 9), date(2027, 1, 10)])
        ),
    )
    def publish(self, off: set[date], on: set[date]) -> None:
        if self.editions >= 3 or self.years.get(2027) == Year(off - on, on):
            return
        year = self.years[2027] = Year(off - on, on)
        self.editions += 1
        before = {key: life.due for key, life in self.lives.items()}
        for life in self.lives.values():
            if life.waits:
                life.reckon(self.years)
        moved = sum(before[key] != life.due for key, life in self.lives.items())
        notice = Notice(2027, notice_days(year), effective_at=BEGIN)
        self.events["calendar_published"] += 1
        published = actions.publish_edition(notice, actor=SYSTEM, now=self.now)
        assert published == actions.Published(f"CN-2027.{self.editions}", moved)

    @invariant()
    def rows_agree(self) -> None:
        type(self).steps += 1
        rows = {
            row.pk: (
                row.state,
                row.due_at,
                row.warn_at,
                row.provisional,
                row.warned_at,
                row.fired_at,
                row.ended_at,
            )
            for row in Deadline.objects.filter(pk__in=self.lives)
        }
        assert rows == {key: life.facts() for key, life in self.lives.items()}

    @invariant()
    def ledger_agrees(self) -> None:
        verbs = list(Entry.objects.values_list("verb", flat=True).order_by("id")[self.ledger_before :])
        assert {verb: verbs.count(verb) for verb in self.events} == self.events

    @invariant()
    def promises_hold(self) -> None:
        overdue = [
            life for life in self.lives.values() if life.waits and life.due and life.due < self.now - MINUTE
        ]
        assert len(queries.violations(self.now)) == len(overdue)

    @invariant()
    def explanations_end_in_the_due_moment(self) -> None:
        for key, life in list(self.lives.items())[-1:]:
            if life.due:
                last = f"到期时间:{life.due.year}年{life.due.month}月{life.due.day}日"
                assert last in queries.explain(key)


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_random_lives_agree_with_the_model() -> None:
    print(f"HUYING_SEED={SEED}")  # noqa: T201 shown when the test fails
    Lives.steps = 0
    run_state_machine_as_test(
        seed(SEED)(Lives),
        settings=settings(
            max_examples=60,
            stateful_step_count=50,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Lives.steps >= STEPS
