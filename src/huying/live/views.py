"""The process `live` as an ASGI application: one stream of server-sent events for each who looks on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from threading import Event, Thread
from typing import Any, TypeVar

from django.db import Error, connection
from django.utils.timezone import now

from huying.cases import queries as cases
from huying.cases.queries import News
from huying.live import metrics
from huying.live.asking import Asked
from huying.live.hub import Hub, Viewer, part
from huying.live.policy import BEAT, GAP, HELLO, event
from huying.live.reading import Reader
from huying.org.policy import Actor
from huying.shared.errors import Incomplete

BEAT_SECONDS = 15.0
SLOW_SECONDS = 20.0  # who takes nothing for so long is left
RIGHTS_SECONDS = 10.0  # between two looks whether everybody still may see what he sees
MOST_REPLAYED = 500  # steps told again to who was away; more is a gap

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Whose = Callable[[str], Actor | None]  # session key → who signed in with it
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Live:
    """whose: who holds a session. page_port: of the site when it has another than the stream; None = none."""

    whose: Whose
    page_port: int | None = None
    hub: Hub = field(default_factory=Hub)
    _stop: Event = field(default_factory=Event)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "live-asking"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Asked(scope), receive, send)

    def end(self) -> None:
        """End every stream; whoever looks on comes again."""
        self._stop.set()
        self.hub.end()

    # -- the life of the process -------------------------------------------------------------------------

    async def _live(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        reader = Reader(partial(self._hand_over, loop), self._stop)
        thread = Thread(target=reader.run, name="live-reader", daemon=True)
        watching = asyncio.create_task(self._watch_rights())
        await receive()
        thread.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end()
        watching.cancel()
        await asyncio.to_thread(thread.join)
        await self._in_database(lambda: connection.close())  # of the thread that asks
        await send({"type": "lifespan.shutdown.complete"})

    def _hand_over(self, loop: asyncio.AbstractEventLoop, news: News) -> None:
        loop.call_soon_threadsafe(self.hub.tell, news, now())

    async def _in_database(self, read: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(_reading, read))

    async def _watch_rights(self) -> None:
        """Close the streams of who signed out, and begin those anew whose rights changed."""
        while True:
            await asyncio.sleep(RIGHTS_SECONDS)
            for session in {viewer.session for viewer in self.hub.viewers}:
                try:
                    actor = await self._in_database(partial(self.whose, session))
                except Error:
                    break  # nothing comes through meanwhile
                self._keep(session, actor)

    def _keep(self, session: str, actor: Actor | None) -> None:
        for viewer in [each for each in self.hub.viewers if each.session == session]:
            if actor is None:
                viewer.end()
            elif actor != viewer.actor:
                viewer.end(event(GAP, position=self.hub.position))

    # -- one request -------------------------------------------------------------------------------------

    async def _answer(self, asked: Asked, receive: Receive, send: Send) -> None:
        if asked.path == "/live/":
            await self._stream(asked, receive, send)
        elif asked.path in PLAIN:
            await _plain(send, *PLAIN[asked.path](self.hub))
        else:
            await _plain(send, HTTPStatus.NOT_FOUND)

    async def _stream(self, asked: Asked, receive: Receive, send: Send) -> None:
        headers = asked.cross_origin(self.page_port)
        refused, actor = await self._admit(asked)
        if refused is not None or actor is None:
            self.hub.counts["refused"] += 1
            await _plain(send, refused or HTTPStatus.UNAUTHORIZED, headers=headers)
            return
        viewer, here = self.hub.join(actor, asked.session), self.hub.position
        gone = asyncio.create_task(_until_gone(receive, viewer))
        try:
            await _begin(send, headers)
            await _say(send, await self._beginning(asked.after, here, actor))
            await self._go_on(viewer, send)
            await send({"type": "http.response.body"})
        except (TimeoutError, OSError):
            self.hub.counts["dropped"] += 1
            asked.hang_up()
        finally:
            gone.cancel()
            self.hub.leave(viewer)

    async def _admit(self, asked: Asked) -> tuple[HTTPStatus | None, Actor | None]:
        """Return why somebody is not let in, or who he is."""
        if asked.method != "GET":
            return HTTPStatus.METHOD_NOT_ALLOWED, None
        if not asked.is_ours(self.page_port):
            return HTTPStatus.FORBIDDEN, None
        if not self.hub.position:
            return HTTPStatus.SERVICE_UNAVAILABLE, None
        try:
            actor = await self._in_database(partial(self.whose, asked.session)) if asked.session else None
        except Error:
            return HTTPStatus.SERVICE_UNAVAILABLE, None
        if actor is None:
            return HTTPStatus.UNAUTHORIZED, None
        return (None, actor) if self.hub.has_room_for(actor) else (HTTPStatus.TOO_MANY_REQUESTS, None)

    async def _beginning(self, after: str, here: str, actor: Actor) -> bytes:
        """Return what somebody missed since he was last here, or that too much is missing.

        here: where he joined; whatever comes after it waits for him meanwhile.
        """
        if not after:
            return event(HELLO, position=here)
        try:
            news = await self._in_database(partial(cases.steps_since, after, until=here, most=MOST_REPLAYED))
        except (Incomplete, Error):
            return event(GAP, position=here)
        return (
            part(news, actor)[0] + event(BEAT, position=here)
            if news.is_complete
            else event(GAP, position=here)
        )

    async def _go_on(self, viewer: Viewer, send: Send) -> None:
        while True:
            chunk = await viewer.next(BEAT_SECONDS)
            await _say(send, event(BEAT, position=self.hub.position) if chunk is None else chunk)
            if viewer.is_over:
                return


def _ready(hub: Hub) -> tuple[HTTPStatus, str]:
    """Say whether somebody can be let in: not before the database was reached."""
    return (HTTPStatus.OK, "ok\n") if hub.position else (HTTPStatus.SERVICE_UNAVAILABLE, "数据库无法连接\n")


PLAIN: dict[str, Callable[[Hub], tuple[HTTPStatus, str]]] = {
    "/healthz": lambda _hub: (HTTPStatus.OK, "ok\n"),
    "/readyz": _ready,
    "/metrics": lambda hub: (HTTPStatus.OK, metrics.text(hub)),
}


async def _begin(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    always = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # nginx passes on each event at once
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": always + headers})


async def _say(send: Send, chunk: bytes) -> None:
    """Send on; raises TimeoutError when the other side takes nothing."""
    await asyncio.wait_for(
        send({"type": "http.response.body", "body": chunk, "more_body": True}), SLOW_SECONDS
    )


async def _plain(
    send: Send, status: HTTPStatus, text: str = "", headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    always = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": always + (headers or [])})
    await send({"type": "http.response.body", "body": text.encode()})


async def _until_gone(receive: Receive, viewer: Viewer) -> None:
    """Notice that the other side hung up, also while there is nothing to say."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.end()


def _reading(read: Callable[[], Result]) -> Result:
    """Read in a thread that keeps its connection; a broken one is not kept."""
    try:
        return read()
    except Error:
        connection.close()
        raise
