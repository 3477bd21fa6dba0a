"""Random lives of deadlines: the real actions on the real database against slow counting in plain Python.

Every step compares every deadline and the ledger. Planted bugs it found: a pause that costs only the day it
began, only the first pause kept, a missed clock paused away, ending at the very moment called late, a
new notice that forgets the December before.
"""

import os
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.clocks.oracle import (
    BEGIN,
    LIMITS,
    MINUTE,
    Promise,
    Year,
    needs_missing_year,
    notice_days,
    notice_of_2026,
    slow,
)

from huying.clocks import actions, queries
from huying.clocks.models import Deadline
from huying.clocks.policy import Limit, Notice
from huying.clocks.states import DeadlineState, LimitType, Stage
from huying.ledger.models import Entry
from huying.org.policy import SYSTEM
from huying.shared.errors import Conflict
from huying.shared.ids import CaseId

SEED = int(os.environ.get("HUYING_SEED", "20261121"))
STEPS = 2_000  # at least, over all lives
limits = st.sampled_from(LIMITS)


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
        self.newest_entry = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def teardown(self) -> None:
        try:
            for key, life in self.lives.items():
                if life.due:
                    due = f"到期时间：{life.due.year}年{life.due.month}月{life.due.day}日"
                    assert due in queries.explain(key)
        finally:  # the next life must not find anything of this one
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
        assert queries.violations(self.now) == []

    @rule(case=cases, stage=stages)
    def stop(self, case: int, stage: Stage) -> None:
        life = next((life for life in self.of(case) if life.stage is stage), None)
        state = actions.stop(CaseId(case), stage, now=self.now)
        if life is None:
            assert state is None
            return
        self.fire_before_end([life])
        self.end(life, DeadlineState.LATE if life.fired else DeadlineState.MET)

    def fire_before_end(self, lives: list[Life]) -> None:
        """Ending at the very moment is in time."""
        self.fire([life for life in lives if life.due != self.now])

    def end(self, life: Life, state: DeadlineState) -> None:
        life.state, life.ended = state, self.now
        life.pauses = [(stopped, end or self.now) for stopped, end in life.pauses]

    @precondition(lambda self: any(life.waits for life in self.lives.values()))
    @rule(off=st.sampled_from([-1, 0, 1]), verb=st.sampled_from(["stop", "pause"]))
    def act_at_the_edge(self, off: int, verb: str) -> None:
        ahead = [life for life in self.lives.values() if life.waits and life.due and life.due > self.now]
        if not ahead:
            return
        life = min(ahead, key=lambda life: life.due or self.now)
        self.now = (life.due or self.now) + MINUTE * off
        if verb == "stop":
            self.stop(life.case, life.stage)
        else:
            self.pause(life.case)

    @rule(case=cases, chosen=st.sets(stages, min_size=1))
    def cancel(self, case: int, chosen: set[Stage]) -> None:
        ended = [life for life in self.of(case) if life.stage in chosen]
        self.fire_before_end(ended)
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
        verbs = Counter(Entry.objects.filter(pk__gt=self.newest_entry).values_list("verb", flat=True))
        assert {verb: verbs[verb] for verb in self.events} == self.events


@pytest.mark.django_db
@pytest.mark.timeout(900)  # a found difference is shrunk for up to five minutes
def test_random_lives_agree_with_the_model() -> None:
    print(f"HUYING_SEED={SEED}")  # noqa: T201 shown when the test fails
    Lives.steps = 0
    run_state_machine_as_test(
        seed(SEED)(Lives),
        settings=settings(
            max_examples=52,
            stateful_step_count=50,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Lives.steps >= STEPS
