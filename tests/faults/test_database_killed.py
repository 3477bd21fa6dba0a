"""F1: every process of PostgreSQL is killed while reports come in."""

import pytest

from .clients import Load
from .oracle import judge
from .street import Street
from .tally import Tally

TRIES = 5  # of the control


def kill_under_load(street: Street, load: Load, kills: int) -> None:
    for _ in range(kills):
        load.wait_for(100)
        street.kill_database()
        street.start_database()


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.fault)])
def test_no_acknowledged_report_is_lost(street: Street, tally: Tally, kills: int) -> None:
    street.start_web()
    with Load(street, "f1") as load:
        kill_under_load(street, load, kills)
        load.wait_for(100)
    assert load.log.improper == [], street.complained()
    assert load.log.statuses[503] + load.log.statuses[0] > 0  # the fault was felt
    tally.kept("F1", judge(street, load.log))


def test_control_a_server_that_does_not_wait_for_its_disk_loses_reports(street: Street, tally: Tally) -> None:
    """Switched off after the start: Huying refuses to run on a server that has it so."""
    street.start_web()
    street.alter_system("synchronous_commit", "off")
    street.alter_system("wal_writer_delay", "'2s'")
    with Load(street, "f1") as load:
        for _ in range(TRIES):
            kill_under_load(street, load, 1)
            verdict = judge(street, load.log, invariants=False)
            if verdict.lost:
                break
    tally.control("F1", failed=verdict.lost > 0, seen=verdict)
