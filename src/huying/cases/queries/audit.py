"""Is every promise about cases kept? Set-based, so that a year of cases takes seconds.

Each check yields one sentence for each thing broken. The list: docs/simulation.md, Invariants.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.models import Max

from huying.cases.models import Assignment, Case, Evidence, Move
from huying.cases.policy.photos import photo_path
from huying.cases.states import CREATES, LIVE, MOVES, OPEN, State, Verb
from huying.clocks import queries as clocks
from huying.clocks.states import Stage
from huying.org import queries as org
from huying.shared.errors import Unavailable
from huying.shared.ids import UnitId

_REPORTED_TWICE = """
SELECT '来源' || source || '的上报“' || source_key || '”被登记了' || count(*) || '次'
FROM cases_case GROUP BY source, source_key HAVING count(*) > 1
"""
_HISTORY = """
WITH steps AS (
    SELECT case_id, seq, verb, before, after,
           lag(after) OVER life AS previous, lead(seq) OVER life IS NULL AS is_last,
           row_number() OVER life AS place
    FROM cases_move WINDOW life AS (PARTITION BY case_id ORDER BY seq)
), judged AS (
    SELECT number, seq, CASE
        WHEN seq <> place THEN '编号不连续'
        WHEN place = 1 AND (verb <> ALL(%(first)s) OR before <> '') THEN '不是以上报开始'
        WHEN place > 1 AND before <> previous THEN '与上一步的状态不衔接'
        WHEN place > 1 AND before || ' ' || verb || ' ' || after <> ALL(%(legal)s) THEN '不是允许的步骤'
        WHEN is_last AND after <> state THEN '与案件现在的状态不符'
        WHEN is_last AND seq <> moves_made THEN '与记录的步数不符'
    END AS fault
    FROM steps JOIN cases_case ON cases_case.id = case_id
)
SELECT number || '的第' || seq || '步' || fault FROM judged WHERE fault IS NOT NULL
UNION ALL
SELECT number || '没有任何历史记录' FROM cases_case
WHERE NOT EXISTS (SELECT FROM cases_move WHERE case_id = cases_case.id)
"""
# Both read the log's own table: half a million entries are compared where they lie.
_LEDGER = """
SELECT number || '的第' || seq || '步与存证条目' || entry_id || '不符'
FROM cases_move AS move
JOIN cases_case ON cases_case.id = move.case_id
JOIN ledger_entry AS entry ON entry.id = move.entry_id
WHERE (entry.subject, entry.verb, entry.before, entry.after, entry.actor, entry.at)
    <> ('case:' || number, move.verb, move.before, move.after, move.actor, move.at)
UNION ALL
SELECT number || '的第' || seq || '步没有存证条目'
FROM cases_move AS move JOIN cases_case ON cases_case.id = move.case_id
WHERE NOT EXISTS (SELECT FROM ledger_entry WHERE id = move.entry_id)
UNION ALL
SELECT '存证条目' || entry.id || '（' || entry.subject || '）没有对应的案件步骤'
FROM ledger_entry AS entry
LEFT JOIN cases_move AS move ON move.entry_id = entry.id
WHERE entry.subject LIKE 'case:%%' AND entry.verb = ANY(%(verbs)s) AND move.id IS NULL
"""
_NUMBERS = """
WITH given AS (
    SELECT substring(number FROM '^HY-(.+)-[0-9]{8}-[0-9]+$') AS street,
           substring(number FROM '-([0-9]{8})-[0-9]+$') AS day,
           substring(number FROM '-([0-9]+)$')::int AS serial
    FROM cases_case
), counted AS (
    SELECT street, day, count(*) AS cases, count(DISTINCT serial) AS serials, max(serial) AS highest
    FROM given GROUP BY street, day
)
SELECT coalesce(street, area_code) || '在' || coalesce(counted.day, to_char(serial.day, 'YYYYMMDD'))
    || '的案号有误：案件' || coalesce(cases, 0) || '件，最大号' || coalesce(highest, 0)
    || '，已发' || coalesce(last, 0)
FROM counted
FULL JOIN cases_serial AS serial
    ON serial.area_code = street AND to_char(serial.day, 'YYYYMMDD') = counted.day
WHERE (cases = serials AND highest <= last) IS NOT TRUE AND cases > 0
"""
_LIVE_ASSIGNMENTS = """
SELECT number || '处于' || cases_case.state || '，却有在办的指派' || assignment.id
FROM cases_assignment AS assignment JOIN cases_case ON cases_case.id = case_id
WHERE assignment.state = ANY(%(live)s) AND cases_case.state <> ALL(%(working)s)
"""
_NOBODY_WORKS = """
SELECT number || '处于' || state || '，却没有在办的指派'
FROM cases_case
WHERE state = ANY(%(working)s) AND NOT imported AND NOT EXISTS (
    SELECT FROM cases_assignment WHERE case_id = cases_case.id AND state = ANY(%(live)s)
)
"""
_REQUESTS = """
SELECT number || '的申请' || request.id || '待审批，其指派却已结束'
FROM cases_request AS request
JOIN cases_assignment AS assignment ON assignment.id = request.assignment_id
JOIN cases_case ON cases_case.id = assignment.case_id
WHERE request.state = 'pending' AND assignment.state <> ALL(%(live)s)
"""
_DECIDED = """
SELECT number || '的申请' || request.id || '已有审批步骤' || verb || '，申请却处于' || request.state
FROM cases_move AS move
JOIN cases_request AS request ON request.id = (facts ->> 'request')::bigint
JOIN cases_case ON cases_case.id = move.case_id
WHERE (verb, request.state) NOT IN (('approve', 'approved'), ('refuse', 'refused'))
  AND verb IN ('approve', 'refuse')
"""
_SAME_PERSON = """
SELECT DISTINCT number || '由办理人' || move.actor || '自己核查'
FROM cases_move AS move
JOIN cases_case ON cases_case.id = move.case_id
JOIN cases_move AS answered ON answered.case_id = move.case_id AND answered.seq < move.seq
    AND answered.verb = 'answer' AND answered.actor = move.actor
WHERE move.verb = 'verify' AND NOT EXISTS (
    SELECT FROM cases_move AS between_them
    WHERE between_them.case_id = move.case_id AND between_them.verb IN ('rework', 'reopen')
      AND between_them.seq > answered.seq AND between_them.seq < move.seq
)
"""
_STATEMENTS = (
    _REPORTED_TWICE,
    _HISTORY,
    _LEDGER,
    _NUMBERS,
    _LIVE_ASSIGNMENTS,
    _NOBODY_WORKS,
    _REQUESTS,
    _DECIDED,
    _SAME_PERSON,
)


def _facts() -> Mapping[str, list[str]]:
    return {
        "first": list(CREATES),
        "legal": [f"{before} {verb} {after}" for (before, verb), after in MOVES.items()],
        "verbs": list(Verb),
        "live": list(LIVE),
        "working": [State.IN_HAND, State.SUSPENDED],
    }


def violations(at: datetime, folder: Path) -> Iterator[str]:
    """Yield every broken promise as a sentence. at: whose duty it is then; folder: where photos are kept."""
    for statement in _STATEMENTS:
        yield from _sentences(statement)
    yield from _clocks_of_ended_cases()
    yield from _work_without_a_clock()
    yield from _without_owner(at)
    yield from _photos_amiss(folder)


def latest_moment() -> datetime | None:
    """Return when the last step was made; None without cases."""
    moment: datetime | None = Move.objects.aggregate(last=Max("at"))["last"]
    return moment


def orphan_files(folder: Path, before: datetime) -> Iterator[str]:
    """Yield the names of files under the evidence folder that no case knows, unchanged since `before`."""
    if not folder.is_dir():
        return
    known = set(Evidence.objects.values_list("sha256", flat=True).distinct())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stem not in known and path.stat().st_mtime < before.timestamp():
            yield str(path.relative_to(folder))


def _sentences(statement: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _facts() if "%(" in statement else None)
        for row in cursor.fetchall():
            yield row[0]


def _clocks_of_ended_cases() -> Iterator[str]:
    """Only the resident's time to judge may run on after the end."""
    ended = set(Case.objects.exclude(state__in=OPEN).values_list("number", flat=True))
    for number, stage in clocks.open_clocks():
        if number in ended and stage is not Stage.EVALUATE:
            yield f"{number}已结束，{stage.label}时限却仍在计时"


def _work_without_a_clock() -> Iterator[str]:
    """Whoever has a case in hand is under the limit it was filed with."""
    clocked = clocks.clocked_assignments(Stage.DISPOSE)
    live = Assignment.objects.filter(state__in=LIVE, case__imported=False).order_by("id")
    for pk, number, unit in live.values_list("id", "case__number", "unit__name"):
        if pk not in clocked:
            yield f"{number}由{unit}在办，却没有处置时限"


def _without_owner(at: datetime) -> Iterator[str]:
    """A case is never without an owner: who leads it, else the chain of its place (design §4)."""
    ours = Case.objects.filter(state__in=OPEN, imported=False)
    led = ours.filter(state__in=[State.IN_HAND, State.SUSPENDED], lead_unit__isnull=False)
    units = {unit for unit in led.values_list("lead_unit_id", flat=True) if unit is not None}
    for unit in sorted(units):
        try:
            org.on_duty(UnitId(unit), at)
        except Unavailable as nobody:
            yield str(nobody)
    spots = list(ours.exclude(pk__in=led).values_list("area_code", "building_id").distinct())
    for found in org.owners(spots, at=at).values():
        if isinstance(found, Unavailable):
            yield str(found)


def _photos_amiss(folder: Path) -> Iterator[str]:
    for sha256 in Evidence.objects.order_by("sha256").values_list("sha256", flat=True).distinct():
        path = photo_path(folder, sha256)
        if not path.is_file():
            yield f"照片{sha256[:12]}…的文件缺失"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            yield f"照片{sha256[:12]}…的文件与其哈希值不符"
