"""The list of work over HTTP with a million cases in the table: page and JSON, street, district and unit."""

from dataclasses import dataclass
from urllib.parse import quote

from django.db import connection
from django.utils.timezone import now

from huying.benchmarks import control, ground, history, machine, people, scratch
from huying.benchmarks.load import Outcome, drive
from huying.benchmarks.web import site
from huying.config import readiness

WEB_PROCESSES = 2
WARM_SECONDS = 0.3
DEPTH = 0.6  # how far down the list the deep page lies

SIZES = """
SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM cases_case WHERE closed_at IS NULL),
       (SELECT count(*) FROM clocks_deadline)
"""
DEEP = """
WITH running AS (
    SELECT due_at, case_id FROM clocks_deadline WHERE state = 'running' AND stage <> 'evaluate'
)
SELECT due_at, case_id FROM running ORDER BY due_at OFFSET (SELECT count(*) * %s FROM running)::int LIMIT 1
"""
# The control: the first fifty by their clocks, for somebody who sees everything.
CONTROL = """
SELECT number, cases.state, text, due.due_at, stage
FROM clocks_deadline AS due JOIN cases_case AS cases ON cases.id = due.case_id
WHERE due.state = 'running' AND stage <> 'evaluate' ORDER BY due.due_at LIMIT 50;
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One address as somebody asks for it."""

    name: str
    path: str
    headers: str


def run(*, cases: int = 1_000_000, seconds: float = 2, concurrency: int = 1) -> dict[str, object]:
    """Measure; fail when an answer is not 200 or a list that must be full is not."""
    with scratch.database(readiness.address()) as address:
        ground.lay(now())
        staff = ground.staff(now())
        past = history.scenery(now(), staff.unit_id)
        history.write(cases, past, now=now(), tables=history.QUEUE)
        with site(address, workers=WEB_PROCESSES) as port:
            asked = questions(port, staff, past)
            measured = {each.name: ask(port, each, seconds, concurrency) for each in asked}
        limit = control.average_ms(CONTROL, clients=concurrency, seconds=seconds)
        stored, open_, clocks = _sizes()
        facts = machine.facts()
    worst = max(outcome.quantile_ms(0.95) for outcome in measured.values())
    return {
        "name": "desk",
        "p95_ms": worst,
        "p50_ms": max(outcome.quantile_ms(0.5) for outcome in measured.values()),
        "lists": {
            name: [outcome.quantile_ms(0.5), outcome.quantile_ms(0.95)] for name, outcome in measured.items()
        },
        "control_ms": limit,
        "ratio": round(limit / worst, 4),
        "cases": stored,
        "open": open_,
        "clocks": clocks,
        "concurrency": concurrency,
        "web_processes": WEB_PROCESSES,
        "machine": facts,
    }


def questions(port: int, staff: ground.People, past: history.Scenery) -> list[Asked]:
    """Return what is asked: first and deep page, narrowed lists, by a street, a district and a unit."""
    who = {
        name: people.sign_in(port, username, staff.password)
        for name, username in (
            ("street", ground.COMMANDER), ("district", ground.OVERSEER), ("unit", ground.WORKER)
        )
    }  # fmt: skip
    json, page = "/api/v1/queue?", "/desk/?"
    narrowed = {
        "first": "",
        "deep": f"after={quote(_deep())}",
        "category": f"category_id={past.categories[3]}",
        "urgent": "urgent=true",
        "handled": "state=handled",
        "suspended": "state=suspended",
        "area": f"area_code={ground.DISTRICT}002",
        "common word": f"text={quote(history.COMMON)}",
        "rare word": f"text={quote(history.RARE)}",
        "missing word": f"text={quote('大象')}",
    }
    lists = [Asked(f"district {name}", json + query, who["district"]) for name, query in narrowed.items()]
    return [
        Asked("street page", page, who["street"]),
        Asked("district page", page, who["district"]),
        Asked("district deep page", page + narrowed["deep"], who["district"]),
        Asked("district page, word", f"{page}q={quote(history.COMMON)}", who["district"]),
        Asked("district page, rare word", f"{page}q={quote(history.RARE)}", who["district"]),
        Asked("district page, overdue", f"{page}overdue=on", who["district"]),
        Asked("district rows alone", "/desk/rows/", who["district"]),
        Asked("a case beside it", f"/desk/case/{_waiting()}/", who["district"]),
        Asked("street first", json, who["street"]),
        Asked("street deep", json + narrowed["deep"], who["street"]),
        Asked("street rare word", json + narrowed["rare word"], who["street"]),
        Asked("unit", json, who["unit"]),
        *lists,
        Asked("district by unit", f"{json}unit_id={staff.unit_id}", who["district"]),
    ]


def ask(port: int, asked: Asked, seconds: float, concurrency: int) -> Outcome:
    """Ask again and again; the first answers, which fill caches, do not count."""
    request = people.get(asked.path, asked.headers)
    drive("127.0.0.1", port, lambda _: request, connections=WEB_PROCESSES, seconds=WARM_SECONDS)
    outcome = drive("127.0.0.1", port, lambda _: request, connections=concurrency, seconds=seconds)
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"{asked.name}: {dict(outcome.statuses)}")
    return outcome


def _deep() -> str:
    with connection.cursor() as cursor:
        cursor.execute(DEEP, [DEPTH])
        due_at, case_id = cursor.fetchone()
    return f"{due_at.isoformat()}~{case_id}"


def _waiting() -> str:
    """Return the number of a case that waits to be accepted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_case WHERE state = 'reported' ORDER BY id DESC LIMIT 1")
        return str(cursor.fetchone()[0])


def _sizes() -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        stored, open_, clocks = cursor.fetchone()
    return stored, open_, clocks
