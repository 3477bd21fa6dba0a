"""What every table has: its columns, what tells its records apart, how they are read and written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from huying.administration.policy.columns import CLEAR, Column
from huying.administration.policy.verdicts import Key
from huying.administration.states import TableName
from huying.org.policy import Actor
from huying.org.states import Role

Cells = Mapping[str, str]  # field → what stands there, as `columns.read` writes it
Filler = Callable[[Cells], dict[str, str]]
Records = dict[Key, dict[str, str]]  # the records in somebody's reach; "ref" names one in an address


@dataclass(frozen=True, slots=True)
class Given:
    """One record to be written: what was there (None = nothing), what shall be, who does it."""

    before: Cells | None
    after: Cells
    reached: tuple[str, ...]  # codes of the areas the actor administers
    actor: Actor
    now: datetime

    def changed(self, *fields: str) -> bool:
        """Tell whether one of the fields shall be otherwise."""
        return self.before is None or any(self.before.get(f, "") != self.after.get(f, "") for f in fields)


def _by_line(cells: Cells) -> str:  # noqa: ARG001  # the order of the file is kept
    return ""


def _as_it_is(reached: tuple[str, ...], now: datetime) -> Filler:  # noqa: ARG001
    return dict


def _nothing(cells: Cells) -> tuple[str, ...]:  # noqa: ARG001
    return ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table that may be brought in, taken out and edited.

    present: the records within a reach at a moment. put: writes one, by the actions of its package.
    order: rows are written in this order, so that parents come first. subjects: of the ledger.
    roles: may bring it in, take it out and edit it.
    filler: makes, once for a file, what completes a row whose key is said in another way, e.g. by name.
    """

    name: TableName
    icon: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    roles: frozenset[Role]
    present: Callable[[tuple[str, ...], datetime], Records]
    put: Callable[[Given], None]
    order: Callable[[Cells], str] = field(default=_by_line)
    filler: Callable[[tuple[str, ...], datetime], Filler] = field(default=_as_it_is)
    subjects: Callable[[Cells], tuple[str, ...]] = field(default=_nothing)
    readers: frozenset[Role] = frozenset()  # may look at it besides those who may change it

    @property
    def seen_by(self) -> frozenset[Role]:
        return self.roles | self.readers

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.field == name)

    def merged(self, before: Cells | None, said: Cells) -> dict[str, str]:
        """Return a record with what a row says put over it: empty cells leave it, CLEAR empties."""
        after = dict(before or {})
        for column in self.columns:
            if column.read_back and (cell := said.get(column.field, "")):
                after[column.field] = "" if cell == CLEAR else cell
        return after
