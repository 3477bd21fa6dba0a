"""A clock that jumps from event to event, and people who can do one thing at a time. Pure.

A story is a generator: it yields `Wait` to let time pass and `Work` to need somebody's time. Seconds count
from the start of the run.
"""

import heapq
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


@dataclass(slots=True)
class Crew:
    """People who do the same work. Whoever is free takes what is due first."""

    size: int
    busy: int = 0
    waiting: list[tuple[float, int, "Work", "Story"]] = field(default_factory=list)
    worked_seconds: float = 0.0
    longest_queue: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work for one person of a crew; due: when it should be done, the earliest goes first."""

    crew: Crew
    seconds: float
    due: float


Story = Generator[Wait | Work, None, None]


class Timeline:
    """Runs stories until an end; what would happen later does not happen."""

    def __init__(self, end: float) -> None:
        self.now = 0.0
        self.end = end
        self._order = count()  # of events at the same moment: first planned, first run
        self._events: list[tuple[float, int, Story, Crew | None]] = []

    def begin(self, story: Story, at: float | None = None) -> None:
        """Let a story begin; at: None = now."""
        self._plan(self.now if at is None else at, story, None)

    def run(self) -> Iterator[float]:
        """Run everything; yields the time after every event."""
        while self._events and self._events[0][0] <= self.end:
            self.now, _, story, leaving = heapq.heappop(self._events)
            if leaving is not None:
                self._free(leaving)
            self._go_on(story)
            yield self.now

    def _go_on(self, story: Story) -> None:
        need = next(story, None)
        if isinstance(need, Wait):
            self._plan(self.now + need.seconds, story, None)
        elif isinstance(need, Work):
            self._seek(need, story)

    def _seek(self, work: Work, story: Story) -> None:
        crew = work.crew
        if crew.busy < crew.size:
            self._take(work, story)
        else:
            heapq.heappush(crew.waiting, (work.due, next(self._order), work, story))
            crew.longest_queue = max(crew.longest_queue, len(crew.waiting))

    def _take(self, work: Work, story: Story) -> None:
        work.crew.busy += 1
        work.crew.worked_seconds += work.seconds
        self._plan(self.now + work.seconds, story, work.crew)

    def _free(self, crew: Crew) -> None:
        crew.busy -= 1
        if crew.waiting:
            _, _, work, story = heapq.heappop(crew.waiting)
            self._take(work, story)

    def _plan(self, at: float, story: Story, leaving: Crew | None) -> None:
        heapq.heappush(self._events, (at, next(self._order), story, leaving))
