"""What machines ask: does the process live, may it be sent work, how does it fare."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huying.config import readiness, series

TEXT = "text/plain; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

SKEW = "How far the clock of this process is ahead of the database's."

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
    "huying_archive_on": (
        "1 when the log is archived: from the first backup on.",
        "select least(count(*), 1) from pg_replication_slots where slot_name like 'huying\\_%'",
    ),
    "huying_archive_age_seconds": (
        "Time since the archive last told what it has; 0 without an archive.",
        "select coalesce(max(extract(epoch from clock_timestamp() - coalesce(reply_time,"
        " (to_jsonb(s) ->> 'inactive_since')::timestamptz, pg_postmaster_start_time()))), 0)"
        " from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid"
        " where slot_name like 'huying\\_%'",
    ),
    "huying_archive_behind_bytes": (
        "Log the server holds back for the archive.",
        "select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)"
        " from pg_replication_slots where slot_name like 'huying\\_%'",
    ),
    "huying_archive_lost": (
        "1 when the server gave up holding the log back: make a backup at once.",
        "select count(*) from pg_replication_slots"
        " where slot_name like 'huying\\_%' and coalesce(wal_status, 'lost') = 'lost'",
    ),
    "huying_commits_total": (
        "Transactions committed since the statistics were reset.",
        "select xact_commit from pg_stat_database where datname = current_database()",
    ),
    "huying_rollbacks_total": (
        "Transactions rolled back since the statistics were reset.",
        "select xact_rollback from pg_stat_database where datname = current_database()",
    ),
    "huying_sweeper_silence_seconds": (  # a pulse comes every half second: alarm above 30
        "Time since the last pulse of the sweeper of deadlines.",
        "select coalesce(extract(epoch from clock_timestamp() - beat_at), 1e9) from clocks_sweeperstate",
    ),
    "huying_sweeper_halted": (
        "Whether the sweeper distrusts the clock and fires nothing.",
        "select (halted_at is not null)::int from clocks_sweeperstate",
    ),
    "huying_deadlines_overdue": (
        "Deadlines due for more than a minute that have not been fired.",
        "select count(*) from clocks_deadline where state = 'running' and fired_at is null"
        " and due_at < clock_timestamp() - interval '60 seconds'",
    ),
}


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type=TEXT)


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    if reason := readiness.reason_not_ready(now):
        return HttpResponse(f"{reason}\n", content_type=TEXT, status=503)
    return HttpResponse("ok\n", content_type=TEXT)


@never_cache
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    try:
        lines = ["# HELP huying_up Whether the database answers.", "# TYPE huying_up gauge", "huying_up 1"]
        lines += [line for name in GAUGES for line in _metric(name)]
        lines += _lines("huying_clock_skew_seconds", SKEW, readiness.clock_skew_seconds(now))
        lines += series.lines()
    except DatabaseError:
        lines = [*lines[:2], "huying_up 0"]
    return HttpResponse("\n".join(lines) + "\n", content_type=PROMETHEUS)


def _metric(name: str) -> list[str]:
    meaning, sql = GAUGES[name]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (value,) = cursor.fetchone()
    return _lines(name, meaning, float(value))


def _lines(name: str, meaning: str, value: float) -> list[str]:
    kind = "counter" if name.endswith("_total") else "gauge"
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", f"{name} {value:g}"]
