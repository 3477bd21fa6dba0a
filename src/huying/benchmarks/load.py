"""A load generator: so many connections, each sending the next request as soon as it has its answer.

One thread over plain sockets: it shares the two cores with what it measures, so every microsecond it takes
for itself is missing from the figure.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[int], bytes]  # n-th request → raw HTTP/1.1 with keep-alive
LENGTH = b"content-length:"
ANSWER_SECONDS = 60


@dataclass(slots=True)
class Outcome:
    """What came back. seconds: wall time from the first request to the last answer."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def quantile_ms(self, share: float) -> float:
        """Return the latency that `share` of the requests stayed below or met."""
        ordered = sorted(self.latencies_ms)
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


@dataclass(slots=True)
class _Connection:
    """One keep-alive connection: when its request left and what has come back so far."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def send(self, request: bytes) -> None:
        self.sent_at, self.received = time.perf_counter(), b""
        self.socket.sendall(request)

    def receive(self) -> int:
        """Take what has come; return the status once the answer is whole, else 0."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of an answer")
        self.received += part
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return 0
        start = head.lower().index(LENGTH) + len(LENGTH)
        is_whole = len(body) >= int(head[start:].split(b"\r\n", 1)[0])
        return int(self.received[9:12]) if is_whole else 0


def drive(host: str, port: int, request: Request, *, connections: int, seconds: float) -> Outcome:
    """Send requests for so many seconds; every answer counts, whatever its status.

    Raises ConnectionError, and TimeoutError when nothing at all comes back for a minute.
    """
    outcome, number = Outcome(), 0
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        for number in range(connections):
            opened = _Connection(socket.create_connection((host, port)))
            selector.register(opened.socket, selectors.EVENT_READ, opened)
            opened.send(request(number))
        while selector.get_map():
            for each in _ready(selector):
                if status := each.receive():
                    moment = time.perf_counter()
                    outcome.latencies_ms.append((moment - each.sent_at) * 1000)
                    outcome.statuses[status] += 1
                    if moment < start + seconds:
                        number += 1
                        each.send(request(number))
                    else:
                        selector.unregister(each.socket)
                        each.socket.close()
        outcome.seconds = time.perf_counter() - start
    return outcome


def _ready(selector: selectors.BaseSelector) -> list[_Connection]:
    events = selector.select(ANSWER_SECONDS)
    if not events:
        raise TimeoutError(f"no answer for {ANSWER_SECONDS} s")
    return [key.data for key, _ in events]
