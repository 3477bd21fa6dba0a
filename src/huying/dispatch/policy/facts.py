"""What routing looks at. Nothing that is known only after the case was handled has a place here."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Facts:
    """A case as it lies before the command centre. "" = not known.

    path: names of its category from the main one down, at least one.
    street, community, channel: words that people read.
    """

    path: tuple[str, ...]
    street: str = ""
    community: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier case and the unit that handled it; `unit` is any key, the same for the same unit."""

    facts: Facts
    unit: str
    at: datetime
