"""What stands beside the form of a record: what belongs to it elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from huying.administration.tables import Cells, Table
from huying.org.policy import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """template: below administration/panels/."""

    template: str
    facts: dict[str, object]


def panels(actor: Actor, table: Table, cells: Cells, now: datetime) -> list[Panel]:  # noqa: ARG001
    return []
