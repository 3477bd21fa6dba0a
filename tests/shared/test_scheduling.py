"""Processes that wait for their turn."""

import os
import subprocess
import sys

import pytest

from huying.shared.scheduling import work_in_turn

CHILD = "import os; print(os.sched_getscheduler(0))"
PARENT = f"""
import subprocess, sys
from huying.shared.scheduling import work_in_turn
work_in_turn()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""


def test_what_a_process_starts_waits_for_its_turn_too() -> None:
    told = subprocess.run([sys.executable, "-c", PARENT], check=True, capture_output=True, text=True)
    assert int(told.stdout) == os.SCHED_BATCH


def test_where_it_is_forbidden_all_goes_on_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    work_in_turn()
    assert "keeps the usual scheduling" in caplog.text


def test_the_log_says_so_of_a_process_that_has_ended_as_well(caplog: pytest.LogCaptureFixture) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    work_in_turn(ended.pid)
    assert f"process {ended.pid} keeps" in caplog.text
