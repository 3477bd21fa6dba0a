"""A load generator: so many connections, each sending the next request as soon as it has its answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[int], bytes]  # n-th request → raw HTTP/1.1 with keep-alive


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


def drive(host: str, port: int, request: Request, *, connections: int, seconds: float) -> Outcome:
    """Send requests for so many seconds; every answer counts, whatever its status."""
    return asyncio.run(_drive(host, port, request, connections, seconds))


async def _drive(host: str, port: int, request: Request, connections: int, seconds: float) -> Outcome:
    outcome = Outcome()
    start = time.perf_counter()
    numbers = iter(range(10**12))
    await asyncio.gather(
        *(_talk(host, port, request, numbers.__next__, start + seconds, outcome) for _ in range(connections))
    )
    outcome.seconds = time.perf_counter() - start
    return outcome


async def _talk(
    host: str, port: int, request: Request, number: Callable[[], int], until: float, outcome: Outcome
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (sent := time.perf_counter()) < until:
        writer.write(request(number()))
        status = await _answer(reader)
        outcome.latencies_ms.append((time.perf_counter() - sent) * 1000)
        outcome.statuses[status] += 1
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer with a Content-Length; return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    start = head.index(b"content-length:") + len(b"content-length:")
    await reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
    return int(head[9:12])
