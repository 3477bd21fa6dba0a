"""A run: the stories are told tick by tick, done through the actions, and the sweeper follows in their time.

Nothing sleeps. Within a tick every step is done in the order of time; the sweeper runs for a moment only
after every step before that moment is done, so nothing fires early.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from pathlib import Path

from huying.cases.states import Verb
from huying.clocks import actions as clocks
from huying.clocks import queries as deadlines
from huying.clocks.policy import SHANGHAI
from huying.simulation.blueprint import Ground
from huying.simulation.deeds import Hands
from huying.simulation.people import Scenario
from huying.simulation.together import together
from huying.simulation.town import Step, Town

MINUTE = timedelta(minutes=1)
TICK_SECONDS = 60.0
EVER = datetime(1900, 1, 1, tzinfo=SHANGHAI)
LOOK_BACK = timedelta(hours=1)  # for what another process held when its moment came
COMMIT_STEPS = 400  # steps in one transaction

Progress = Callable[[float], None]  # told the seconds simulated so far


@dataclass(slots=True)
class Done:
    """What was done in a run."""

    verbs: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    fired: int = 0
    swept_until: datetime = EVER

    @property
    def events(self) -> int:
        """Moves, warnings and misses together."""
        return self.verbs.total() + self.warned + self.fired


@dataclass(frozen=True, slots=True)
class Tick:
    """The steps of one stretch of time, in order."""

    begins: float  # seconds from the start of the run
    steps: Sequence[Step]


def run(
    scenario: Scenario,
    ground: Ground,
    *,
    start: datetime,
    end: datetime,
    name: str,
    folder: Path,
    progress: Progress,
) -> Done:
    """Play a scenario in this process. start: midnight; name: part of the idempotency keys."""
    town = Town(scenario, ground, start.date(), (end - start).total_seconds())
    hands, done = Hands(start, name, folder), Done()
    for batch in batches(ticks(town.steps(), TICK_SECONDS), COMMIT_STEPS):
        with together():
            for tick in batch:
                sweep_until(start + timedelta(seconds=tick.begins), done)
                for step in tick.steps:
                    act(step, town, hands, done)
        progress(batch[-1].begins)
    done.swept_until = EVER  # nothing may be left behind
    with together():
        sweep_until(end, done)
    return done


def act(step: Step, town: Town, hands: Hands, done: Done) -> None:
    """Do one step of a story and count it."""
    if step.verb is Verb.REPORT:
        hands.report(step, town.troubles[step.case])
    else:
        hands.do(step)
    done.verbs[step.verb] += 1


def ticks(steps: Iterator[Step], seconds: float) -> Iterator[Tick]:
    """Cut steps into stretches of `seconds`; those without a step are left out."""
    for number, inside in groupby(steps, key=lambda step: int(step.at // seconds)):
        yield Tick(number * seconds, list(inside))


def batches(every: Iterator[Tick], size: int) -> Iterator[list[Tick]]:
    """Join ticks until they hold at least `size` steps."""
    batch: list[Tick] = []
    for tick in every:
        batch.append(tick)
        if sum(len(each.steps) for each in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def sweep_until(moment: datetime, done: Done) -> None:
    """Sweep at the full minute after each event of the clocks up to a moment."""
    before: datetime | None = None
    since = done.swept_until
    done.swept_until = moment - LOOK_BACK
    while (event := deadlines.next_event(since)) is not None and event <= moment:
        if event == before:  # held by somebody who will fire it
            return
        swept = clocks.sweep(now=min(full_minute(event), moment))
        done.warned, done.fired = done.warned + swept.warned, done.fired + swept.fired
        before = event


def full_minute(moment: datetime) -> datetime:
    """Return the first full minute not before a moment."""
    seconds = moment.second + moment.microsecond / 1e6
    return moment + timedelta(seconds=ceil(seconds / 60) * 60 - seconds)
