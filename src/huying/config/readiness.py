"""What must be true before anything runs, and what /readyz answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

import click
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from huying.config import environment
from huying.database import safety
from huying.database.cluster import Cluster

MAX_SKEW_SECONDS = 120  # as the sweeper bears (clocks/policy/guard.py)
MIGRATING = 0x4859_4D49  # advisory lock: "HYMI"

Clock = Callable[[], datetime]


def address() -> str:
    """Return the address of the database in use."""
    return environment.DATABASE_URL or Cluster(environment.HOME).url()


@contextmanager
def server() -> Iterator[None]:
    """Have a safe database server meanwhile. Raises Unavailable when there is none."""
    embedded = not environment.DATABASE_URL
    with Cluster(environment.HOME).lease() if embedded else nullcontext():
        safety.check(address(), allow_no_checksums=environment.ALLOW_NO_CHECKSUMS)
        try:
            yield
        finally:
            connection.close()


def migrate_if_behind() -> None:
    """Bring the tables up to date; of several commands at once one does it and the others wait."""
    if not migrations_behind():
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [MIGRATING])
    try:
        click.echo("正在更新数据库结构……", err=True)
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [MIGRATING])


def migrations_behind() -> int:
    """Return how many migrations wait to be applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def clock_skew_seconds(clock: Clock) -> float:
    """Return how far our clock is ahead of the database's, which the sweeper goes by."""
    before = clock()
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        theirs = cursor.fetchone()[0]
    return float((before + (clock() - before) / 2 - theirs).total_seconds())


def clock_complaint(clock: Clock) -> str:
    """Return "" or why our clock may not date anything: deadlines would fall due at a wrong moment."""
    skew = clock_skew_seconds(clock)
    return f"本机时钟与数据库相差{skew:+.0f}秒，请先校准时钟" if abs(skew) > MAX_SKEW_SECONDS else ""


def reason_not_ready(clock: Clock) -> str:
    """Return "" when the site can serve, else why not."""
    if not (environment.HOME / "secret.key").exists():
        return "缺少密钥文件 secret.key"
    try:
        behind, complaint = migrations_behind(), clock_complaint(clock)
    except DatabaseError:
        return "数据库无法连接"
    return f"有 {behind} 个数据库变更尚未执行" if behind else complaint
