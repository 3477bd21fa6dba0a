"""A chat provider that misbehaves in every documented way and remembers what took effect.

In a test: `with Provider() as provider: … provider.script("busy", "ok")`. As a process, for faults that kill
and freeze workers: `python -m tests.messages.provider --port 8099 --record FILE`; then POST /mode with the
name of a mode changes it, GET /effects tells what took effect. Each effect is a line of JSON in the record,
written before the answer.

Dialects by path: /robot/send DingTalk, /cgi-bin/webhook/send WeCom, /open-apis/bot/v2/hook/… Feishu, /sms.
"""

import argparse
import base64
import hashlib
import hmac
import json
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

ID_HEADER = "X-Huying-Message"
PATHS = {
    "dingtalk": "/robot/send?access_token=abc",
    "wecom": "/cgi-bin/webhook/send?key=abc",
    "feishu": "/open-apis/bot/v2/hook/abc",
    "sms": "/sms",
}
# dialect: (name of the code, name of the text, refused for good, too many)
DIALECTS = {
    "dingtalk": ("errcode", "errmsg", 310000, 130101),
    "wecom": ("errcode", "errmsg", 93000, 45009),
    "feishu": ("code", "msg", 19021, 11232),
    "sms": ("code", "message", 400, 429),
}


@dataclass
class Provider:
    """The server and its memory. limit: requests a minute before it says "too many"; None = no limit."""

    port: int = 0  # 0 = a free one
    mode: str = "ok"
    secret: str = ""  # DingTalk and Feishu: requests must be signed with it
    limit: int | None = None
    slow_seconds: float = 1.0
    record: Path | None = None  # each effect is appended before it is answered
    requests: list[dict[str, Any]] = field(default_factory=list)  # bodies, in order of arrival
    received: Counter[str] = field(default_factory=Counter)  # message id: how often it arrived
    effects: dict[str, str] = field(default_factory=dict)  # message id: its text; doubles are dropped
    released: Event = field(default_factory=Event)  # lets requests in mode "hold" go on
    _script: deque[str] = field(default_factory=deque)
    _times: deque[float] = field(default_factory=deque)  # of accepted requests, monotonic
    _lock: Lock = field(default_factory=Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.stop()

    def start(self) -> None:
        """Listen; also again after `stop`, on the same port."""
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be down: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, dialect: str) -> str:
        return f"http://127.0.0.1:{self.port}{PATHS[dialect]}"

    def script(self, *modes: str) -> None:
        """Treat the next requests so, one mode each, then go back to `mode`."""
        self._script.extend(modes)

    def next_mode(self) -> str:
        with self._lock:
            return self._script.popleft() if self._script else self.mode

    def is_over_limit(self) -> bool:
        """Tell whether this request is one too many within the last minute; it counts when it is not."""
        if self.limit is None:
            return False
        with self._lock:
            moment = time.monotonic()
            while self._times and self._times[0] < moment - 60:
                self._times.popleft()
            if len(self._times) >= self.limit:
                return True
            self._times.append(moment)
            return False

    def take_effect(self, ids: list[str], text: str) -> None:
        with self._lock:
            self.received.update(ids)
            for each in ids:
                self.effects.setdefault(each, text)
            if self.record is not None:
                with self.record.open("a") as out:
                    out.writelines(json.dumps({"id": each, "text": text}) + "\n" for each in ids)
                    out.flush()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/mode":
            self.provider.mode = body.decode()
            self.provider.released.set() if self.provider.mode != "hold" else self.provider.released.clear()
            self.answer(200, {})
            return
        self.sent = json.loads(body)
        self.provider.requests.append(self.sent)
        self.ids = [each for each in self.headers.get(ID_HEADER, "").split(",") if each]
        _MODES[self.provider.next_mode()](self)

    def do_GET(self) -> None:
        with self.provider._lock:
            facts = {"effects": self.provider.effects, "received": dict(self.provider.received)}
        self.answer(200, facts)

    @property
    def dialect(self) -> str:
        path = urlsplit(self.path).path
        return next(name for name, known in PATHS.items() if path.startswith(urlsplit(known).path[:6]))

    def is_signed(self) -> bool:
        """Check the signature as the provider documents it, not as our own code makes it."""
        secret = self.provider.secret
        if not secret:
            return True
        if self.dialect == "feishu":
            stamp, sign = self.sent.get("timestamp", ""), self.sent.get("sign", "")
            mac = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)
        else:
            query = parse_qs(urlsplit(self.path).query)
            stamp, sign = query.get("timestamp", [""])[0], query.get("sign", [""])[0]
            mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
        return hmac.compare_digest(base64.b64encode(mac.digest()).decode(), sign)

    def text(self) -> str:
        return str(self.sent.get("text", self.sent.get("content", {})))

    def effect(self) -> None:
        self.provider.take_effect(self.ids, self.text())

    def say(self, code: int, text: str, status: int = 200) -> None:
        named, told, _, _ = DIALECTS[self.dialect]
        self.answer(status, {named: code, told: text})

    def answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        with suppress(OSError):  # the client has gone
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    def cut(self) -> None:
        """Close without an answer."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _ok(handler: _Handler) -> None:
    _, _, refused, limited = DIALECTS[handler.dialect]
    if not handler.is_signed():
        handler.say(refused, "sign not match")
    elif handler.provider.is_over_limit():
        handler.say(limited, "send too fast")
    else:
        handler.effect()
        handler.say(0, "ok")


def _slow(handler: _Handler) -> None:
    handler.effect()
    time.sleep(handler.provider.slow_seconds)  # longer than the client waits: "answers after it gave up"
    handler.say(0, "ok")


def _hold(handler: _Handler) -> None:
    handler.effect()
    handler.provider.released.wait(120)
    handler.say(0, "ok")


def _cut_after(handler: _Handler) -> None:
    handler.effect()
    handler.cut()


def _drip(handler: _Handler) -> None:
    handler.effect()
    with suppress(OSError):
        handler.send_response(200)
        handler.send_header("Content-Length", "10000")
        handler.end_headers()
        while not handler.provider.released.wait(0.05):
            handler.wfile.write(b" ")
    handler.close_connection = True


_MODES: dict[str, Callable[[_Handler], None]] = {
    "ok": _ok,
    "slow": _slow,
    "hold": _hold,  # takes effect, answers when the mode changes
    "cut before": _Handler.cut,  # nothing takes effect
    "cut after": _cut_after,  # takes effect, the answer is lost
    "drip": _drip,  # takes effect, the answer never ends
    "refused": lambda handler: handler.say(DIALECTS[handler.dialect][2], "sign not match"),
    "limited": lambda handler: handler.say(DIALECTS[handler.dialect][3], "send too fast"),
    "busy": lambda handler: handler.say(-1, "system busy"),
    "throttled": lambda handler: handler.answer(429, {}, {"Retry-After": "7"}),
    "broken": lambda handler: handler.answer(500, b"<h1>Internal Server Error</h1>"),
    "gone": lambda handler: handler.answer(404, b""),
    "garbage": lambda handler: handler.answer(200, b"<html>please log in</html>"),
    "empty": lambda handler: handler.answer(200, {}),
    "redirect": lambda handler: handler.answer(302, b"", {"Location": handler.provider.url("sms")}),
}
MODES = tuple(_MODES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", choices=MODES, default="ok")
    parser.add_argument("--secret", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--slow-seconds", type=float, default=1.0)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    with Provider(**vars(options)) as provider:
        print(provider.port, flush=True)  # noqa: T201  # for who started us
        Event().wait()


if __name__ == "__main__":
    main()
