"""How long a step takes from commit to every screen; control: NOTIFY to a bare listener, as often."""

import os
import re
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from urllib.request import urlopen

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test.utils import override_settings
from django.utils.timezone import now
from psycopg.conninfo import make_conninfo

from huying.benchmarks import ground, machine, processes, scratch
from huying.benchmarks.load import quantile
from huying.cases import actions
from huying.cases.policy.reports import Place, Report, fingerprint
from huying.cases.states import Channel
from huying.config import environment, readiness
from huying.org import actions as org
from huying.org.policy import RESIDENT, SYSTEM
from huying.org.states import Role

OF_ONE = 10  # streams of one person
START_SECONDS, SETTLE_SECONDS = 60, 5.0
NUMBER = re.compile(rb'"number":"([^"]+)"')
QUICK_PASSWORDS = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}  # nobody signs in


@dataclass(slots=True)
class Heard:
    """What came over all streams: moments since commit in milliseconds, and how often each case."""

    latencies_ms: list[float] = field(default_factory=list)
    counts: dict[bytes, int] = field(default_factory=dict)


def run(*, viewers: int, steps_per_second: float, seconds: float) -> dict[str, object]:
    """Return the figures. Raises RuntimeError when a step did not reach a viewer, or reached one twice."""
    with ExitStack() as stack:
        url = stack.enter_context(scratch.database(readiness.address()))
        laid = ground.lay(now())
        sessions = _sessions((viewers + OF_ONE - 1) // OF_ONE)
        port, process_id = stack.enter_context(_live(url))
        streams = [_connected(port, sessions[nr // OF_ONE]) for nr in range(viewers)]
        committed: dict[bytes, float] = {}
        heard, done = Heard(), Event()
        listener = Thread(target=_listen, args=[streams, committed, heard, done])
        listener.start()
        before = _cpu_seconds(process_id)
        took = _report(laid, committed, steps_per_second, seconds)
        time.sleep(SETTLE_SECONDS)
        used, memory = _cpu_seconds(process_id) - before, _memory_mb(process_id)
        done.set()
        listener.join()
        wrong = sum(heard.counts.get(number, 0) != viewers for number in committed)
        if wrong:
            raise RuntimeError(f"{wrong} of {len(committed)} steps did not reach every viewer once")
        bare = _bare(steps_per_second, min(seconds, 10.0))
    return {
        "viewers": viewers,
        "steps": len(committed),
        "steps_per_second": round(len(committed) / took, 1),
        "events": sum(heard.counts.values()),
        "p50_ms": quantile(heard.latencies_ms, 0.5),
        "p95_ms": quantile(heard.latencies_ms, 0.95),
        "p99_ms": quantile(heard.latencies_ms, 0.99),
        "live_memory_mb": memory,
        "live_cpu_share": round(used / (took + SETTLE_SECONDS), 2),
        "control_p50_ms": quantile(bare, 0.5),
        "control_p95_ms": quantile(bare, 0.95),
        **machine.facts(),
    }


def _sessions(count: int) -> list[str]:
    """Return session keys of so many people of the duty room."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = []
    for nr in range(count):
        with override_settings(**QUICK_PASSWORDS):
            staff = org.enrol(
                name=f"值班{nr}",
                username=f"bench-{nr}",
                password=f"Aa1-nobody-{nr:04}",
                role=Role.COMMANDER,
                area_code=ground.STREET,
                now=now(),
                actor=SYSTEM,
            )
        if (user := staff.user) is None:
            raise RuntimeError(f"{staff.name} has no account")
        session = store()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


@contextmanager
def _live(url: str) -> Iterator[tuple[int, int]]:
    """Yield port and process id of a running stream; its home holds the key our sessions are signed with."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    command = ["-m", "huying", "live", "--port", str(port)]
    with processes.running(command, database_url=url, home=environment.HOME) as process:
        end = time.monotonic() + START_SECONDS
        while not _answers(port) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        yield port, process.pid


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):  # our own process
            return True
    except OSError:
        return False


def _connected(port: int, session: str) -> socket.socket:
    """Return a stream that has said hello. Raises RuntimeError when it is refused."""
    stream = socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    stream.sendall(f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
    said = b""
    while b"event: hello" not in said:
        part = stream.recv(65_536)
        said += part
        if not part or (said and not said.startswith(b"HTTP/1.1 200")):
            raise RuntimeError(f"the stream refused: {said[:200]!r}")
    stream.setblocking(False)  # the standard library's signature
    return stream


def _listen(streams: list[socket.socket], committed: dict[bytes, float], heard: Heard, done: Event) -> None:
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ, stream)
        while not done.is_set():
            for key, _ in selector.select(0.2):
                _take(key.data.recv(262_144), committed, heard)
    for stream in streams:
        stream.close()


def _take(part: bytes, committed: dict[bytes, float], heard: Heard) -> None:
    at = time.perf_counter()
    for number in NUMBER.findall(part):
        heard.counts[number] = heard.counts.get(number, 0) + 1
        heard.latencies_ms.append((at - committed.get(number, at)) * 1000)  # heard before we were told


def _report(
    laid: ground.Ground, committed: dict[bytes, float], steps_per_second: float, seconds: float
) -> float:
    """File reports at a steady pace; return how many seconds it took."""
    begun = time.perf_counter()
    for nr in range(round(steps_per_second * seconds)):
        lng, lat = ground.point(nr)
        place = Place(ground.STREET, text="清风苑3幢", lng=lng, lat=lat)
        sent = Report(
            "bench", f"{nr}", "楼道灯不亮", place, Channel.RESIDENT, fingerprint(f"{nr}"), laid.category_id
        )
        filed = actions.report(sent, actor=RESIDENT, now=now())
        committed[filed.number.encode()] = time.perf_counter()
        time.sleep(max(0.0, begun + (nr + 1) / steps_per_second - time.perf_counter()))
    return time.perf_counter() - begun


def _bare(per_second: float, seconds: float) -> list[float]:
    """Return how long a NOTIFY takes to a listener that does nothing else, in milliseconds."""
    found: list[float] = []
    with psycopg.connect(_conninfo(), autocommit=True) as listening:
        listening.execute("LISTEN bench")
        for _ in range(round(per_second * seconds)):
            sent = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute("NOTIFY bench")
            next(listening.notifies(timeout=10, stop_after=1))
            found.append((time.perf_counter() - sent) * 1000)
            time.sleep(1 / per_second)
    return found


def _conninfo() -> str:
    there = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return make_conninfo("", **{name: str(there[key]) for name, key in names.items() if there[key]})


def _cpu_seconds(process_id: int) -> float:
    """Return the processor time of a process. Source: proc(5), utime and stime."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(process_id: int) -> float:
    """Return the resident memory of a process. Source: proc(5), second field of statm, in pages."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
