"""Cases through all seven steps over HTTP: reported by a hotline, handled by a command centre and a squad."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

import orjson
from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import control, ground, machine, people, scratch
from huying.benchmarks.load import Answer, Outcome, Step, Talk, converse, quantile
from huying.benchmarks.web import site
from huying.config import readiness

WEB_PROCESSES = 2
WARM_SECONDS = 3
BRIEF = "Prefer: return=minimal\r\n"
MOVES = 8  # of a case; the last answer finishes it: two steps of the same request
ENTRIES = 9  # one for each step, one for the choice of the unit
CLOCKS = 6  # accept, assign, acknowledge, dispose, verify, evaluate

STORED = """
SELECT (SELECT count(*) FROM cases_case WHERE state = 'closed'),
       (SELECT count(*) FROM cases_case),
       (SELECT count(*) FROM cases_move),
       (SELECT count(*) FROM ledger_entry WHERE subject LIKE 'case:%'),
       (SELECT count(*) FROM clocks_deadline),
       (SELECT count(*) FROM clocks_deadline WHERE state = 'met')
"""

# The control writes as many rows as a case does, in as many transactions, and does nothing else:
# (rows of the log type, rows of the case type, changed rows) of each request.
WRITTEN = {
    "report": (3, 3, 0),  # step, entry, opening; case, reporter, clock
    "accept": (3, 1, 2),
    "assign": (5, 4, 2),  # besides: entry and opening of the choice, the choice, the call, two clocks
    "acknowledge": (3, 0, 3),
    "arrive": (3, 0, 2),
    "answer": (6, 1, 3),
    "verify": (3, 1, 2),
}
CONTROL_TABLES = (
    "CREATE SEQUENCE bench_number",
    "CREATE TABLE bench_case (id bigint PRIMARY KEY, number text UNIQUE, text text, area_code text,"
    " lng float8, lat float8, at timestamptz, moves int DEFAULT 1)",
    "CREATE TABLE bench_log (id bigserial PRIMARY KEY, at timestamptz, actor text, verb text, subject text,"
    " commitment bytea)",
)
# No colon within quotes: pgbench would take it for a variable.
CONTROL_FIRST = "SELECT nextval('bench_number') * 100 AS first \\gset"
CONTROL_CASES = """INSERT INTO bench_case (id, number, text, area_code, lng, lat, at)
SELECT id, 'HY-330109001-20261121-' || id, '楼道灯不亮', '330109001', 120, 30, now()
FROM generate_series(:first + {start}, :first + {start} + {rows} - 1) AS id;"""
CONTROL_LOG = """INSERT INTO bench_log (at, actor, verb, subject, commitment)
SELECT now(), 'staff/1', '{verb}', 'case/HY-330109001-20261121-00042', decode(repeat('00', 32), 'hex')
FROM generate_series(1, {rows});"""
CONTROL_CHANGE = "UPDATE bench_case SET moves = moves + 1 WHERE id = :first + {row};"


@dataclass(frozen=True, slots=True)
class Cast:
    """Header lines of everybody who takes part, and what they handle."""

    hotline: str
    commander: str
    worker: str
    category_id: int
    unit_id: int

    def brief(self) -> "Cast":
        """Return the same people, who do not want to be shown the case after each step."""
        return replace(self, commander=f"{self.commander}{BRIEF}", worker=f"{self.worker}{BRIEF}")


def run(*, concurrency: int = 128, seconds: float = 20) -> dict[str, object]:
    """Measure; fail when a case, a step, a clock or a ledger entry is missing."""
    with scratch.database(readiness.address()) as address:
        facts = machine.facts()
        laid, staff = ground.lay(now()), ground.staff(now())
        with site(address, workers=WEB_PROCESSES) as port:
            cast = enter(port, laid, staff)
            hold = partial(converse, "127.0.0.1", port, connections=concurrency)
            warm = hold(talk(cast, "w"), seconds=WARM_SECONDS)
            control.execute("ANALYZE")
            before = machine.switches()
            measured = hold(talk(cast, "m"), seconds=seconds)
            switches = machine.switches() - before
            brief = hold(talk(cast.brief(), "b"), seconds=seconds / 2)
        check(warm, measured, brief)
        limit = raw_per_second(concurrency, seconds)
    return figures(measured) | {
        "name": "loop",
        "per_second_brief": round(brief.per_second, 1),  # the case is not sent back after each step
        "switches_per_step": round(switches / sum(measured.statuses.values()), 1),
        "control_per_second": round(limit, 1),
        "ratio": round(measured.per_second / limit, 3),
        "concurrency": concurrency,
        "web_processes": WEB_PROCESSES,
        "machine": facts,
    }


def figures(measured: Outcome) -> dict[str, object]:
    """Return what came out, cases and single steps."""
    steps = {name: quantile(values, 0.5) for name, values in measured.steps_ms.items()}
    return {
        "per_second": round(measured.per_second, 1),
        "steps_per_second": round(sum(measured.statuses.values()) / measured.seconds, 1),
        "p50_ms": measured.quantile_ms(0.5),
        "p95_ms": measured.quantile_ms(0.95),
        "step_p50_ms": steps,
        "cases": len(measured.latencies_ms),
    }


def enter(port: int, laid: ground.Ground, staff: ground.People) -> Cast:
    """Sign everybody in."""
    return Cast(
        f"Authorization: Bearer {laid.token}\r\n",
        people.sign_in(port, ground.COMMANDER, staff.password),
        people.sign_in(port, ground.WORKER, staff.password),
        laid.category_id,
        staff.unit_id,
    )


def talk(cast: Cast, run_name: str) -> Talk:
    """Return the conversations; run_name keeps the idempotency keys of several runs apart."""
    return partial(_case, cast, run_name)


def _case(cast: Cast, run_name: str, number: int) -> Generator[Step, Answer, None]:
    """One case from report to close. Raises RuntimeError at the first request that is not done."""
    lng, lat = ground.point(number)
    report = {
        "text": f"{number % 30}幢{number % 4 + 1}单元楼道灯不亮",
        "category_id": cast.category_id,
        "lng": lng,
        "lat": lat,
        "reporter": {"name": "林小燕", "phone": "13812345678"},
    }
    key = f"Idempotency-Key: {run_name}{number}\r\n"
    answer = yield Step("report", people.post("/api/v1/reports", cast.hotline + key, orjson.dumps(report)))
    case = orjson.loads(_done(answer).body)["number"]
    for verb, who, body in (
        ("accept", cast.commander, {}),
        ("assign", cast.commander, {"calls": [{"unit_id": cast.unit_id}]}),
        ("acknowledge", cast.worker, {}),
        ("arrive", cast.worker, {"lng": lng, "lat": lat}),
        ("answer", cast.worker, {"opinion": "灯管已更换"}),
        ("verify", cast.commander, {"opinion": "现场已亮"}),
    ):
        request = people.post(f"/api/v1/cases/{case}/{verb}", who, orjson.dumps(body))
        _done((yield Step(verb, request)))


def _done(answer: Answer) -> Answer:
    if answer.status not in (200, 201, 204):
        raise RuntimeError(f"{answer.status}: {answer.body.decode()[:500]}")
    return answer


def check(*outcomes: Outcome) -> None:
    """What was acknowledged is stored whole: every case closed, with its steps, entries and clocks."""
    cases = sum(len(outcome.latencies_ms) for outcome in outcomes)
    with connection.cursor() as cursor:
        cursor.execute(STORED)
        stored = cursor.fetchone()
    wanted = (cases, cases, MOVES * cases, ENTRIES * cases, CLOCKS * cases, (CLOCKS - 1) * cases)
    if stored != wanted:
        raise RuntimeError(
            f"closed, cases, moves, entries, clocks, kept: acknowledged {wanted}, stored {stored}"
        )


def raw_per_second(concurrency: int, seconds: float) -> float:
    """Return how often a second the rows of a whole case can be written by raw statements."""
    control.execute(*CONTROL_TABLES)
    starts = accumulate((cases for _, cases, _ in WRITTEN.values()), initial=0)
    parts = [
        _transaction(verb, start, *rows) for start, (verb, rows) in zip(starts, WRITTEN.items(), strict=False)
    ]
    return control.per_second("\n".join([CONTROL_FIRST, *parts]), clients=concurrency, seconds=seconds)


def _transaction(verb: str, start: int, log: int, cases: int, changes: int) -> str:
    lines = [CONTROL_LOG.format(verb=verb, rows=log)]
    if cases:
        lines.append(CONTROL_CASES.format(start=start, rows=cases))
    lines += [CONTROL_CHANGE.format(row=row) for row in range(changes)]
    return "\n".join(["BEGIN;", *lines, "COMMIT;"])
