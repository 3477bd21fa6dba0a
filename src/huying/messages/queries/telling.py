"""What is needed to tell a message: the place by its name, at community level and no closer."""

from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from huying.messages.policy.texts import Told
from huying.messages.states import Topic
from huying.places import queries as places
from huying.places.states import AreaLevel

_CLOSEST = (AreaLevel.COMMUNITY, AreaLevel.STREET, AreaLevel.DISTRICT)  # the first that is known


class Claimed(Protocol):
    """A message as it was claimed."""

    @property
    def id(self) -> UUID: ...
    @property
    def topic(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, object]: ...


def told(claims: Iterable[Claimed]) -> list[Told]:
    """Return messages as they will be told."""
    return [_told(each) for each in claims]


def _told(held: Claimed) -> Told:
    where = place(str(held.facts.get("area_code", "")))
    return Told(str(held.id), Topic(held.topic), held.subject, held.facts, where)


def place(area_code: str) -> str:
    """Return the name of the community an area lies in, or of a wider area; "" = not known."""
    named = {area.level: area.name for area in places.chain(area_code)} if area_code else {}
    return next((named[level] for level in _CLOSEST if level in named), "")
