"""`huying ledger witness`: a process another office runs. It signs that it has seen a log only grow.

It needs no database: a folder with its key and the last checkpoint of each log. What it has signed is on the
disk before it answers; a witness that has lost its memory must not start again under the old key.
"""

import fcntl
import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

import click

from huying.database.private import made_once, opened_lock
from huying.ledger.files import put
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.cosignatures import Cosigner
from huying.ledger.policy.notes import Ed25519Signer, Ed25519Verifier, require_name, split_note
from huying.ledger.policy.unproven import Unproven
from huying.ledger.policy.witness import SIZE_TYPE, Decision, Request, decide, read_request
from huying.shared.errors import Conflict, Malformed, Unavailable

KEY, MEMORY = "witness.key", "checkpoints.json"
MOST_BYTES = 65_536  # of a request: 63 hashes and a note with all its signatures are a third of it
PATIENCE_SECONDS = 10  # with a client that sends slowly
TEXT = "text/plain; charset=utf-8"

logger = logging.getLogger(__name__)
Trusted = Mapping[str, Sequence[Ed25519Verifier]]


class Witness:
    """Key and memory of one witness. Its folder is locked for as long as the process lives.

    Raises Conflict when another process has the folder, Unavailable when its files are missing or spoilt.
    """

    def __init__(self, home: Path, trusted: Trusted, name: str = "") -> None:
        self.home = home
        self.trusted = trusted
        self.lock = Lock()  # from comparing to having written: one request at a time
        self.held = _held(home)
        self.notes = _remembered(home)
        self.cosigner = cosigner(home, name)

    def answer(self, request: Request) -> tuple[Decision, str]:
        """Return the decision and, when it is 200, the cosignature line. Raises OSError of the disk."""
        with self.lock:
            decision = decide(request, _known(self.notes), self.trusted)
            if decision.status != 200:
                return decision, ""
            new = request.checkpoint
            notes = {**self.notes, new.origin: request.note}
            put(self.home / MEMORY, _written(notes))
            self.notes = notes
            # All of the text is signed, lines we do not understand included.
            return decision, self.cosigner.cosign(split_note(request.note)[0], int(time.time())).line()


def cosigner(home: Path, name: str = "") -> Cosigner:
    """Return the witness's key, made at the first start together with an empty memory.

    name: wanted at the first start; made up when empty. Raises Unavailable when the kept key has another.
    """
    if not (home / KEY).exists() and not (home / MEMORY).exists():
        put(home / MEMORY, _written({}))
    try:
        made_up = require_name(name or f"witness.internal/{secrets.token_hex(4)}")
        kept = made_once(home / KEY, lambda: Ed25519Signer(made_up, os.urandom(32)).secret)
        signer = Ed25519Signer.read(kept.strip())
    except Unproven as error:
        raise Unavailable(reason=f"见证密钥 {home / KEY} 无法使用（{error}）") from None
    if name and signer.name != name:
        raise Unavailable(reason=f"见证密钥 {home / KEY} 的名称是 {signer.name}")
    return Cosigner(signer)


def _held(home: Path) -> int:
    lock = opened_lock(home / "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Conflict(reason=f"另一见证进程正在使用目录 {home}") from None
    return lock


def _remembered(home: Path) -> dict[str, str]:
    """Return the last note of each log. A key without its memory would sign a fork as the first tree."""
    try:
        notes: dict[str, str] = json.loads((home / MEMORY).read_text("utf-8"))
        _known(notes)
    except FileNotFoundError:
        if (home / KEY).exists():
            raise Unavailable(reason=f"{home / MEMORY} 缺失，此密钥不能再用，请换新目录与新密钥") from None
        return {}
    except (ValueError, AttributeError):
        raise Unavailable(reason=f"{home / MEMORY} 已损坏，此密钥不能再用，请换新目录与新密钥") from None
    return notes


def _known(notes: Mapping[str, str]) -> dict[str, Checkpoint]:
    return {origin: Checkpoint.read(split_note(note)[0]) for origin, note in notes.items()}


def _written(notes: Mapping[str, str]) -> bytes:
    return json.dumps(notes, ensure_ascii=False, indent=1, sort_keys=True).encode()


class Server(ThreadingHTTPServer):
    """The witness over HTTP."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"  # a log keeps its connection
    server_version, sys_version = "huying-witness", ""
    timeout = PATIENCE_SECONDS
    wbufsize = -1  # head and body in one packet: in two, the second waits 40 ms for the first's receipt

    def do_POST(self) -> None:
        length = self._length()
        if self.path != "/add-checkpoint" or length is None:
            self.close_connection = True  # a body nobody read must not be taken for the next request
            self._send(*((404, "没有这个地址\n") if length is not None else (413, "请求过大或未写明长度\n")))
            return
        body = self.rfile.read(length)
        try:
            request = read_request(body.decode())
        except ValueError as error:  # Unproven, or not UTF-8
            self._send(400, f"{error}\n")
            return
        self._decided(request)

    def do_GET(self) -> None:
        """Say who this is; for people, and for whoever watches whether the process lives."""
        self._send(200, f"{self.server.witness.cosigner.verifier.vkey}\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        logger.debug(format, *args)

    def _decided(self, request: Request) -> None:
        try:
            decision, line = self.server.witness.answer(request)
        except OSError:
            logger.exception("memory not written, nothing signed")
            self._send(500, "无法保存，未签署\n")
            return
        told = f"{decision.status} {request.checkpoint.origin} {request.old} -> {request.checkpoint.size}"
        logger.info("%s %s", told, decision.reason)
        if decision.status == 422 or (decision.status == 409 and decision.size == request.old):
            logger.critical("this checkpoint is not the log's continuation, keep it:\n%s", request.note)
        if decision.size is not None:
            self._send(decision.status, f"{decision.size}\n", SIZE_TYPE)
        else:
            self._send(decision.status, line or f"{decision.reason}\n")

    def _length(self) -> int | None:
        """Return how long the body is; None when it is not said or too much."""
        said = self.headers.get("Content-Length", "")
        is_plain = said.isascii() and said.isdigit() and "Transfer-Encoding" not in self.headers
        return int(said) if is_plain and len(said) < 10 and int(said) <= MOST_BYTES else None

    def _send(self, status: int, text: str, kind: str = TEXT) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def trusted(keys: Sequence[str]) -> dict[str, list[Ed25519Verifier]]:
    """Return the keys of each log; a key is named after its log. keys: vkeys, or files with one a line.

    Raises Malformed for one that cannot be read.
    """
    found = dict[str, list[Ed25519Verifier]]()
    for vkey in (line for key in keys for line in _lines(key)):
        try:
            verifier = Ed25519Verifier.read(vkey)
        except Unproven as error:
            raise Malformed(reason=f"日志公钥“{vkey}”：{error}") from None
        found.setdefault(verifier.name, []).append(verifier)
    return found


def _lines(key: str) -> Iterator[str]:
    text = Path(key).read_text("utf-8") if Path(key).is_file() else key
    return (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@click.command()
@click.option(
    "--log-key", "log_keys", multiple=True, help="要见证的日志的公钥，或每行一个公钥的文件；可重复。"
)
@click.option(
    "--home", type=click.Path(file_okay=False, path_type=Path), required=True, help="密钥与记录的目录。"
)
@click.option("--name", default="", help="见证人的名称，如 witness.example.gov.cn；只在首次启动时起名。")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8390, show_default=True)
@click.option("--show-key", is_flag=True, help="只显示见证人的公钥。")
def witness(log_keys: Sequence[str], home: Path, name: str, host: str, port: int, *, show_key: bool) -> None:
    """见证别的单位的存证日志：只在日志确由上次延续而来时才签名。不需要数据库，见 docs/witness.md。"""
    if show_key:
        click.echo(cosigner(home, name).verifier.vkey)
        return
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logs = trusted(log_keys)
    if not logs:
        raise click.UsageError("请用 --log-key 指明要见证的日志。")
    try:
        server = Server((host, port), Witness(home, logs, name))
    except OSError as error:
        raise Unavailable(reason=f"无法监听 {host}:{port}（{error.strerror}）") from None
    click.echo(server.witness.cosigner.verifier.vkey)
    click.echo(f"http://{host}:{server.server_address[1]}/add-checkpoint")
    sys.stdout.flush()
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()
