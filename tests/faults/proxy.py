"""A wire between two processes that can be cut: forwards bytes, and loses answers on request."""

import select
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

CHUNK = 1 << 16
WAIT_SECONDS = 10.0  # on a peer that does not take or send what it should
Address = tuple[str, int] | str  # host and port, or a Unix socket


@dataclass
class Proxy:
    """Listens at `here` and forwards to `there`.

    After `lose(pattern)` a request that holds the pattern is forwarded and answered, but the answer is kept
    in `lost` and both ends are cut: what its sender sees is a broken connection.
    """

    here: Address
    there: Address
    lost: list[bytes] = field(default_factory=list)
    is_black_hole: bool = False  # takes what comes, forwards nothing, closes nothing
    _patterns: set[bytes] = field(default_factory=set)
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> "Proxy":
        self._listener = _open(self.here)
        if isinstance(self.here, str):
            Path(self.here).unlink(missing_ok=True)
        self._listener.bind(self.here)
        self._listener.listen(64)
        self._listener.settimeout(0.1)
        self.here = self._listener.getsockname()
        self._run(Thread(target=self._accept, daemon=True))
        return self

    @property
    def port(self) -> int:
        return int(self.here[1])

    def lose(self, pattern: bytes) -> None:
        """Lose the answer to the next request that holds these bytes; once."""
        self._patterns.add(pattern)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _run(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._run(Thread(target=self._serve, args=[client], daemon=True))

    def _serve(self, client: socket.socket) -> None:
        with client, _open(self.there) as server, suppress(OSError):
            server.connect(self.there)
            self._carry(client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Forward in both directions until an end closes, or until the answer to be lost has come."""
        is_doomed = False
        while not self._stop.is_set():
            ready, _, _ = select.select([client, server], [], [], 0.1)
            if self.is_black_hole:
                self._stop.wait(0.1)
                continue
            if server in ready and is_doomed:
                self.lost.append(_whole(server))
                return
            for end in ready:
                some = end.recv(CHUNK)
                (server if end is client else client).sendall(some)
                is_doomed |= end is client and self._is_to_be_lost(some)
                if not some:
                    return

    def _is_to_be_lost(self, request: bytes) -> bool:
        found = {pattern for pattern in self._patterns if pattern in request}
        self._patterns -= found
        return bool(found)


def _open(address: Address) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    opened.settimeout(WAIT_SECONDS)
    return opened


def _whole(end: socket.socket) -> bytes:
    """Return an answer to its end: nothing more for a tenth of a second."""
    whole = end.recv(CHUNK)
    while select.select([end], [], [], 0.1)[0] and (more := end.recv(CHUNK)):
        whole += more
    return whole
