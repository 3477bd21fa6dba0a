"""The site as a measured process: started on a free port, waited for, stopped."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from huying.benchmarks import processes

START_SECONDS = 60


@contextmanager
def site(database_url: str, *, workers: int, home: Path | None = None) -> Iterator[int]:
    """Yield the port of a running site with so many web processes. home: its data folder."""
    port = _free_port()
    command = ["-m", "huying", "web", "--workers", str(workers), "--port", str(port)]
    with ExitStack() as stack:
        folder = home or stack.enter_context(processes.home())
        server = stack.enter_context(processes.running(command, database_url=database_url, home=folder))
        _wait(port, server)
        yield port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):  # our own site
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the site did not start within {START_SECONDS} s")
