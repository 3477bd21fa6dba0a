"""Identifiers. A bare int never crosses a package border under the wrong name."""

import os
import uuid
from datetime import datetime
from typing import NewType

AreaId = NewType("AreaId", int)
UnitId = NewType("UnitId", int)
StaffId = NewType("StaffId", int)
CategoryId = NewType("CategoryId", int)
CaseId = NewType("CaseId", int)
AssignmentId = NewType("AssignmentId", int)


def uuid7(now: datetime) -> uuid.UUID:
    """Return a time-ordered UUID. Source: RFC 9562 §5.7."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10))
    high = (milliseconds & (1 << 48) - 1) << 16 | 0x7 << 12 | random >> 68 & 0xFFF
    low = 0b10 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=high << 64 | low)
