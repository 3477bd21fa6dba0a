"""Clients that keep their own account of what they were promised."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier, BrokenBarrierError, Event, Lock, Thread

from huying.benchmarks.ground import point

from .street import Street

ANSWER_SECONDS = 15
PAUSE_SECONDS = 0.05  # before a client tries again
GIVES_UP_SECONDS = 60  # on one report
BROKEN_WIRE = 0  # status of a request that got no answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 0 when nothing did."""

    status: int
    body: bytes = b""
    retry_after: str = ""

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)


@dataclass
class Client:
    """One connection, opened anew when it broke."""

    port: int
    headers: Mapping[str, str]
    _connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: object, **headers: str) -> Answer:
        """Send JSON, or bytes as they are. Header names have _ for -."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", path, raw, {"Content-Type": "application/json", **self.headers, **named})

    def get(self, path: str) -> Answer:
        return self.send("GET", path, None, self.headers)

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            is_cut = self._asked(method, path, body, headers)
            answer = self._connection.getresponse()
            got = Answer(answer.status, answer.read(), answer.headers.get("Retry-After", ""))
        except (OSError, http.client.HTTPException):
            got, is_cut = Answer(BROKEN_WIRE), True
        if is_cut:
            self.close()
        return got

    def _asked(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bool:
        """Send a request; return whether it was cut off: refused before its end, the answer is there."""
        assert self._connection is not None
        try:
            self._connection.request(method, f"/api/v1{path}", body, dict(headers))
        except BrokenPipeError:
            return True
        return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def hotline(street: Street, port: int = 0) -> Client:
    """Return a client that reports with the token of the hotline."""
    return _opened(street, Client(port or street.port, {"Authorization": f"Bearer {street.facts.token}"}))


def commander(street: Street, port: int = 0) -> Client:
    """Return a client that is signed in as the commander."""
    secret = "c" * 32
    cookie = f"sessionid={street.facts.session}; csrftoken={secret}"
    return _opened(street, Client(port or street.port, {"Cookie": cookie, "X-CSRFToken": secret}))


def _opened(street: Street, client: Client) -> Client:
    street.ends.append(client.close)
    return client


def report(street: Street, number: int, **changes: object) -> dict[str, object]:
    """Return the body of the n-th report."""
    lng, lat = point(number)
    text = f"{number % 30}幢楼道灯不亮"
    return {"text": text, "category_id": street.facts.category_id, "lng": lng, "lat": lat, **changes}


@dataclass
class Log:
    """What the clients were told."""

    numbers: dict[str, set[str]] = field(default_factory=dict)  # key: case numbers that were acknowledged
    statuses: Counter[int] = field(default_factory=Counter)
    improper: list[str] = field(default_factory=list)  # answers no client should get
    _lock: Lock = field(default_factory=Lock)

    def noting(self, key: str) -> Callable[[Answer], bool]:
        return partial(self.note, key)

    def note(self, key: str, answer: Answer) -> bool:
        """Keep an answer; return whether the report is acknowledged."""
        with self._lock:
            self.statuses[answer.status] += 1
            if answer.status == 201:
                self.numbers.setdefault(key, set()).add(str(answer.json["number"]))
            elif answer.status not in (503, BROKEN_WIRE) or (answer.status == 503 and not answer.retry_after):
                self.improper.append(f"{answer.status} {answer.body[:200]!r}")
        return answer.status == 201


@dataclass
class Load:
    """Threads that report without pause, each report until it is acknowledged.

        with Load(street, "f1") as load:
            ...                              # the fault
        load.log                             # what was promised

    doubly: each report is sent by two clients at the same moment, as an impatient finger does.
    """

    street: Street
    name: str
    threads: int = 8
    doubly: bool = False
    log: Log = field(default_factory=Log)
    _stop: Event = field(default_factory=Event)
    _running: list[Thread] = field(default_factory=list)
    _pairs: list[Barrier] = field(default_factory=list)

    def __enter__(self) -> "Load":
        for each in range(0, self.threads, 2 if self.doubly else 1):
            pair = Barrier(2 if self.doubly else 1)
            self._pairs.append(pair)
            self._running += [Thread(target=self._report, args=[each, pair]) for _ in range(pair.parties)]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for pair in self._pairs:
            pair.abort()
        for thread in self._running:
            thread.join()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Wait until so many more reports are acknowledged."""
        end, wanted = time.monotonic() + seconds, len(self.log.numbers) + more
        while len(self.log.numbers) < wanted:
            assert time.monotonic() < end, (self.log.statuses, self.log.improper[:3])
            time.sleep(0.02)

    def _report(self, thread: int, pair: Barrier) -> None:
        client = hotline(self.street)
        for number in range(10**9):
            try:
                pair.wait()
            except BrokenBarrierError:
                break
            key = f"{self.name}-{thread}-{number}"
            body = report(self.street, number * self.threads + thread)
            send = partial(client.post, "/reports", body, Idempotency_Key=key)
            answer = insist(send, self.log.noting(key))
            if answer.status != 201:
                self.log.improper.append(f"{key}: not acknowledged within {GIVES_UP_SECONDS} s")


def insist(send: Callable[[], Answer], is_done: Callable[[Answer], bool]) -> Answer:
    """Send until it is done or a minute has passed, as a client does that keeps its key."""
    end = time.monotonic() + GIVES_UP_SECONDS
    while not is_done(answer := send()) and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)
    return answer


def filed(street: Street, count: int, name: str = "filed") -> Log:
    """Report until so many are acknowledged; return what the clients were told. name: begins their keys."""
    with Load(street, name, threads=4) as load:
        load.wait_for(count)
    assert load.log.improper == []
    return load.log
