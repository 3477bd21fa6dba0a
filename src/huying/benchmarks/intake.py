"""Complete reports over HTTP: located, filed, clock started, ledger written, committed with fsync."""

from collections.abc import Sequence

import orjson
from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import control, ground, machine, scratch
from huying.benchmarks.load import Outcome, Request, drive
from huying.benchmarks.web import site
from huying.config import readiness

WEB_PROCESSES = 2
WARM_SECONDS = 3

# The control: a case row and a log row in one transaction, as pgbench sends them; nothing else is done.
# No colon in a text: pgbench takes it for a variable.
CONTROL = """
BEGIN;
INSERT INTO bench_case (number, text, area_code, lng, lat, at)
    VALUES ('HY-330109001-20261121-' || nextval('bench_number'), '楼道灯不亮', '330109001', 120, 30, now());
INSERT INTO bench_log (at, actor, verb, subject, commitment)
    VALUES (now(), 'token-1', 'report', 'case-HY-330109001-20261121-00042', decode(repeat('00', 32), 'hex'));
COMMIT;
"""
STORED = """
SELECT (SELECT count(*) FROM cases_case WHERE area_code LIKE '330109001______'),
       (SELECT count(*) FROM cases_move WHERE verb = 'report'),
       (SELECT count(*) FROM clocks_deadline WHERE stage = 'accept'),
       (SELECT count(*) FROM ledger_entry WHERE verb = 'report')
"""
CONTROL_TABLES = (
    "CREATE SEQUENCE bench_number",
    """CREATE TABLE bench_case (id bigserial PRIMARY KEY, number text UNIQUE, text text, area_code text,
                                lng float8, lat float8, at timestamptz)""",
    """CREATE TABLE bench_log (id bigserial PRIMARY KEY, at timestamptz, actor text, verb text, subject text,
                               commitment bytea)""",
)


def run(*, concurrency: int = 256, seconds: float = 20) -> dict[str, object]:
    """Measure; fail when an acknowledged report is not there with its move, clock and ledger entry."""
    with scratch.database(readiness.address()) as address:
        facts = machine.facts()
        laid = ground.lay(now())
        with site(address, workers=WEB_PROCESSES) as port:
            warm = drive(
                "127.0.0.1", port, requests(laid, "w"), connections=concurrency, seconds=WARM_SECONDS
            )
            analyse()
            measured = drive("127.0.0.1", port, requests(laid, "m"), connections=concurrency, seconds=seconds)
        check([warm, measured], status=201, acknowledged=len(warm.latencies_ms) + len(measured.latencies_ms))
        control.execute(*CONTROL_TABLES)
        raw = control.per_second(CONTROL, clients=concurrency, seconds=seconds)
    return {
        "name": "intake",
        "per_second": round(measured.per_second, 1),
        "p50_ms": measured.quantile_ms(0.5),
        "p95_ms": measured.quantile_ms(0.95),
        "p99_ms": measured.quantile_ms(0.99),
        "control_per_second": round(raw, 1),
        "ratio": round(measured.per_second / raw, 3),
        "acknowledged": len(measured.latencies_ms),
        "concurrency": concurrency,
        "web_processes": WEB_PROCESSES,
        "machine": facts,
    }


def report(laid: ground.Ground, number: int) -> dict[str, object]:
    """Return the n-th report as a channel sends it."""
    lng, lat = ground.point(number)
    return {
        "text": f"{number % 30}幢{number % 4 + 1}单元楼道灯不亮",
        "category_id": laid.category_id,
        "lng": lng,
        "lat": lat,
        "reporter": {"name": "林小燕", "phone": "13812345678"},
    }


def requests(laid: ground.Ground, run_name: str) -> Request:
    """Return the requests of one run; run_name keeps the idempotency keys of several runs apart."""

    def request(number: int) -> bytes:
        body = orjson.dumps(report(laid, number))
        head = (
            "POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {laid.token}\r\nIdempotency-Key: {run_name}{number}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return request


def analyse() -> None:
    """Let the planner know the tables, as autovacuum does within a minute on a running installation."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def check(outcomes: Sequence[Outcome], *, status: int, acknowledged: int) -> None:
    """Fail unless every answer had this status and what was acknowledged is stored whole."""
    for outcome in outcomes:
        if set(outcome.statuses) != {status}:
            raise RuntimeError(f"not every request was answered by {status}: {dict(outcome.statuses)}")
    with connection.cursor() as cursor:
        cursor.execute(STORED)
        stored = cursor.fetchone()
    if set(stored) != {acknowledged}:
        raise RuntimeError(f"{acknowledged} acknowledged; stored cases, moves, clocks, entries: {stored}")
