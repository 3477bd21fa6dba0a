"""What machines ask: does the process live, may it be sent work, how does it fare."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huying.config import readiness, series

TEXT = "text/plain; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

# metric: (what it says, SQL that yields one number)
GAUGES = {
    "huying_database_bytes": ("Size of the database.", "select pg_database_size(current_database())"),
    "huying_database_connections": (
        "Connections to the database.",
        "select count(*) from pg_stat_activity where datname = current_database()",
    ),
    "huying_database_oldest_transaction_seconds": (
        "Age of the oldest open transaction.",
        "select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)"
        " from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    ),
    "huying_ledger_leaves": (
        "Entries that have their place in the log.",
        "select coalesce(max(number) + 1, 0) from ledger_leaf",
    ),
    "huying_ledger_published": (
        "Entries under the published checkpoint.",
        "select coalesce(max(published), 0) from ledger_sequencerstate",
    ),
    "huying_ledger_halted": (
        "1 when nothing is signed because the log would fork.",
        "select count(*) from ledger_sequencerstate where halted_at is not null",
    ),
    "huying_ledger_pulse_seconds": (
        "Time since a sequencer was last at work; 0 when none ever was.",
        "select coalesce(extract(epoch from max(clock_timestamp() - beat_at)), 0) from ledger_sequencerstate",
    ),
    "huying_messages_oldest_pending_seconds": (
        "How long the oldest message that is due has waited.",
        "select coalesce(extract(epoch from max(clock_timestamp() - next_attempt_at)), 0)"
        " from outbox_message where state = 'pending' and next_attempt_at < clock_timestamp()",
    ),
    "huying_jobs_doing": (
        "Side jobs that run, those of dead workers included.",
        "select count(*) from procrastinate_jobs where status = 'doing'",
    ),
    "huying_commits_total": (
        "Transactions committed since the statistics were reset.",
        "select xact_commit from pg_stat_database where datname = current_database()",
    ),
    "huying_rollbacks_total": (
        "Transactions rolled back since the statistics were reset.",
        "select xact_rollback from pg_stat_database where datname = current_database()",
    ),
}


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type=TEXT)


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    if reason := readiness.reason_not_ready():
        return HttpResponse(f"{reason}\n", content_type=TEXT, status=503)
    return HttpResponse("ok\n", content_type=TEXT)


@never_cache
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    try:
        lines = ["# HELP huying_up Whether the database answers.", "# TYPE huying_up gauge", "huying_up 1"]
        lines += [line for name in GAUGES for line in _metric(name)]
        lines += series.lines()
    except DatabaseError:
        lines = [*lines[:2], "huying_up 0"]
    return HttpResponse("\n".join(lines) + "\n", content_type=PROMETHEUS)


def _metric(name: str) -> list[str]:
    meaning, sql = GAUGES[name]
    kind = "counter" if name.endswith("_total") else "gauge"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (value,) = cursor.fetchone()
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", f"{name} {float(value):g}"]
