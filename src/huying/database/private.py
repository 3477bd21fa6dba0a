"""Files and folders that nobody else may read, made once even when two commands start together."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huying.shared.errors import Unavailable


def made_once(file: Path, make: Callable[[], str]) -> str:
    """Return the text of `file`; the first caller makes it (mode 0600, on disk before anybody reads it).

    Raises Unavailable when the file or its folder is another user's.
    """
    with _ours(file):
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _first_wins(file, make())
        return file.read_text()


def opened_lock(file: Path) -> int:
    """Return a descriptor to lock, of a file that is made if need be.

    Raises Unavailable when the file or its folder is another user's.
    """
    with _ours(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _ours(file: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise Unavailable(
            reason=f"无权读写 {file}，请以它所属的用户运行，或用 HUYING_HOME 另指目录"
        ) from None


def _first_wins(file: Path, text: str) -> None:
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass  # another command was quicker: its text counts
    finally:
        draft.unlink()


def private_folder(path: Path, uid: int, gid: int) -> None:
    """Make `path` for that user alone. Raises Unavailable when somebody else put something in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
        os.chown(path, uid, gid)
    except FileExistsError:
        found = path.lstat()
        if found.st_uid != uid or not path.is_dir() or path.is_symlink() or found.st_mode & 0o022:
            raise Unavailable(reason=f"目录 {path} 不属于运行数据库的用户") from None
