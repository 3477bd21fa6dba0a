"""Children that do not outlive their parent, even one that was killed."""

import os
import signal
import threading
import time

LOOK_SECONDS = 0.5
VARIABLE = "HUYING_FOLLOW_PARENT"  # the process id of `huying up`, set for its own children only


def follow(parent: int | None = None) -> None:
    """Stop this process, as SIGTERM does, soon after its parent died.

    parent: its process id, for who may have lost it while starting; default: whoever it is now.
    """
    known = os.getppid() if parent is None else parent
    threading.Thread(target=_watch, args=[known], daemon=True, name="follow-parent").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
