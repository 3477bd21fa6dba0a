"""A load generator: so many connections, each sending the next request as soon as it has its answer.

One thread over plain sockets: it shares the two cores with what it measures, so every microsecond it takes
for itself is missing from the figure.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

LENGTH = b"content-length:"
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one request."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a conversation, under the name its latency is counted by."""

    name: str
    request: bytes  # raw HTTP/1.1 with keep-alive


Request = Callable[[int], bytes]  # n-th request, raw
Conversation = Generator[Step, Answer, None]
Talk = Callable[[int], Conversation]  # n-th conversation: its requests, each made from the answers before


@dataclass(slots=True)
class Outcome:
    """What came back. seconds: wall time from the first request to the last answer."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)  # of whole conversations
    statuses: Counter[int] = field(default_factory=Counter)  # of every request
    steps_ms: dict[str, list[float]] = field(
        default_factory=dict
    )  # of every request, by the name of its step

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def quantile_ms(self, share: float) -> float:
        """Return the latency that `share` of the conversations stayed below or met."""
        return quantile(self.latencies_ms, share)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


def drive(host: str, port: int, request: Request, *, connections: int, seconds: float) -> Outcome:
    """Send requests for so many seconds; every answer counts, whatever its status."""

    def talk(number: int) -> Conversation:
        yield Step("request", request(number))

    return converse(host, port, talk, connections=connections, seconds=seconds)


def converse(host: str, port: int, talk: Talk, *, connections: int, seconds: float) -> Outcome:
    """Hold conversations for so many seconds; one that has begun is held to its end.

    Raises ConnectionError, and TimeoutError when nothing at all comes back for a minute.
    """
    outcome = Outcome()
    numbers = iter(range(10**12))
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        for _ in range(connections):
            line = _Line(socket.create_connection((host, port)), outcome)
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.begin(talk(next(numbers)))
        while selector.get_map():
            for line in _ready(selector):
                if not line.is_over():
                    continue
                if time.perf_counter() < start + seconds:
                    line.begin(talk(next(numbers)))
                else:
                    selector.unregister(line.socket)
                    line.socket.close()
        outcome.seconds = time.perf_counter() - start
    return outcome


def _ready(selector: selectors.BaseSelector) -> "list[_Line]":
    events = selector.select(ANSWER_SECONDS)
    if not events:
        raise TimeoutError(f"no answer for {ANSWER_SECONDS} s")
    return [key.data for key, _ in events]


class _Line:
    """One keep-alive connection and the conversation on it."""

    def __init__(self, opened: socket.socket, outcome: Outcome) -> None:
        self.socket = opened
        self._outcome = outcome

    def begin(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._begun_at = time.perf_counter()
        self._send(next(conversation))

    def is_over(self) -> bool:
        """Take what has come and go on with it; tell whether that was the conversation's last answer."""
        answer = self._receive()
        if answer is None:
            return False
        try:
            self._send(self._conversation.send(answer))
        except StopIteration:
            self._outcome.latencies_ms.append((time.perf_counter() - self._begun_at) * 1000)
            return True
        return False

    def _send(self, step: Step) -> None:
        self._step, self._received = step.name, b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(step.request)

    def _receive(self) -> Answer | None:
        """Return the answer once it is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of an answer")
        self._received += part
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return None
        answer = Answer(int(head[9:12]), body)
        self._outcome.statuses[answer.status] += 1
        latency_ms = (time.perf_counter() - self._sent_at) * 1000
        self._outcome.steps_ms.setdefault(self._step, []).append(latency_ms)
        return answer


def _length(head: bytes) -> int:
    """Return the bytes of the body; without the header there is none, as after 204."""
    _, found, rest = head.lower().partition(LENGTH)
    return int(rest.split(b"\r\n", 1)[0]) if found else 0
