"""Who looks on, and what each is told. Lives in the event loop's thread alone."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from huying.cases.queries import News
from huying.live.policy import GAP, event, for_viewer, frames
from huying.org.policy import Actor

MOST_VIEWERS = 2_000
MOST_OF_ONE = 12  # streams of one person: a browser needs one
MOST_WAITING = 100  # batches one viewer may be behind; more is a gap


@dataclass(slots=True, eq=False)
class Viewer:
    """One open stream. session: what he signed in with, looked at again now and then."""

    actor: Actor
    session: str
    waiting: deque[bytes] = field(default_factory=deque)
    is_over: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def hand(self, chunk: bytes) -> None:
        """Put something on his way."""
        self.waiting.append(chunk)
        self._news.set()

    def end(self, last: bytes = b"") -> None:
        """Let the stream end; what waits is dropped, `last` is still sent."""
        self.waiting.clear()
        self.is_over = True
        self.hand(last)

    async def next(self, patience: float) -> bytes | None:
        """Return what waits, all at once; None when nothing came within so many seconds."""
        if not self.waiting:
            try:
                await asyncio.wait_for(self._news.wait(), patience)
            except TimeoutError:
                return None
        self._news.clear()
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        return chunk


@dataclass(slots=True)
class Hub:
    """Every stream of this process, and the position up to which all of them were told."""

    position: str = ""  # "" until the database was reached
    viewers: set[Viewer] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    newest_at: datetime | None = None  # of the last step that was told
    told_at: datetime | None = None
    _of_one: Counter[str] = field(default_factory=Counter)

    def has_room_for(self, actor: Actor) -> bool:
        return len(self.viewers) < MOST_VIEWERS and self._of_one[actor.key] < MOST_OF_ONE

    def join(self, actor: Actor, session: str) -> Viewer:
        """Let somebody look on from the present position."""
        viewer = Viewer(actor, session)
        self.viewers.add(viewer)
        self._of_one[actor.key] += 1
        return viewer

    def leave(self, viewer: Viewer) -> None:
        if viewer in self.viewers:
            self.viewers.remove(viewer)
            self._of_one[viewer.actor.key] -= 1

    def tell(self, news: News, now: datetime) -> None:
        """Hand everybody his part of what happened; after too much at once everybody fetches anew."""
        self.position = news.until
        if not news.is_complete:
            self.gap()
            return
        if not news.steps:
            return
        self.newest_at, self.told_at = max(step.at for step in news.steps), now
        parts: dict[Actor, tuple[bytes, int]] = {}
        for viewer in list(self.viewers):
            if viewer.actor not in parts:
                parts[viewer.actor] = part(news, viewer.actor)
            chunk, count = parts[viewer.actor]
            self._hand(viewer, chunk, count)

    def gap(self) -> None:
        """Tell everybody that steps are missing from here back."""
        for viewer in list(self.viewers):
            viewer.waiting.clear()
            viewer.hand(event(GAP, position=self.position))

    def end(self, chosen: Iterator[Viewer] | None = None, last: bytes = b"") -> None:
        """End the streams of some, or of everybody."""
        for viewer in list(self.viewers if chosen is None else chosen):
            viewer.end(last)

    def _hand(self, viewer: Viewer, chunk: bytes, count: int) -> None:
        if not chunk or viewer.is_over:
            return
        if len(viewer.waiting) >= MOST_WAITING:
            self.counts["dropped"] += 1
            viewer.end(event(GAP, position=self.position))
            return
        self.counts["events"] += count
        viewer.hand(chunk)


def part(news: News, actor: Actor) -> tuple[bytes, int]:
    """Return somebody's part of the news, as sent, and how many steps it holds."""
    mine = [told for step in news.steps if (told := for_viewer(step, actor)) is not None]
    return frames(mine, news.until), len(mine)
