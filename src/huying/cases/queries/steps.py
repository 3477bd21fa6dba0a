"""What happened since a moment, across all cases, in the order it was committed.

Ids are given before commit, so a reader that remembers the highest id skips whatever is committed late. A
position here is a snapshot of PostgreSQL: what it did not see is what is new, however old its id.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from huying.cases.policy.sight import Happened, Sight
from huying.cases.states import State, Verb
from huying.shared.errors import Incomplete
from huying.shared.ids import UnitId

MAX_XID = 2**63  # 64-bit transaction numbers; a cluster never gets there
_POSITION = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19},){0,4000}\d{1,19})?", re.ASCII)

# One statement, so that the rows and the position are of the same snapshot. Both read the log's own table.
_SINCE = """
SELECT here.at::text, found.* FROM (SELECT pg_current_snapshot() AS at) AS here LEFT JOIN LATERAL (
    SELECT c.number, m.verb, m.after, c.area_code, c.urgent, m.at, coalesce(m.facts ->> 'area_before', ''),
           c.source, c.reported_by,
           array(SELECT DISTINCT a.unit_id FROM cases_assignment AS a WHERE a.case_id = c.id), e.id
    FROM ledger_entry AS e JOIN cases_move AS m ON m.entry_id = e.id JOIN cases_case AS c ON c.id = m.case_id
    WHERE e.written_by >= pg_snapshot_xmin(%(after)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(e.written_by, %(after)s::pg_snapshot)
      AND pg_visible_in_snapshot(e.written_by, coalesce(%(until)s::pg_snapshot, here.at))
    ORDER BY e.id LIMIT %(most)s
) AS found ON true
"""


@dataclass(frozen=True, slots=True)
class News:
    """What happened between two positions; complete only when there was not more than asked for."""

    steps: list[Happened]
    until: str
    is_complete: bool


def position() -> str:
    """Return the position of now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def steps_since(after: str, *, until: str | None = None, most: int) -> News:
    """Return every step committed after a position, at most so many, the earliest first.

    until: another position; None = now. Raises Incomplete for what is no position of this database: also
    for one that lies ahead of it, as after a restore.
    """
    check_position(after)
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"after": after, "until": until, "most": most + 1})
        rows = cursor.fetchall()
    here = until or str(rows[0][0])
    if _xmax(after) > _xmax(here):
        raise Incomplete(reason="位置不属于本数据库")
    steps = [_happened(*row[1:-1]) for row in rows if row[1] is not None]
    return News(steps[:most], here, is_complete=len(steps) <= most)


def check_position(written: str) -> None:
    """Refuse what PostgreSQL would not take for a snapshot. Raises Incomplete."""
    found = _POSITION.fullmatch(written)
    if found is None:
        raise Incomplete(reason="位置无效")
    lowest, highest = int(found[1]), int(found[2])
    running = [int(each) for each in (found[3] or "").split(",") if each]
    in_order = running == sorted(set(running)) and all(lowest <= each < highest for each in running)
    if not (0 < lowest <= highest < MAX_XID and in_order):
        raise Incomplete(reason="位置无效")


def _xmax(position: str) -> int:
    return int(position.split(":")[1])


def _happened(
    number: str,
    verb: str,
    state: str,
    area_code: str,
    urgent: bool,  # a column
    at: datetime,
    area_before: str,
    source: str,
    reported_by: str,
    unit_ids: list[int],
) -> Happened:
    sight = Sight(number, area_code, frozenset(map(UnitId, unit_ids)), source, reported_by)
    return Happened(Verb(verb), State(state), urgent, at, sight, area_before)
