"""What was promised, and when the clock stood still."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from huying.clocks.states import LimitType

UNITS = {
    LimitType.URGENT_MINUTES: "分钟",
    LimitType.URGENT_HOURS: "小时",
    LimitType.WORK_HOURS: "个工作小时",
    LimitType.WORK_DAYS: "个工作日",
    LimitType.NATURAL_DAYS: "个自然日",
}
URGENT = frozenset({LimitType.URGENT_MINUTES, LimitType.URGENT_HOURS})  # count day and night, no calendar


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time in the unit of its type. Raises ValueError when amount < 1."""

    amount: int
    type: LimitType

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a limit is at least 1, got {self.amount}")

    def plus(self, extension: int) -> "Limit":
        """Return the limit with `extension` more of its own unit."""
        return Limit(self.amount + extension, self.type) if extension else self

    def __str__(self) -> str:
        return f"{self.amount}{UNITS[self.type]}"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time [started_at, ended_at) during which the clock stood still; ended_at None = still standing."""

    started_at: datetime
    ended_at: datetime | None = None


Span = tuple[datetime, datetime]  # [from, to)


def closed(pauses: Iterable[Pause]) -> tuple[Span, ...] | None:
    """Return the pauses as spans, earliest first; None when one is still open."""
    spans: list[Span] = []
    for pause in pauses:
        if pause.ended_at is None:
            return None
        spans.append((pause.started_at, pause.ended_at))
    return tuple(sorted(spans))
