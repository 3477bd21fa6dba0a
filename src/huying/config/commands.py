"""Commands that run the installation itself."""

import os
import signal
import socket
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from threading import Event
from typing import Any

import click
from django.core.management import call_command, execute_from_command_line
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.timezone import now

from huying.config import environment, parent, phones, readiness, streaming, work
from huying.config.announcement import Announcement
from huying.config.logins import demo_logins
from huying.config.supervisor import Child, Supervisor
from huying.database.cluster import Cluster
from huying.shared.errors import Conflict, Unavailable
from huying.shared.scheduling import work_in_turn

THREADS = 64  # they mostly wait for the group they report with (ADR 0011 and 0013)
IDLE_SECONDS = 600  # the longest granian allows: a thread that leaves has to be made anew
WAITING_REQUESTS = 256  # with more than these a web process stops accepting
DEMO = "huying.simulation.demo"
PACE = "模拟的日常：平均每几秒一件事"


def _address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="网站进程数"
        ),
        click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口"),
        click.option("--host", default="127.0.0.1", show_default=True, help="监听地址"),
    ):
        command = option(command)
    return command


_live_option = click.option(
    "--live-port", type=click.IntRange(1, 65535), help="实时推送的端口；默认为网站端口加一"
)


@click.command()
@_address_options
@_live_option
def up(host: str, port: int, workers: int, live_port: int | None) -> None:
    """启动全部：数据库、网站、实时推送、后台任务。Ctrl-C 停止。"""
    _serve(host, port, workers, live_port)


@click.command()
@_address_options
@_live_option
@click.option("--pace", default=15.0, show_default=True, type=click.FloatRange(0.05, 3600), help=PACE)
@click.option("--still", is_flag=True, help="没有模拟的日常，只有三十天的案件")
def demo(host: str, port: int, workers: int, live_port: int | None, pace: float, still: bool) -> None:
    """准备示范街道，启动全部，显示地址、登录账号和手机二维码。Ctrl-C 停止。"""
    _refuse_taken_port(host, port)
    if find_spec(DEMO):
        import_string(f"{DEMO}.prepare")(now=now())
    phones.let_in(host)
    said = demo_logins(now=now()) + phones.told(host, port)
    life = [] if still else [Child(["demo-life", "--pace", str(pace), "--quiet"])]
    _serve(host, port, workers, live_port, said=said, others=life)


@click.command()
@_address_options
def web(host: str, port: int, workers: int) -> None:
    """只启动网站。"""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    _follow_supervisor()
    _refuse_taken_port(host, port)
    _refuse_wrong_clock()
    work_in_turn()
    Server(
        "huying.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        backpressure=WAITING_REQUESTS,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.info if environment.DEBUG else LogLevels.error,  # it warns of so many threads
    ).serve()


@click.command()
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="端口")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--page-port", type=click.IntRange(1, 65535), help="网站的端口；经代理同源访问时不填")
def live(host: str, port: int, page_port: int | None) -> None:
    """只启动实时推送（/live/）。"""
    _follow_supervisor()
    _refuse_taken_port(host, port)
    streaming.serve(host, port, page_port)


@click.command()
def worker() -> None:
    """只启动后台任务；可同时运行多个。"""
    _follow_supervisor()
    work.run(_stop_on_signal())


@click.command()
def migrate() -> None:
    """更新数据库结构。"""
    call_command("migrate", interactive=False)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django 管理命令,例如 huying manage shell。"""
    execute_from_command_line(["huying manage", *arguments])


def _serve(
    host: str,
    port: int,
    workers: int,
    live_port: int | None,
    *,
    said: str = "",
    others: Sequence[Child] = (),
) -> None:
    _refuse_taken_port(host, port)
    live_port = live_port or streaming.port_beside(host, port)
    os.environ.setdefault("HUYING_LIVE", f":{live_port}")  # for the web processes
    children = [
        Child(["web", "--host", host, "--port", str(port), "--workers", str(workers)]),
        Child(["live", "--host", host, "--port", str(live_port), "--page-port", str(port)]),
        Child(["worker"]),
        *others,
    ]
    also = [Announcement(host, port, said).look]
    if not environment.DATABASE_URL:
        also.append(Cluster(environment.HOME).start)  # back at once when it was killed
    Supervisor(children, also).run(_stop_on_signal())
    click.echo("已停止。")


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise Conflict(
                reason=f"{host}:{port} 无法使用（{error.strerror}），请用 --port 另选端口"
            ) from error


def _refuse_wrong_clock() -> None:
    if complaint := readiness.clock_complaint(now):
        raise Unavailable(reason=complaint)
    connection.close()  # the processes that serve have their own


def _stop_on_signal() -> Event:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _follow_supervisor() -> None:
    if supervisor := os.environ.pop(parent.VARIABLE, ""):
        parent.follow(int(supervisor))
