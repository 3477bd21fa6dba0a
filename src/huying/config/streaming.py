"""The process `live` as it is served: one event loop, stopped without waiting for who looks on."""

import socket
from asyncio import Transport
from types import FrameType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from huying.config.authentication import actor_of_cookie
from huying.live.asking import HANG_UP
from huying.live.views import Live, Receive, Scope, Send

STOP_SECONDS = 2
WAITING_CONNECTIONS = 512
MOST_CONNECTIONS = 2_200  # above what the stream itself allows (live/hub.py): it can say why it refuses


class Impatient(H11Protocol):
    """Lets the application hang up at once: closing politely would wait until the other side takes all."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        serving = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[HANG_UP] = transport.abort
            await serving(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """Lets the streams end as soon as it is told to stop; they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self.live = live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.live.end()
        super().handle_exit(sig, frame)


def serve(host: str, port: int, page_port: int | None) -> None:
    """Serve the stream until a signal comes."""
    live = Live(actor_of_cookie, page_port)
    config = uvicorn.Config(
        live,
        host=host,
        port=port,
        http=Impatient,
        lifespan="on",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        backlog=WAITING_CONNECTIONS,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _Server(config, live).run()


def port_beside(host: str, port: int) -> int:
    """Return the port after the site's if it is free, else any free one."""
    return next(free for wanted in (port + 1, 0) if (free := _free(host, wanted)))


def _free(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port % 65_536))
        except OSError:
            return 0
        return int(trial.getsockname()[1])
