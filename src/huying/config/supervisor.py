"""Several processes as one: started together, a dead one started again, all stopped together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import click

from huying.config import parent

LOOK_SECONDS = 0.2
BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
HEALTHY_SECONDS = 60  # a child that lived so long starts again at once
STOP_SECONDS = 20


@dataclass(slots=True)
class Child:
    """One `huying` subcommand kept alive."""

    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0  # monotonic seconds
    due: float = 0.0
    deaths: int = 0

    @property
    def name(self) -> str:
        return self.arguments[0]

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "huying", *self.arguments],
            env=os.environ | {parent.VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone: we stop the children in order
        )

    def tend(self) -> None:
        """Start the process when it is due; note when it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif (code := self.process.poll()) is not None:
            self.deaths = 0 if now - self.started > HEALTHY_SECONDS else self.deaths + 1
            pause = BACK_OFF_SECONDS[min(self.deaths, len(BACK_OFF_SECONDS) - 1)]
            click.echo(f"{self.name} 已退出（代码 {code}），{pause:g} 秒后重新启动", err=True)
            self.process, self.due = None, now + pause

    def stop(self, patience: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, patience))
        except subprocess.TimeoutExpired:
            click.echo(f"{self.name} 没有按时停止，强制结束", err=True)
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Supervisor:
    """The children, and what else is to be looked after between two glances at them."""

    children: Sequence[Child]
    also: Sequence[Callable[[], object]] = field(default_factory=tuple)

    def run(self, stop: Event) -> None:
        """Keep everything alive until `stop` is set."""
        try:
            while not stop.wait(LOOK_SECONDS):
                for look in (*(child.tend for child in self.children), *self.also):
                    look()
        finally:
            self._stop()

    def _stop(self) -> None:
        end = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                child.process.terminate()
        for child in self.children:
            child.stop(end - time.monotonic())
