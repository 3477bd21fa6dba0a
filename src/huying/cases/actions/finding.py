"""Finding a case and taking its lock: one statement brings everything a verb decides by."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from huying.cases.models import Assignment, Case
from huying.cases.queries import visible
from huying.cases.queries.seeing import NUMBER, Statement, filled, stand_in
from huying.database import hot
from huying.ledger.actions import NEXT_ID
from huying.org.policy import Actor
from huying.shared.errors import NotFound

Found = tuple[Case, list[Assignment], list[int]]

_CASE = [field.attname for field in Case._meta.concrete_fields]
_CALL = [field.attname for field in Assignment._meta.concrete_fields]
_CALL_COLUMNS = ", ".join(f'called."{field.column}"' for field in Assignment._meta.concrete_fields)


def find(number: str, *, actor: Actor, entries: int) -> Found:
    """Return the case, locked until the transaction ends, its assignments, and numbers for ledger entries.

    Raises NotFound, also for "not yours".
    """
    statement = _statement(stand_in(actor, number))
    rows = _rows(statement, number, entries)
    if rows and _is_stale(rows[0]):
        rows = _rows(statement, number, entries)
    if not rows:
        raise NotFound(what="事件", key=number)
    case = Case.from_db(connection.alias, _CASE, rows[0][: len(_CASE)])
    calls = [row[-len(_CALL) :] for row in rows]
    return (
        case,
        [Assignment.from_db(connection.alias, _CALL, call) for call in calls if call[0]],
        rows[0][_IDS],
    )


_SEEN, _IDS = len(_CASE), len(_CASE) + 1  # where they stand in a row
_MOVES_MADE = _CASE.index("moves_made")


def _is_stale(row: Sequence[object]) -> bool:
    """Tell whether the case has moved while its lock was waited for.

    Then the case is as it is now, but what else the statement read is of the moment before. Every change
    of a case counts as a move. Read once more, now that nobody else can change it.
    """
    return row[_MOVES_MADE] != row[_SEEN]


def _rows(found: Statement | None, number: str, entries: int) -> list[tuple[Any, ...]]:
    if found is None:
        return []
    with_begin = [(found[0], [*filled(found[1], number), entries])]  # the begin of the transaction goes along
    return hot.fetch_each(with_begin)[0]


@lru_cache(maxsize=10_000)
def _statement(actor: Actor) -> Statement | None:
    """Return the statement that finds and locks a case the actor sees, None for who sees none."""
    try:
        query = visible(actor).select_for_update(of=("self",)).filter(number=NUMBER).query
        seen, parameters = query.sql_with_params()
    except EmptyResultSet:
        return None
    return _READ.format(seen=seen), parameters


_READ = f"""
WITH held AS MATERIALIZED ({{seen}})
SELECT held.*, (SELECT moves_made FROM cases_case WHERE id = held.id),
       ARRAY(SELECT {NEXT_ID} FROM generate_series(1, %s)), {_CALL_COLUMNS}
FROM held LEFT JOIN cases_assignment AS called ON called.case_id = held.id
ORDER BY called.id
"""  # noqa: S608  # names are the models'
