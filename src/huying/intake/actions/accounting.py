"""Counts of the door become tallies; what need not be kept is forgotten."""

import fcntl
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import orjson
from django.db import connection, transaction

from huying.clocks.policy import SHANGHAI
from huying.intake.counting import SUFFIX
from huying.intake.models import Journal, Rejected, Tally
from huying.intake.states import Outcome

KEPT_DAYS = 30  # a record of something turned away
KEPT_TALLY_DAYS = 400

Key = tuple[str, str, str, str]  # day, source, outcome, reason

_ADD = """
    INSERT INTO intake_tally (day, source, outcome, reason, count)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (day, source, outcome, reason) DO UPDATE SET count = intake_tally.count + excluded.count
"""


def fold(folder: Path, *, now: datetime) -> int:
    """Add what the files of counts in `folder` hold to the tallies, each line once. Return the lines added.

    A file whose writer is gone is folded for the last time and removed; what it received without an outcome
    is counted as broken off. Lock: one folds at a time; another returns 0 at once.
    """
    lines = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with transaction.atomic():
            if not _has_turn():
                return lines
            added, is_done = _fold_file(path, now)
        lines += added
        if is_done:
            path.unlink(missing_ok=True)
            Journal.objects.filter(name=path.name).delete()
    return lines


def tally(counts: Mapping[Key, int]) -> None:
    """Add to the tallies, in the transaction of the caller."""
    rows = [(*key, number) for key, number in sorted(counts.items()) if number]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])


def forget(*, now: datetime) -> int:
    """Delete what has been kept long enough. Return how many records went."""
    gone, _ = Rejected.objects.filter(at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    Tally.objects.filter(day__lt=now.astimezone(SHANGHAI).date() - timedelta(days=KEPT_TALLY_DAYS)).delete()
    Journal.objects.filter(is_done=True, at__lt=now - timedelta(days=1)).delete()
    return gone


def _has_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('intake'), hashtext('fold'))")
        return bool(cursor.fetchone()[0])


def _fold_file(path: Path, now: datetime) -> tuple[int, bool]:
    """Return how many lines were added and whether the file is used up."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # another has just removed it
        return 0, False
    with file:
        is_done = _is_left(file)
        known, _ = Journal.objects.get_or_create(name=path.name, defaults={"at": now})
        file.seek(known.folded)
        part = file.read()
        whole = part[: part.rfind(b"\n") + 1]
        counts = _counted(whole)
        if is_done:
            file.seek(0)
            counts += _broken_off(_counted(file.read()), now.astimezone(SHANGHAI).date())
        if not whole and not is_done:
            return 0, False
        tally(counts if not known.is_done else {})
        known.folded, known.is_done, known.at = known.folded + len(whole), is_done, now
        known.save(update_fields=["folded", "is_done", "at"])
    return whole.count(b"\n"), is_done


def _is_left(file: BinaryIO) -> bool:
    """Tell whether the writer is gone: it holds a lock as long as it lives."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _counted(lines: bytes) -> Counter[Key]:
    counts: Counter[Key] = Counter()
    for line in lines[: lines.rfind(b"\n") + 1].splitlines():
        day, source, outcome, reason, number = orjson.loads(line)
        counts[day, source, outcome, reason] += number
    return counts


def _broken_off(counts: Mapping[Key, int], day: date) -> Counter[Key]:
    """Return for each source what was received and never answered; negative where a file began in between."""
    open_: Counter[str] = Counter()
    for (_, source, outcome, _), number in counts.items():
        open_[source] += number if outcome == Outcome.RECEIVED else -number
    key = (day.isoformat(), Outcome.BROKEN_OFF.value, "")
    return Counter({(key[0], source, *key[1:]): number for source, number in open_.items()})
