"""A load generator: so many connections, each sending the next request as soon as it has its answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

Request = Callable[[int], bytes]  # n-th request → raw HTTP/1.1 with keep-alive


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one request."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a conversation, under the name its latency is counted by."""

    name: str
    request: bytes


# n-th conversation → its requests, each made from the answers before
Talk = Callable[[int], Generator[Step, Answer, None]]


@dataclass(slots=True)
class Outcome:
    """What came back. seconds: wall time from the first request to the last answer."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    steps_ms: dict[str, list[float]] = field(default_factory=dict)  # of conversations, by name

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def quantile_ms(self, share: float) -> float:
        """Return the latency that `share` of the requests stayed below or met."""
        return quantile(self.latencies_ms, share)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


def drive(host: str, port: int, request: Request, *, connections: int, seconds: float) -> Outcome:
    """Send requests for so many seconds; every answer counts, whatever its status."""
    return asyncio.run(_drive(host, port, request, connections, seconds))


def converse(host: str, port: int, talk: Talk, *, connections: int, seconds: float) -> Outcome:
    """Hold conversations for so many seconds; one that has begun is held to its end.

    `latencies_ms` are those of whole conversations, `statuses` those of every request.
    """
    return asyncio.run(_converse(host, port, talk, connections, seconds))


async def _converse(host: str, port: int, talk: Talk, connections: int, seconds: float) -> Outcome:
    outcome = Outcome()
    start = time.perf_counter()
    numbers = iter(range(10**12))
    await asyncio.gather(
        *(_hold(host, port, talk, numbers.__next__, start + seconds, outcome) for _ in range(connections))
    )
    outcome.seconds = time.perf_counter() - start
    return outcome


async def _hold(
    host: str, port: int, talk: Talk, number: Callable[[], int], until: float, outcome: Outcome
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (begun := time.perf_counter()) < until:
        conversation, answer = talk(number()), None
        while step := _next(conversation, answer):
            sent = time.perf_counter()
            writer.write(step.request)
            answer = await _read(reader)
            outcome.statuses[answer.status] += 1
            outcome.steps_ms.setdefault(step.name, []).append((time.perf_counter() - sent) * 1000)
        outcome.latencies_ms.append((time.perf_counter() - begun) * 1000)
    writer.close()
    await writer.wait_closed()


def _next(conversation: Generator[Step, Answer, None], answer: Answer | None) -> Step | None:
    """Return the next request of a conversation; None when it is over."""
    try:
        return next(conversation) if answer is None else conversation.send(answer)
    except StopIteration:
        return None


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
        answer = await _read(reader)
        outcome.latencies_ms.append((time.perf_counter() - sent) * 1000)
        outcome.statuses[answer.status] += 1
    writer.close()
    await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Answer:
    """Read one answer with a Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    start = head.index(b"content-length:") + len(b"content-length:")
    body = await reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
    return Answer(int(head[9:12]), body)
