"""What happened, as far as a group chat may know it, and who wants to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huying.messages.states import Topic

TOPICS = frozenset(topic.value for topic in Topic)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one case. It has no field for what somebody wrote, a name or a phone number.

    verb: of a case or a clock, e.g. "assign", "deadline_due"; what is no Topic is told to nobody.
    number: the public number of the case.
    area_code: deepest area known; unit_ids: the units it concerns, for outlets that serve one unit.
    stage: of a deadline, e.g. "accept"; due_at: when it ends or ended.
    """

    verb: str
    number: str
    at: datetime
    area_code: str = ""
    unit_ids: tuple[int, ...] = ()
    urgent: bool = False
    stage: str = ""
    due_at: datetime | None = None

    def facts(self) -> Mapping[str, object]:
        """Return what the text of the message will be made of."""
        facts: dict[str, object] = {"area_code": self.area_code, "stage": self.stage, "urgent": self.urgent}
        if self.due_at is not None:
            facts["due_at"] = self.due_at.isoformat()
        return {key: value for key, value in facts.items() if value}


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one outlet wants to be told.

    area_code: of this area and below; "" = of every area. unit_id: of this unit only; None = of every unit.
    """

    outlet_id: int
    topics: frozenset[str]
    area_code: str = ""
    unit_id: int | None = None

    def wants(self, event: Event) -> bool:
        """Tell whether the event is one of its topics, lies in its area and concerns its unit."""
        return (
            event.verb in self.topics
            and event.area_code.startswith(self.area_code)
            and (self.unit_id is None or self.unit_id in event.unit_ids)
        )
