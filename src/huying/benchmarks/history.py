"""A past for a measurement: so many cases of a district with their clocks, called units, history and ledger.

Written by INSERT … SELECT, every index and constraint kept; only the look at foreign keys is left out, as the
rows refer to each other by construction. One case in ten is open, at most 100,000 of them, scattered over
the whole table, which is the harder way for the queue.
"""

# ruff: noqa: S608  # statements are put together from parts that stand here

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from huying.benchmarks.ground import DISTRICT, PLACES
from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import UnitKind

MOST_OPEN = 100_000
CHUNK = 500_000  # cases of one statement
CATEGORIES, UNITS = 40, 60
RARE = "蜂窝"  # a word of one case in five hundred; COMMON stands in one of eight
COMMON = "井盖"
DEMANDS = (
    "楼道灯不亮", "井盖松动有异响", "垃圾桶满溢无人清运", "占道经营影响通行", "消防通道被私家车堵塞",
    "绿化带内有建筑垃圾", "污水外溢有异味", "电动车在楼道内充电",
)  # fmt: skip

# Every row is a function of its number, so that each table can be written by itself. h: a scrambled number.
_NUMBERED = f"""
    SELECT id, h, is_open, begun, %(now)s - h %% 12960000 * interval '1 second' * 0.05 AS recently,
           '{DISTRICT}' || lpad((h %% {PLACES.streets} + 1)::text, 3, '0')
               || lpad((h / 100 %% {PLACES.communities} + 1)::text, 3, '0')
               || lpad((h / 10000 %% {PLACES.grids} + 1)::text, 3, '0') AS area_code,
           %(categories)s::bigint[] AS categories, %(units)s::bigint[] AS units,
           CASE WHEN NOT is_open THEN 'closed'
                WHEN h / 7 %% 50 = 0 THEN 'suspended'
                ELSE (ARRAY['reported', 'accepted', 'in_hand', 'in_hand', 'in_hand', 'in_hand', 'in_hand',
                            'in_hand', 'handled', 'handled'])[h / 7 %% 10 + 1] END AS state
    FROM (SELECT id, (id * 2654435761) %% 4294967296 AS h, id %% %(every)s = 0 AS is_open,
                 %(now)s - interval '400 days' + (id - %(first)s) * (interval '399 days' / %(count)s) AS begun
          FROM generate_series(%(start)s::bigint, %(end)s::bigint) AS id) AS numbers
"""
_NUMBER = f"'HY-{DISTRICT}' || substr(area_code, 7, 3) || '-20260101-' || lpad(id::text, 8, '0')"
_TEXTS = "ARRAY[" + ", ".join(f"'{demand}'" for demand in DEMANDS) + "]"
_UNIT = f"units[h / 11 %% {UNITS} + 1]"

CASES = f"""
INSERT INTO cases_case (id, number, state, source, source_key, fingerprint, channel, reported_by, imported,
    text, level, urgent, area_code, place_certain, place_text, lng, lat, found_at, reported_at, accepted_at,
    assigned_at, handled_at, closed_at, limit_amount, limit_type, in_time, resolved_level, self_handled,
    round, moves_made, category_id, lead_unit_id)
SELECT id, {_NUMBER}, state, 'seed', id::text, sha256(id::text::bytea), 'hotline', 'token:seed', false,
       h %% 300 || '幢' || ({_TEXTS})[h / 13 %% 8 + 1]
           || CASE WHEN h %% 500 = 8 THEN '，窗台上有马{RARE}' ELSE '' END,
       'grid', h %% 20 = 0, area_code, true, '文化路' || h %% 300 || '号',
       120 + h %% 10000 * 0.0001, 30 + h / 10000 %% 10000 * 0.0001, begun, begun,
       CASE WHEN state <> 'reported' THEN begun + interval '5 minutes' END,
       CASE WHEN state NOT IN ('reported', 'accepted') THEN begun + interval '8 minutes' END,
       CASE WHEN state IN ('handled', 'closed') THEN begun + interval '20 hours' END,
       CASE WHEN state = 'closed' THEN begun + interval '21 hours' END,
       5, 'natural_days', CASE WHEN state = 'closed' THEN h %% 10 > 0 END, '', false, 1,
       CASE WHEN state = 'closed' THEN 8 ELSE 3 END, categories[h / 17 %% {CATEGORIES} + 1],
       CASE WHEN state NOT IN ('reported', 'accepted') THEN {_UNIT} END
FROM ({_NUMBERED}) AS seeded
"""
# Of a closed case the handling, kept or late, and the evaluation nobody gave; of an open one what runs.
CLOCKS = f"""
INSERT INTO clocks_deadline (case_id, case_number, area_code, assignment_id, stage, limit_amount,
    limit_type, started_at, due_at, warn_at, calendar_edition, provisional, state, warned_at, fired_at,
    ended_at)
SELECT id, {_NUMBER}, area_code, CASE WHEN stage = 'dispose' THEN id END, stage, 5, 'natural_days',
       started_at, due_at, started_at, 'CN-2026.1', false, clock, started_at,
       CASE WHEN clock = 'late' OR clock = 'running' AND due_at < %(now)s THEN due_at END,
       CASE clock WHEN 'met' THEN due_at - interval '1 minute'
                  WHEN 'late' THEN due_at + interval '1 minute' END
FROM (SELECT id, area_code, 'dispose' AS stage, begun AS started_at, begun + interval '1 day' AS due_at,
             CASE WHEN h %% 10 > 0 THEN 'met' ELSE 'late' END AS clock
      FROM ({_NUMBERED}) AS closed WHERE NOT is_open
      UNION ALL
      SELECT id, area_code, 'evaluate', begun, begun + interval '7 days', 'running'
      FROM ({_NUMBERED}) AS closed WHERE NOT is_open
      UNION ALL
      SELECT id, area_code,
             CASE state WHEN 'reported' THEN 'accept' WHEN 'accepted' THEN 'assign'
                        WHEN 'handled' THEN 'verify' ELSE 'dispose' END,
             begun, CASE WHEN state <> 'suspended' THEN recently + interval '6 days' END,
             CASE WHEN state = 'suspended' THEN 'paused' ELSE 'running' END
      FROM ({_NUMBERED}) AS open WHERE is_open
      UNION ALL
      SELECT id, area_code, 'acknowledge', begun, recently + interval '5 days', 'running'
      FROM ({_NUMBERED}) AS fresh WHERE is_open AND state = 'in_hand' AND h %% 3 = 0) AS clocks
"""
CALLS = f"""
INSERT INTO cases_assignment (id, case_id, unit_id, part, state, round, final, called_at, called_by,
                              answered_at, answered_by, ended_at)
SELECT id, id, {_UNIT}, 'lead',
       CASE WHEN state IN ('in_hand', 'suspended') THEN 'acknowledged' ELSE 'answered' END, 1, false,
       begun + interval '8 minutes', 'staff:1',
       CASE WHEN state IN ('handled', 'closed') THEN begun + interval '20 hours' END, '',
       CASE WHEN state IN ('handled', 'closed') THEN begun + interval '20 hours' END
FROM ({_NUMBERED}) AS seeded WHERE state NOT IN ('reported', 'accepted')
"""
ENTRIES = f"""
INSERT INTO ledger_entry (id, at, actor, verb, subject, before, after, commitment)
SELECT id, begun, 'token:seed', 'report', 'case:' || {_NUMBER}, '', 'reported', sha256(id::text::bytea)
FROM ({_NUMBERED}) AS seeded
"""
OPENINGS = f"""
INSERT INTO ledger_opening (entry_id, salt, payload)
SELECT id, sha256(id::text::bytea),
       '{{"fingerprint":"' || encode(sha256(id::text::bytea), 'hex') || '","seq":1,"source":"seed"}}'
FROM ({_NUMBERED}) AS seeded
"""
MOVES = f"""
INSERT INTO cases_move (id, case_id, seq, verb, before, after, at, actor, opinion, facts, public, entry_id)
SELECT id, id, 1, 'report', '', 'reported', begun, 'token:seed', '', '{{}}', true, id
FROM ({_NUMBERED}) AS seeded
"""
QUEUE = (CASES, CLOCKS, CALLS)  # what a list of work reads
WHOLE = (CASES, ENTRIES, CLOCKS, OPENINGS, CALLS, MOVES)
# The longest first, so that two of them end at about the same time.
COUNTED = ("cases_case", "cases_assignment", "cases_move", "ledger_entry")
NEXT = "SELECT greatest((SELECT max(id) FROM cases_case), (SELECT max(id) FROM cases_assignment),\
 (SELECT max(id) FROM cases_move), (SELECT max(id) FROM ledger_entry), 0) + 1"


@dataclass(frozen=True, slots=True)
class Scenery:
    """What the cases refer to."""

    categories: list[int]
    units: list[int]


def scenery(now: datetime, unit_id: int) -> Scenery:
    """Make the categories and units of a district's past; unit_id: one more that has its part in it."""
    paths = [(Node("城市管理"), Node(f"事项{number:02}")) for number in range(CATEGORIES)]
    made = catalogue.ensure_categories(scheme="past", paths=paths, kind=Kind.EVENT, actor=SYSTEM, now=now)
    units = [
        org.ensure_unit(
            code=f"past-{number}", name=f"第{number}处置队", kind=UnitKind.EXTERNAL, area_code="",
            now=now, actor=SYSTEM,
        ).pk
        for number in range(UNITS - 1)
    ]  # fmt: skip
    return Scenery([int(each) for each in made.values()], [unit_id, *units])


def write(count: int, of: Scenery, *, now: datetime, tables: Sequence[str] = WHOLE) -> None:
    """Add so many cases, about as many hours as they would have taken a district, and analyse."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        first: int = cursor.fetchone()[0]
    known: dict[str, Any] = {"first": first, "count": count, "now": now, "every": max(10, count // MOST_OPEN)}
    known |= {"categories": of.categories, "units": of.units}
    jobs = [
        (statement, known | {"start": start, "end": min(start + CHUNK, first + count) - 1})
        for start in range(first, first + count, CHUNK)
        for statement in tables
    ]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(_fill, jobs))
    with connection.cursor() as cursor:
        for table in COUNTED:
            cursor.execute(f"SELECT setval('{table}_id_seq', %s)", [first + count])
        cursor.execute("VACUUM ANALYZE")


def _fill(job: tuple[str, dict[str, Any]]) -> None:
    """Run one statement in a thread's own connection."""
    statement, known = job
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, known)
    finally:
        connection.close()
