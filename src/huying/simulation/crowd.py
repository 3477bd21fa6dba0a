"""A run on several processes: one tells the stories, files the reports and sweeps; the others do the steps.

A case stays with the process of its community, so that two processes never want the same case. The first
process alone numbers the reports, because the counter of the street is one row. While the others are at a
tick it files the reports of the next one and sweeps up to the beginning of theirs, minute by minute.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from django.db import connection

from huying.cases.states import Verb
from huying.simulation.blueprint import Ground
from huying.simulation.deeds import Hands, Told
from huying.simulation.people import Scenario
from huying.simulation.run import EVER, Done, Progress, Tick, sweep_until, ticks
from huying.simulation.together import together
from huying.simulation.town import Step, Town

TICK_SECONDS = 300.0  # long enough for the processes to have equally much to do


@dataclass(frozen=True, slots=True)
class Share:
    """One tick's work for one process: its steps, and what it must know of cases new to it."""

    steps: list[Step]
    told: dict[int, Told]


def run(
    scenario: Scenario,
    ground: Ground,
    *,
    start: datetime,
    end: datetime,
    name: str,
    folder: Path,
    progress: Progress,
    processes: int,
) -> Done:
    """Play a scenario with `processes` doing the steps. The result is the same as with one."""
    town = Town(scenario, ground, start.date(), (end - start).total_seconds())
    done = Done()
    with _crowd(processes, start, name, folder) as crowd:
        hands = Hands(start, name, folder)
        for tick in ticks(town.steps(), TICK_SECONDS):
            told = _file(tick, town, hands, done)
            _await(crowd, done)
            for index, worker in enumerate(crowd):
                worker.send(_share(tick, town, told, index, len(crowd)))
            sweep_until(start + timedelta(seconds=tick.begins), done)
            progress(tick.begins)
        _await(crowd, done)
    done.swept_until = EVER  # nothing may be left behind
    sweep_until(end, done)
    return done


def _file(tick: Tick, town: Town, hands: Hands, done: Done) -> dict[int, Told]:
    """File the reports of a tick: each in a transaction of its own: the street's counter is one row."""
    reports = [step for step in tick.steps if step.verb is Verb.REPORT]
    done.verbs[Verb.REPORT] += len(reports)
    return {step.case: hands.report(step, town.troubles[step.case]) for step in reports}


def _share(tick: Tick, town: Town, told: dict[int, Told], index: int, of: int) -> Share:
    def is_mine(case: int) -> bool:
        return int(town.troubles[case].building.grid[:12]) % of == index

    steps = [step for step in tick.steps if step.verb is not Verb.REPORT and is_mine(step.case)]
    return Share(steps, {case: each for case, each in told.items() if is_mine(case)})


def _await(crowd: list[Connection], done: Done) -> None:
    """Wait until everybody has finished what was sent before."""
    for worker in crowd:
        answer = worker.recv()
        if isinstance(answer, BaseException):
            raise answer
        done.verbs.update(answer)


@contextmanager
def _crowd(processes: int, start: datetime, name: str, folder: Path) -> Iterator[list[Connection]]:
    """Have processes at work; they end with the block."""
    context = multiprocessing.get_context("fork")
    connection.close()  # no session may be shared with a child
    pipes = [context.Pipe() for _ in range(processes)]
    workers = [
        context.Process(target=_work, args=(theirs, start, name, folder), daemon=True) for _, theirs in pipes
    ]
    for worker in workers:
        worker.start()
    try:
        yield [ours for ours, _ in pipes]
    finally:
        for (ours, _), worker in zip(pipes, workers, strict=True):
            ours.close()
            worker.terminate()
            worker.join()


def _work(pipe: Connection, start: datetime, name: str, folder: Path) -> None:
    """Do one share after the other, each in one transaction, and say what was done."""
    try:
        hands = Hands(start, name, folder)
        pipe.send({})
        while True:
            share: Share = pipe.recv()
            hands.cases.update(share.told)
            with together():
                for step in share.steps:
                    hands.do(step)
            pipe.send(_counted(share.steps))
    except EOFError:
        pass
    except Exception as error:  # the first process tells the user
        pipe.send(error)


def _counted(steps: list[Step]) -> dict[Verb, int]:
    counts: dict[Verb, int] = {}
    for step in steps:
        counts[step.verb] = counts.get(step.verb, 0) + 1
    return counts
