"""When something was done, as a device says that was offline meanwhile. Source: docs/rules/offline.md §5."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

FAST = timedelta(minutes=10)  # how much the clock of a device may be ahead
OLDEST = timedelta(days=30)  # no command waits longer on a phone


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says. at: by our clock; claimed: by its own. Clocks of the case never run by it."""

    at: datetime
    claimed: datetime


def told(claim: Claim | None) -> dict[str, object]:
    """Return what the history keeps of a claim beside the step."""
    if claim is None:
        return {}
    at, claimed = claim.at.isoformat(), claim.claimed.isoformat()
    return {"happened_at": at} if at == claimed else {"happened_at": at, "claimed_at": claimed}


def claim(claimed: datetime, device_now: datetime | None, now: datetime) -> Claim:
    """Return when it was done by our clock, at the latest now.

    device_now: what the clock of the device says at this moment; None when it does not tell. A clock that is
    off by more than a little now was off by as much then. Raises Incomplete for what would still lie after
    now, or more than OLDEST back.
    """
    off = timedelta(0) if device_now is None else now - device_now
    at = claimed + off if abs(off) > FAST else claimed
    if at > now + FAST:
        raise Incomplete(reason="发现时间晚于现在")
    if at < now - OLDEST:
        raise Incomplete(reason=Sentence("发生时间早于{days}天前，请核对", days=OLDEST.days))
    return Claim(min(at, now), claimed)
