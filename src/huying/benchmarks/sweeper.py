"""A worker that does nothing but sweep: `python -m huying.benchmarks.sweeper`."""

import os
import signal
from threading import Event

import django

from huying.config import parent


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
    django.setup()
    from huying.clocks.tasks import sweep_forever

    parent.follow()
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sweep_forever(stop)


if __name__ == "__main__":
    main()
