"""Files that are whole or absent, safe on disk, and readable by us alone."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

DRAFT = ".draft-"  # what begins so is not finished


def write(path: Path, content: bytes) -> None:
    """Put `content` in place of the file: the old one or the new one survives a crash, never half."""
    draft = _draft(path)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file to a place of its own: whole, on disk, private."""
    make_folder(target.parent)
    draft = _draft(target)
    with source.open("rb") as reader, draft.open("xb") as writer:
        os.fchmod(writer.fileno(), 0o600)
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
    shutil.copystat(source, draft)
    draft.chmod(0o600)
    draft.replace(target)


def link(source: Path, target: Path) -> None:
    """Give a file a second name; copy it where the file system has no hard links."""
    make_folder(target.parent)
    try:
        target.hardlink_to(source)
    except OSError:
        copy(source, target)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, for us alone."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inside(folder: Path) -> Iterator[Path]:
    """Yield every finished file below a folder, in order; none when there is no folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(DRAFT):
            yield path


def sync_folders(folder: Path) -> None:
    """Make the names of everything below a folder safe."""
    for path, _, _ in os.walk(folder):
        sync_folder(Path(path))


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _draft(path: Path) -> Path:
    make_folder(path.parent)
    return path.with_name(f"{DRAFT}{secrets.token_hex(6)}")
