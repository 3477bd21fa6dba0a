"""The rules of the organisation. Pure: no database, no clock, no request."""

from huying.org.policy.access import RESIDENT, SYSTEM, Actor, Grant
from huying.org.policy.chain import (
    Away,
    DutyRoom,
    Holder,
    Link,
    Officer,
    Person,
    StandIn,
    available,
    duty_officer,
    owner,
    resolve_chain,
)
from huying.org.policy.patterns import PATTERNS, Part, Pattern, Shortfall, pattern_gaps
from huying.org.policy.roster import Duty, Window, roster_gaps

__all__ = [
    "PATTERNS",
    "RESIDENT",
    "SYSTEM",
    "Actor",
    "Away",
    "Duty",
    "DutyRoom",
    "Grant",
    "Holder",
    "Link",
    "Officer",
    "Part",
    "Pattern",
    "Person",
    "Shortfall",
    "StandIn",
    "Window",
    "available",
    "duty_officer",
    "owner",
    "pattern_gaps",
    "resolve_chain",
    "roster_gaps",
]
