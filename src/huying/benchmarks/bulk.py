"""Many reports in one request (NDJSON), against COPY of the very rows they became."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson
import psycopg
from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import control, ground, machine, scratch
from huying.benchmarks.intake import analyse, check, report
from huying.benchmarks.load import Request, drive
from huying.benchmarks.web import site
from huying.config import readiness

WEB_PROCESSES = 2
LINES = 1_000
WARM_SECONDS = 2
COPIED = 40_000  # reports of the control at most: two seconds of COPY

_ENTRIES = "IN (SELECT entry_id FROM cases_move WHERE case_id BETWEEN {first} AND {last})"
# table: its rows of the cases from one id to another
ROWS: Mapping[str, str] = {
    "cases_case": "id BETWEEN {first} AND {last}",
    "cases_move": "case_id BETWEEN {first} AND {last}",
    "cases_reporter": "case_id BETWEEN {first} AND {last}",
    "clocks_deadline": "case_id BETWEEN {first} AND {last}",
    "ledger_entry": f"id {_ENTRIES}",
    "ledger_opening": f"entry_id {_ENTRIES}",
}

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""


def run(*, concurrency: int = 4, seconds: float = 15) -> dict[str, object]:
    """Measure; fail when an acknowledged report is not there with its move, clock and ledger entry."""
    with scratch.database(readiness.address()) as address:
        facts = machine.facts()
        laid = ground.lay(now())
        with site(address, workers=WEB_PROCESSES) as port:
            warm = drive(
                "127.0.0.1", port, _request(laid, "w"), connections=concurrency, seconds=WARM_SECONDS
            )
            analyse()
            measured = drive("127.0.0.1", port, _request(laid, "m"), connections=concurrency, seconds=seconds)
        acknowledged = LINES * (len(warm.latencies_ms) + len(measured.latencies_ms))
        check([warm, measured], status=200, acknowledged=acknowledged)
        raw = {kind: _copy(address, concurrency, kind) for kind in ("same", "bare")}
    per_second = LINES * measured.per_second
    return {
        "name": "intake-bulk",
        "per_second": round(per_second, 1),
        "p50_ms": measured.quantile_ms(0.5),
        "p95_ms": measured.quantile_ms(0.95),
        "control_per_second": round(raw["same"], 1),
        "ratio": round(per_second / raw["same"], 3),
        "control_bare_per_second": round(raw["bare"], 1),
        "ratio_bare": round(per_second / raw["bare"], 3),
        "acknowledged": acknowledged,
        "lines_per_request": LINES,
        "concurrency": concurrency,
        "web_processes": WEB_PROCESSES,
        "machine": facts,
    }


def _request(laid: ground.Ground, run_name: str) -> Request:
    def request(number: int) -> bytes:
        lines = (
            orjson.dumps(report(laid, number * LINES + nr) | {"key": f"{run_name}{number}-{nr}"})
            for nr in range(LINES)
        )
        body = b"\n".join(lines)
        head = (
            "POST /api/v1/reports/bulk HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
            f"Authorization: Bearer {laid.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return request


def _copy(address: str, concurrency: int, kind: str) -> float:
    """Return reports/s when the same rows are sent by COPY, 1,000 reports a transaction, nothing else done.

    kind: "same" = into tables with the same columns, indexes, checks and foreign keys; "bare" = columns only.
    """
    including = "INCLUDING ALL" if kind == "same" else ""
    control.execute(*(f"CREATE TABLE {kind}_{table} (LIKE {table} {including})" for table in ROWS))
    if kind == "same":
        control.execute(*_foreign_keys())
    parts = _parts()
    with ThreadPoolExecutor(concurrency) as pool:
        lots = [parts[nr::concurrency] for nr in range(concurrency)]
        start = time.perf_counter()
        list(pool.map(lambda lot: _send(address, kind, lot), lots))
        return len(parts) * LINES / (time.perf_counter() - start)


def _foreign_keys() -> list[str]:
    """Return what gives the copies the foreign keys of the originals, among themselves too."""
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS, [list(ROWS)])
        return [
            f"ALTER TABLE same_{table} ADD {definition.replace(' ' + there, _copied(there))}"
            for table, there, definition in cursor.fetchall()
        ]


def _copied(table: str) -> str:
    return f" same_{table}" if table in ROWS else f" {table}"


def _parts() -> list[dict[str, bytes]]:
    """Return the stored rows as COPY writes them: for each 1,000 cases the text of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cases_case ORDER BY id LIMIT %s", [COPIED])
        ids = [pk for (pk,) in cursor.fetchall()]
    ends = [(ids[at], ids[at + LINES - 1]) for at in range(0, len(ids) - LINES + 1, LINES)]
    return [{table: _text(table, *end) for table in ROWS} for end in ends]


def _text(table: str, first: int, last: int) -> bytes:
    which = ROWS[table].format(first=first, last=last)
    with psycopg.Cursor(connection.connection) as cursor:
        query = f"COPY (SELECT * FROM {table} WHERE {which}) TO STDOUT"  # noqa: S608  # names are ours
        with cursor.copy(query.encode()) as copy:
            return b"".join(bytes(part) for part in copy)


def _send(address: str, kind: str, parts: Sequence[Mapping[str, bytes]]) -> None:
    with psycopg.connect(address) as there:
        for part in parts:
            with there.transaction(), there.cursor() as cursor:
                for table, text in part.items():
                    with cursor.copy(f"COPY {kind}_{table} FROM STDIN".encode()) as copy:
                        copy.write(text)
