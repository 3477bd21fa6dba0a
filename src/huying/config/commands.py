"""Commands that run the installation itself."""

import os
import signal
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click
from django.core.management import call_command, execute_from_command_line
from django.utils.timezone import now

from huying.config import environment, parent, readiness
from huying.config.announcement import Announcement
from huying.config.logins import first_logins
from huying.config.supervisor import Child, Supervisor
from huying.database.cluster import Cluster
from huying.shared.errors import Conflict

THREADS = 4  # of each web process; each keeps one database connection
IDLE_SECONDS = 24 * 3600  # a thread that leaves would drop its connection
WAITING_REQUESTS = 256  # beyond them a web process stops accepting
TASKS = ("huying.clocks.tasks:sweep_forever",)  # each runs until its Event is set


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


@click.command()
@_address_options
def up(host: str, port: int, workers: int) -> None:
    """启动全部:数据库、网站、后台任务。Ctrl-C 停止。"""
    _serve_all(host, port, workers, logins=None)


@click.command()
@_address_options
def demo(host: str, port: int, workers: int) -> None:
    """准备示范街道,启动全部,显示地址与登录账号。"""
    _refuse_taken_port(host, port)
    if find_spec("huying.simulation.demo"):
        import_module("huying.simulation.demo").prepare(now=now())
    _serve_all(host, port, workers, logins=first_logins())


@click.command()
@_address_options
def web(host: str, port: int, workers: int) -> None:
    """只启动网站。"""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    _follow_supervisor()
    _refuse_taken_port(host, port)
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
        log_level=LogLevels.info if environment.DEBUG else LogLevels.warning,
    ).serve()


@click.command()
def worker() -> None:
    """只启动后台任务;可同时运行多个。"""
    _follow_supervisor()
    stop = _stop_on_signal()
    threads = [Thread(target=_until_error, args=[task, stop], name=task) for task in TASKS if _exists(task)]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()
    if environment_failed := [thread.name for thread in threads if thread.name in _FAILED]:
        raise SystemExit(f"后台任务异常结束:{environment_failed}")
