"""A browser without a screen: it holds a stream open and keeps what comes, with the moment it came."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One event."""

    name: str
    data: str
    position: str
    at: float  # time.time()

    @property
    def step(self) -> dict[str, Any]:
        return dict(json.loads(self.data))


@dataclass(eq=False)
class Watcher:
    """One connection; it ends when the server ends it, or by `close`."""

    port: int
    session: str
    after: str = ""
    heard: list[Heard] = field(default_factory=list)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    is_over: bool = False

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.thread = Thread(target=self._listen, daemon=True)
        self.thread.start()

    @property
    def position(self) -> str:
        return next((each.position for each in reversed(self.heard) if each.position), self.after)

    def steps(self) -> list[dict[str, Any]]:
        return [each.step for each in self.heard if each.name == "step"]

    def named(self, name: str) -> list[Heard]:
        return [each for each in self.heard if each.name == name]

    def close(self) -> None:
        if self.connection.sock is not None:
            with suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE_SECONDS)

    def _listen(self) -> None:
        with closing(self.connection), suppress(OSError, HTTPException):
            cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"} if self.session else {}
            query = f"?{urlencode({'after': self.after})}" if self.after else ""
            self.connection.request("GET", f"/live/{query}", headers=cookie)
            with closing(self.connection.getresponse()) as answer:
                self.headers = {key.lower(): value for key, value in answer.getheaders()}
                self.status = answer.status
                if answer.status == 200:
                    self._keep(answer)
        self.is_over = True

    def _keep(self, answer: HTTPResponse) -> None:
        for event in _events(line.decode().rstrip("\n") for line in answer):
            self.heard.append(event)


def _events(lines: Iterator[str]) -> Iterator[Heard]:
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif found:
            yield Heard(found["event"], found.get("data", ""), found.get("id", ""), time.time())
            found = {}


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
