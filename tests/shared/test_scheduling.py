"""Processes that wait for their turn."""

import os
import subprocess
import sys

import pytest

from huying.shared.scheduling import started_in_turn, work_in_turn

CHILD = "import os; print(os.sched_getscheduler(0))"
PARENT = f"""
import subprocess, sys
from huying.shared.scheduling import work_in_turn
work_in_turn()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""


def policy_of(program: str) -> int:
    """Return the scheduling a Python program tells of."""
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)


def test_what_a_process_starts_waits_for_its_turn_too() -> None:
    assert policy_of(PARENT) == os.SCHED_BATCH


def test_what_starts_another_so_goes_on_as_before() -> None:
    before = os.sched_getscheduler(0)
    with started_in_turn():
        assert policy_of(CHILD) == os.SCHED_BATCH
    assert os.sched_getscheduler(0) == before


def test_where_it_is_forbidden_all_goes_on_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_getscheduler", lambda _: os.SCHED_OTHER)
    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    with started_in_turn():
        work_in_turn()
    assert "keep the usual scheduling" in caplog.text
