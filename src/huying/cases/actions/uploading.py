"""Photos that come ahead of what they belong to: received in pieces, then named by a report or a step.

Nothing here needs a row: the size of a file is how far it has come, its name what it must be in the end.
Why so: docs/adr/0050-photos-go-ahead-in-pieces.md.
"""

import fcntl
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BufferedRandom
from pathlib import Path

from django.db.models import QuerySet

from huying.cases.actions.record import attach
from huying.cases.actions.report import Reported, report
from huying.cases.models import Evidence
from huying.cases.policy.photos import Photo, develop
from huying.cases.policy.reports import Report
from huying.cases.policy.uploads import KEPT, Piece, Uploaded, check_room
from huying.cases.queries.uploaded import DRAFT, folder_of, forgotten_uploads, uploaded_photo
from huying.cases.states import EvidenceKind
from huying.org.policy import Actor
from huying.org.policy.access import require_signed_in
from huying.shared.errors import Conflict, Incomplete
from huying.shared.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Folders:
    """Where photos are: for good, and until a command names them."""

    evidence: Path
    uploads: Path


def receive(sha256: str, part: Piece, content: bytes, *, actor: Actor, uploads: Path) -> Uploaded:
    """Add a piece to a photo; a piece received before changes nothing.

    Raises NotSignedIn, Conflict for a piece beyond what is there, and Incomplete when the whole is not what
    its name says: then all of it is dropped. Lock: the file, so that two tabs may send the same.
    """
    require_signed_in(actor)
    whole = folder_of(actor, uploads) / sha256
    if whole.exists():
        return Uploaded(whole.stat().st_size, whole=True)
    whole.parent.mkdir(parents=True, exist_ok=True)
    draft = whole.with_suffix(DRAFT)
    if not draft.exists():
        check_room(sum(1 for _ in whole.parent.iterdir()))
    with draft.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = _added(file, part, content)
        if size < part.total:
            return Uploaded(size)
        _finish(file, whole, draft)
    return Uploaded(size, whole=True)


def _added(file: BufferedRandom, part: Piece, content: bytes) -> int:
    had = file.seek(0, os.SEEK_END)
    if part.first > had:
        raise Conflict(reason=Sentence("照片只收到前{had}字节，请从那里继续", had=had))
    file.write(content[had - part.first :])
    file.flush()
    return file.tell()


def _finish(file: BufferedRandom, whole: Path, draft: Path) -> None:
    """Give a photo its name when it is what the name says. Another process may have been quicker."""
    file.seek(0)
    if hashlib.file_digest(file, "sha256").hexdigest() != whole.name:
        draft.unlink(missing_ok=True)
        raise Incomplete(reason="照片与校验值不符，已丢弃，请重新上传")
    os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        draft.rename(whole)


def forget_uploads(uploads: Path, *, now: datetime) -> int:
    """Delete what no command has named for a while; return how many files. The phone still has them."""
    found = forgotten_uploads(uploads, now - KEPT)
    for each in found:
        each.unlink(missing_ok=True)
    return len(found)


def report_with_photos(
    sent: Report, names: Sequence[str], *, folders: Folders, actor: Actor, now: datetime
) -> Reported:
    """File a report with photos uploaded before, by their SHA-256.

    Raises as `report`, and Incomplete, with nothing filed, for a photo that is not there or cannot be read.
    Cut off in between: the same sent again adds what is missing.
    """
    if not names:
        return report(sent, actor=actor, now=now)
    require_signed_in(actor)
    of_report = Evidence.objects.filter(case__source=sent.source, case__source_key=sent.key)
    photos = _developed(names, EvidenceKind.REPORT, of_report, actor, folders)
    filed = report(sent, actor=actor, now=now)
    reporter = actor.holding(filed.number)  # wherever the place turns out to be
    for each in photos:
        attach(filed.number, each, EvidenceKind.REPORT, folder=folders.evidence, actor=reporter, now=now)
    return filed


def attach_uploaded(
    number: str,
    names: Sequence[str],
    kind: EvidenceKind,
    *,
    folders: Folders,
    actor: Actor,
    now: datetime,
) -> None:
    """Add photos uploaded before to a case, by their SHA-256; one that the case has is not added twice."""
    for each in _developed(names, kind, Evidence.objects.filter(case__number=number), actor, folders):
        attach(number, each, kind, folder=folders.evidence, actor=actor, now=now)


def _developed(
    names: Sequence[str], kind: EvidenceKind, known: QuerySet[Evidence], actor: Actor, folders: Folders
) -> list[Photo]:
    """Return the photos a case does not have yet, ready to keep: no lock is held while they are decoded."""
    kept = set(known.filter(kind=kind, original_sha256__in=names).values_list("original_sha256", flat=True))
    missing = [each for each in dict.fromkeys(names) if each not in kept]
    return [develop(uploaded_photo(each, actor=actor, uploads=folders.uploads)) for each in missing]
