"""Finding a case and taking its lock: one statement brings everything a verb decides by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection

from huying.cases.models import Assignment, Case
from huying.cases.queries import visible
from huying.cases.queries.seeing import NUMBER, Statement, filled, stand_in
from huying.clocks.queries import STANDING
from huying.database import hot, side_by_side
from huying.ledger.actions import NEXT_ID
from huying.org.policy import Actor
from huying.org.queries import ENDS
from huying.shared.errors import NotFound
from huying.shared.ids import UnitId

_NEXT_CALL = "nextval('cases_assignment_id_seq')"


@dataclass(slots=True)
class Taken:
    """Numbers taken along with the lock; more are fetched when they do not suffice."""

    _entries: list[int]
    _calls: list[int]

    def entries(self, count: int) -> list[int]:
        """Return so many numbers for ledger entries."""
        return _taken(self._entries, count, NEXT_ID)

    def calls(self, count: int) -> list[int]:
        """Return so many numbers for assignments."""
        return _taken(self._calls, count, _NEXT_CALL)


def _taken(there: list[int], count: int, next_one: str) -> list[int]:
    if count > len(there):
        more = f"SELECT {next_one} FROM generate_series(1, %s)"  # noqa: S608  # a constant
        there += [number for (number,) in hot.fetch(more, [count - len(there)])]
    taken, there[:count] = there[:count], []
    return taken


@dataclass(frozen=True, slots=True)
class Found:
    """A case under lock.

    is_calm: whether each of its clocks, as they stand, can end without more to do. was_late: whether a limit
    to handle it ever ran out. ends: of the units to be called, for `org.require_open`.
    """

    case: Case
    assignments: list[Assignment]
    taken: Taken
    is_calm: bool
    was_late: bool
    ends: str


_CASE = [field.attname for field in Case._meta.concrete_fields]
_CALL = [field.attname for field in Assignment._meta.concrete_fields]
_CALL_COLUMNS = ", ".join(f'called."{field.column}"' for field in Assignment._meta.concrete_fields)


def find(number: str, *, actor: Actor, now: datetime, entries: int, units: Sequence[UnitId] = ()) -> Found:
    """Return the case, locked until the transaction ends, its assignments, and numbers for what is new.

    now: when clocks would end. entries: how many of the ledger. units: to be called, a number for each.
    Raises NotFound, also for "not yours".
    """
    waits = side_by_side.may_wait()
    found = _statement(stand_in(actor, number), entries, len(units), waits)
    if found is None:
        raise NotFound(what="事件", key=number)
    statement, parameters = found[0], [*filled(found[1], number), now, *([hot.array(units)] if units else [])]
    rows = hot.fetch(statement, parameters)
    if rows and _is_stale(rows[0]):
        rows = hot.fetch(statement, parameters)
    if not rows and not waits:
        raise side_by_side.Alone  # somebody else has it, or it is not there
    if not rows:
        raise NotFound(what="事件", key=number)
    case = Case.from_db(connection.alias, _CASE, rows[0][: len(_CASE)])
    called = [row[-len(_CALL) :] for row in rows]
    assignments = [Assignment.from_db(connection.alias, _CALL, each) for each in called if each[0]]
    (is_calm, was_late), new_entries, new_calls, ends = rows[0][_SEEN + 1 : _SEEN + 5]
    return Found(case, assignments, Taken(new_entries, new_calls), is_calm, was_late, ends)


_SEEN = len(_CASE)  # where it stands in a row
_MOVES_MADE = _CASE.index("moves_made")


def _is_stale(row: Sequence[object]) -> bool:
    """Tell whether the case has moved while its lock was waited for.

    Then the case is as it is now, but what else the statement read is of the moment before. Every change
    of a case counts as a move. Read once more, now that nobody else can change it.
    """
    return row[_MOVES_MADE] != row[_SEEN]


@lru_cache(maxsize=10_000)
def _statement(actor: Actor, entries: int, calls: int, waits: bool) -> Statement | None:
    """Return the statement that finds and locks a case the actor sees, None for who sees none."""
    locked = visible(actor).select_for_update(of=("self",), skip_locked=not waits)
    try:
        query = locked.filter(number=NUMBER).query
        seen, parameters = query.sql_with_params()
    except EmptyResultSet:
        return None
    return _READ.format(
        seen=seen,
        entries=_array(NEXT_ID, entries),
        calls=_array(_NEXT_CALL, calls),
        ends=ENDS if calls else "'{}'",
    ), parameters


def _array(each: str, count: int) -> str:
    """Return SQL for an array, spelt out: for a series of unknown length the server would plan each time."""
    return f"ARRAY[{', '.join([each] * count)}]::bigint[]"


_READ = f"""
WITH held AS MATERIALIZED ({{seen}})
SELECT held.*, (SELECT moves_made FROM cases_case WHERE id = held.id), {STANDING.format(case="held.id")},
       {{entries}}, {{calls}}, {{ends}}, {_CALL_COLUMNS}
FROM held LEFT JOIN cases_assignment AS called ON called.case_id = held.id
ORDER BY called.id
"""  # noqa: S608  # names are the models'
