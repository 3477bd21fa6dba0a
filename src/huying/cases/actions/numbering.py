"""What was reported before is found, what is new gets its number: one statement for any number of reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from huying.cases.policy.reports import case_number
from huying.database import hot
from huying.ledger.actions import NEXT_ID
from huying.places import queries as places
from huying.shared.ids import CaseId

# A case is durable only after everything written to the log before it, this counter included: the counter
# itself need not be waited for. A number that a crash takes back was never given to anybody.
# OFFSET 0 keeps the lookup a walk down the unique index, one for each report, whatever the planner believes.
_LOOK = f"""
WITH relaxed AS MATERIALIZED (
    SELECT CASE WHEN %s THEN set_config('synchronous_commit', 'off', true) END
), sent AS MATERIALIZED (
    SELECT sent.* FROM relaxed,
        json_to_recordset(%s::json) AS sent(nr int, source text, key text, street text, day date)
), known AS MATERIALIZED (
    SELECT nr, was.* FROM sent, LATERAL (
        SELECT number, fingerprint, reported_at FROM cases_case
        WHERE source = sent.source AND source_key = sent.key OFFSET 0
    ) AS was
), fresh AS MATERIALIZED (
    SELECT nr, street, day, row_number() OVER (PARTITION BY street, day ORDER BY nr) AS place,
           count(*) OVER (PARTITION BY street, day) AS many
    FROM sent WHERE nr NOT IN (SELECT nr FROM known)
), taken AS (
    INSERT INTO cases_serial (area_code, day, last)
    SELECT DISTINCT street, day, many FROM fresh ORDER BY street, day
    ON CONFLICT (area_code, day) DO UPDATE SET last = cases_serial.last + excluded.last
    RETURNING area_code, day, last
)
SELECT nr, number, fingerprint, reported_at, NULL::bigint, NULL::bigint, NULL::bigint FROM known
UNION ALL
SELECT nr, NULL, NULL, NULL, last - many + place, nextval('cases_case_id_seq'), {NEXT_ID}
FROM fresh JOIN taken ON (area_code, taken.day) = (street, fresh.day)
"""  # noqa: S608  # NEXT_ID is a constant


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a number is wanted for."""

    source: str
    key: str
    area_code: str
    day: date  # of the report, in Shanghai


@dataclass(frozen=True, slots=True)
class Known:
    """A case that is already there."""

    fingerprint: bytes
    number: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class New:
    """What a case is called before it is stored."""

    id: CaseId
    number: str
    entry_id: int  # of its first ledger entry


def known_or_new(wanted: Sequence[Wanted]) -> list[Known | New]:
    """Return for each (source, key) the case that is there, or number and ids for a new one.

    No (source, key) may stand in it twice. A statement of its own before the transaction of the case, so that
    the counter of a busy street is never held while a case is stored. The number of a case that then fails
    stays unused.
    """
    streets = {code: places.street(code) for code in {each.area_code for each in wanted}}
    rows = [
        {"nr": nr, "source": each.source, "key": each.key, "street": streets[each.area_code], "day": each.day}
        for nr, each in enumerate(wanted)
    ]
    alone = not connection.in_atomic_block  # else the commit of a whole transaction would be relaxed
    found: dict[int, Known | New] = {}
    for nr, number, fingerprint, reported_at, serial, case_id, entry_id in hot.fetch(
        _LOOK, [alone, hot.as_json(rows)]
    ):
        if number is not None:
            found[nr] = Known(fingerprint, number, reported_at)
        else:
            number = case_number(streets[wanted[nr].area_code], wanted[nr].day, serial)
            found[nr] = New(CaseId(case_id), number, entry_id)
    return [found[nr] for nr in range(len(wanted))]
