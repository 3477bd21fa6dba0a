"""Photos that have arrived ahead of the command they belong to: files, a folder for each person."""

from datetime import datetime
from pathlib import Path

from huying.cases.policy.uploads import Uploaded
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

DRAFT = ".part"


def folder_of(actor: Actor, uploads: Path) -> Path:
    """Return where somebody's photos wait; nobody else is ever asked for there."""
    return uploads / actor.key.replace(":", "-")


def uploaded(sha256: str, *, actor: Actor, uploads: Path) -> Uploaded:
    """Return how much of a photo has arrived from this person."""
    whole = folder_of(actor, uploads) / sha256
    draft = whole.with_suffix(DRAFT)
    if whole.exists():
        return Uploaded(whole.stat().st_size, whole=True)
    return Uploaded(draft.stat().st_size if draft.exists() else 0)


def uploaded_photo(sha256: str, *, actor: Actor, uploads: Path) -> bytes:
    """Return a photo that has arrived whole. Raises Incomplete when it has not."""
    path = folder_of(actor, uploads) / sha256
    if not path.exists():
        raise Incomplete(reason=Sentence("照片 {sha256} 尚未上传", sha256=sha256[:8]))
    return path.read_bytes()


def forgotten_uploads(uploads: Path, before: datetime) -> list[Path]:
    """Return the files nobody has added to since a moment."""
    files = [each for each in uploads.glob("*/*") if each.is_file()]
    return [each for each in files if each.stat().st_mtime < before.timestamp()]
