"""How fast an outlet may be spoken to, and how long to wait after a failure.

Source: docs/rules/messages.md §4, §5.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from huying.messages.states import Outcome, OutletKind

ATTEMPTS = 18  # then a message is given up; with the waits below after about a day
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=4)
LONGEST_BLOCK = timedelta(minutes=5)  # of an outlet that does not answer
LEASE = timedelta(seconds=60)  # a claim older than this is of a dead worker; a request ends long before
DIGEST = 50  # messages of one request at most
LISTED = 20  # of them written out


@dataclass(frozen=True, slots=True)
class Rate:
    """burst: requests at once; per_second: refill. Both together stay below the limit in every window."""

    burst: float
    per_second: float
    block: timedelta  # how long the provider refuses who exceeded its limit


RATES: dict[str, Rate] = {
    OutletKind.DINGTALK: Rate(5, 15 / 60, timedelta(minutes=10)),  # 20 a minute, then shut for 10 minutes
    OutletKind.WECOM: Rate(5, 15 / 60, timedelta(minutes=1)),  # 20 a minute
    OutletKind.FEISHU: Rate(3, 95 / 60, timedelta(minutes=1)),  # 100 a minute and 5 a second
    OutletKind.SMS: Rate(10, 5, timedelta(minutes=1)),  # gateways take more; people read less
    OutletKind.APPRISE: Rate(5, 15 / 60, timedelta(minutes=1)),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What an outlet may still be sent: `tokens` requests as of `filled_at` (None = never used: full)."""

    tokens: float = 0.0
    filled_at: datetime | None = None
    blocked_until: datetime | None = None
    failures: int = 0  # in a row

    def filled(self, rate: Rate, now: datetime) -> "Bucket":
        """Return the bucket as of now. A clock that was set back fills nothing and takes nothing away."""
        if self.filled_at is None:
            return replace(self, tokens=rate.burst, filled_at=now)
        passed = max(0.0, (now - self.filled_at).total_seconds())
        return replace(self, tokens=min(rate.burst, self.tokens + passed * rate.per_second), filled_at=now)

    def taken(self) -> "Bucket":
        """Return the bucket after one request."""
        return replace(self, tokens=self.tokens - 1)

    def rested(self, rate: Rate, now: datetime) -> "Bucket":
        """Return the bucket closed until it holds a whole token again; as it is when it does."""
        if self.tokens >= 1:
            return replace(self, blocked_until=None)
        return replace(self, blocked_until=now + timedelta(seconds=(1 - self.tokens) / rate.per_second))

    def after(self, outcome: Outcome, rate: Rate, now: datetime, *, asked: float, jitter: float) -> "Bucket":
        """Return the bucket after an answer.

        asked: seconds the provider asked to wait, 0 = it did not say; jitter: 0…1.
        """
        if outcome is Outcome.LIMITED:
            until = now + max(rate.block, timedelta(seconds=asked))
            return replace(self, tokens=0.0, blocked_until=until)
        if outcome is Outcome.LATER:
            until = now + min(wait_after(self.failures + 1, jitter), LONGEST_BLOCK)
            return replace(
                self, failures=self.failures + 1, blocked_until=max(until, self.blocked_until or until)
            )
        return replace(self, failures=0)


def wait_after(attempt: int, jitter: float) -> timedelta:
    """Return how long to wait after the attempt failed: doubled each time, up to LONGEST_WAIT.

    attempt: 1 = the first; jitter: 0…1, spreads the wait between half and whole, so that what failed
    together does not come back together.
    """
    whole: timedelta = min(FIRST_WAIT * 2 ** min(attempt - 1, 20), LONGEST_WAIT)
    return whole * (0.5 + jitter / 2)


def share(due: int, tokens: float) -> int:
    """Return how many messages go into the next request: one, or a digest when tokens run short."""
    return 1 if due <= tokens else min(due, DIGEST)
