"""Deeds done under strace: listed, killed or failed at the n-th call of a kind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .street import HERE, Street, until

# What a deed asks of the kernel that changes anything: files, their names, the database, the network.
CALLS = ("openat", "mkdir", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
         "link", "linkat", "unlink", "unlinkat", "sendto", "connect")  # fmt: skip
CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")


@dataclass
class Deeds:
    """The process that has Huying loaded and forks for each deed."""

    street: Street
    process: subprocess.Popen[str]

    def do(self, name: str, *arguments: object) -> int:
        """Do it unwatched; return its exit code."""
        return self._ended(self._begun(name, arguments))

    def listed(self, name: str, *arguments: object) -> list[str]:
        """Do it; return its calls in order."""
        log = self.street.home / "calls"
        assert self._watched(name, arguments, ["-e", f"trace={','.join(CALLS)}", "-o", str(log)]) == 0
        return [
            found[1] for line in log.read_text(errors="replace").splitlines() if (found := CALL.match(line))
        ]

    def spoiled(self, name: str, *arguments: object, call: str, nth: int, how: str) -> int:
        """Do it, the n-th call of a kind spoiled; return its exit code. how: "signal=KILL", "error=EIO"."""
        inject = f"inject={call}:{how}:when={nth}"
        return self._watched(name, arguments, ["-e", f"trace={call}", "-e", inject, "-o", "/dev/null"])

    def _watched(self, name: str, arguments: tuple[object, ...], options: list[str]) -> int:
        pid = self._begun(name, arguments)
        watcher = subprocess.Popen(
            ["strace", "-f", "-p", str(pid), *options], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text())
        code = self._ended(pid)
        watcher.wait(20)
        return code

    def _begun(self, name: str, arguments: tuple[object, ...]) -> int:
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def _ended(self, pid: int) -> int:
        os.kill(pid, signal.SIGCONT)
        return int(self.process.stdout.readline())


@contextmanager
def doing(street: Street, **more: str) -> Iterator[Deeds]:
    if not shutil.which("strace"):
        pytest.skip("strace is not installed (apt install strace)")
    with (street.home / "said").open("a") as said:
        process = subprocess.Popen(
            [sys.executable, HERE / "deeds.py"],
            env=street.environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    with process:
        try:
            yield Deeds(street, process)
        finally:
            process.stdin.close()


def points(calls: list[str]) -> list[tuple[str, int]]:
    """Return every (call, n) of a listed deed."""
    return [(call, nth) for call, count in sorted(Counter(calls).items()) for nth in range(1, count + 1)]
