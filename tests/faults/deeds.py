"""Single deeds of Huying, each in a process of its own that is watched from its first system call on.

Reads lines of JSON [name, arguments…]. For each a child prepares, stops itself (its number is printed), and
when it is let go does the deed; then how it ended is printed: "0", "1" with the error said, "-9" when killed.
"""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
django.setup()

from django.conf import settings
from django.utils.timezone import now
from PIL import Image

from huying.cases import actions as cases
from huying.cases.actions import record as writer
from huying.cases.policy.photos import Photo, develop, photo_path
from huying.cases.states import EvidenceKind
from huying.database import hot
from huying.ledger import queries as ledger
from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.ledger.tasks import Turn
from huying.messages import tasks as courier
from huying.messages.actions import queued, reap
from huying.messages.policy.events import Event as Happened
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.queries import actor_for_user

Deed = Callable[[], object]


def photo(number: str, colour: int) -> Deed:
    """Attach a photo; each colour is another one."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), (colour % 256, colour // 256, 99)).save(picture, "PNG")
    taken = develop(picture.getvalue())

    def attach() -> None:
        chen = actor_for_user(User.objects.get(username="chen"))
        folder = settings.EVIDENCE_FOLDER
        cases.attach(number, taken, EvidenceKind.BEFORE, folder=folder, actor=chen, now=now())

    return attach


def photo_in_place(number: str, colour: int) -> Deed:
    """Attach as a writer does that opens the file under its own name and writes (control)."""

    def keep(photo: Photo, folder: Path) -> None:
        path = photo_path(folder, photo.sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo.jpeg)

    writer._keep = keep
    return photo(number, colour)


def photo_whatever(number: str, colour: int) -> Deed:
    """Attach as a writer does that thinks nothing of an error of the disk (control)."""
    keep = writer._keep

    def keep_or_not(photo: Photo, folder: Path) -> None:
        try:
            keep(photo, folder)
        except OSError:
            return

    writer._keep = keep_or_not
    return photo(number, colour)


def entries(count: int) -> Deed:
    def write() -> None:
        record_many([Entry(now(), SYSTEM.key, "probe", f"probe:{each}") for each in range(count)])

    return write


def sequence() -> Deed:
    turn = Turn()

    def take() -> None:
        assert turn.is_ours()
        turn.take()

    return take


def verify() -> Deed:
    def look() -> None:
        found = ledger.verify()
        assert not found.problems, found.problems
        assert found.published == found.leaves

    return look


def message(count: int) -> Deed:
    """Queue so many messages, as a deadline that falls due does."""
    events = [
        Happened("deadline_due", f"HY-330109001-20261121-{each:05d}", now(), "330109001", (), stage="accept")
        for each in range(count)
    ]
    return lambda: hot.write(queued(events))


def deliver() -> Deed:
    """Take back what dead workers hold, then send what is due."""

    def send() -> None:
        reap(now=courier.read_clock())
        while courier.deliver_next(worker="deed"):
            Event().wait(0.01)

    return send


DEEDS = {
    each.__name__: each
    for each in (photo, photo_in_place, photo_whatever, entries, sequence, verify, message, deliver)
}


def child(name: str, arguments: list[object]) -> None:
    """Prepare, wait to be let go, do it, and end without tidying up."""
    try:
        deed = DEEDS[name](*arguments)
        os.kill(os.getpid(), signal.SIGSTOP)
        deed()
    except BaseException as error:
        sys.stderr.write(f"{name}: {error!r}\n")
        os._exit(1)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(name, arguments)
        os.waitpid(pid, os.WUNTRACED)
        print(pid, flush=True)  # noqa: T201  # what our caller reads
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
