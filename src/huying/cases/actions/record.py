"""What is added to a case without moving it: notes, photos, a look at the reporter."""

import os
from datetime import datetime
from pathlib import Path

from huying.cases.actions import door
from huying.cases.actions.door import Held
from huying.cases.models import Case, Evidence, Reporter
from huying.cases.policy.photos import Photo, photo_path
from huying.cases.policy.reports import MAX_TEXT
from huying.cases.states import EvidenceKind, Verb
from huying.org.policy import Actor
from huying.shared.errors import Incomplete, NotFound
from huying.shared.sentences import Sentence


def note(number: str, text: str, *, actor: Actor, now: datetime, public: bool = False) -> Case:
    """Add a note; a public one is a message in the resident's thread. A resident's notes are public."""
    with door.opened(number, Verb.NOTE, actor=actor, now=now) as held:
        if not text.strip() or len(text) > MAX_TEXT:
            raise Incomplete(reason=Sentence("留言须为1至{max_text}字", max_text=MAX_TEXT))
        held.move(Verb.NOTE, opinion=text, public=public or number in actor.case_numbers)
    return held.case


def attach(
    number: str, photo: Photo, kind: EvidenceKind, *, folder: Path, actor: Actor, now: datetime
) -> Evidence:
    """Keep a photo with the case. The same photo sent again is the same evidence.

    folder: where files are kept; the file is safe on disk before the row refers to it.
    """
    with door.opened(number, Verb.ATTACH, actor=actor, now=now) as held:
        evidence = held.case.evidence.filter(original_sha256=photo.original_sha256, kind=kind).first()
        if evidence is None:
            _keep(photo, folder)
            evidence = _added(held, photo, kind)
            facts = {"kind": kind, "sha256": photo.sha256, "original_sha256": photo.original_sha256}
            held.move(Verb.ATTACH, facts=facts, assignment=evidence.assignment)
    return evidence


def _added(held: Held, photo: Photo, kind: EvidenceKind) -> Evidence:
    own = (each for each in held.live if each.unit_id in held.actor.unit_ids)
    return Evidence.objects.create(
        case=held.case,
        assignment=next(own, None),
        kind=kind,
        sha256=photo.sha256,
        original_sha256=photo.original_sha256,
        width=photo.width,
        height=photo.height,
        taken_at=photo.taken_at,
        lng=photo.lng,
        lat=photo.lat,
        added_at=held.now,
        added_by=held.actor.key,
    )


def _keep(photo: Photo, folder: Path) -> None:
    """Write the file so that it is whole or absent: draft, fsync, rename, fsync of the folder."""
    path = photo_path(folder, photo.sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.{id(photo)}")
    with draft.open("wb") as file:
        file.write(photo.jpeg)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def reveal(number: str, *, actor: Actor, now: datetime, reason: str) -> Reporter:
    """Open the reporter's name and phone; who looked and why stays in the ledger."""
    with door.opened(number, Verb.REVEAL, actor=actor, now=now) as held:
        if not reason.strip():
            raise Incomplete(reason="查看报事人信息须说明用途")
        reporter = Reporter.objects.filter(case=held.case).first()
        if reporter is None:
            raise NotFound(what="报事人信息", key=number)
        held.move(Verb.REVEAL, opinion=reason)
    return reporter
