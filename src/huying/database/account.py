"""Who runs the server. PostgreSQL refuses to run as root, so root lends it another user."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from huying.shared.errors import Unavailable

ROOT = 0
LENT_BY_ROOT = ("postgres", "nobody")  # first that exists


@dataclass(frozen=True, slots=True)
class Account:
    """The user whose processes and files the server's are."""

    name: str
    uid: int
    gid: int

    @classmethod
    def current(cls) -> Self:
        """Return the caller, or the user root lends. Raises Unavailable when root has nobody to lend."""
        return cls._lent() if os.geteuid() == ROOT else cls(_name(os.geteuid()), os.geteuid(), os.getegid())

    @classmethod
    def owner(cls, folder: Path) -> Self:
        """Return the user that owns `folder`: who ran the server last time runs it again."""
        found = folder.stat()
        if os.geteuid() not in (ROOT, found.st_uid):
            raise Unavailable(reason=f"{folder} 属于其他用户，请以该用户运行")
        return cls(_name(found.st_uid), found.st_uid, found.st_gid)

    @classmethod
    def _lent(cls) -> Self:
        for name in LENT_BY_ROOT:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        raise Unavailable(reason="PostgreSQL 不能以 root 运行，请先建立普通用户 postgres（useradd postgres）")

    def run(self, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, away from our terminal, our folder and our environment."""
        other = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == ROOT else {}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603  # fixed programs
            [str(argument) for argument in arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C stops us first, and we stop the server
            **other,
        )

    def may(self, permission: str, path: Path) -> bool:
        """Tell whether this user may read (-r), write (-w) or enter (-x) `path`; asked as that user."""
        return self.run(["test", permission, path]).returncode == 0

    def can_execute(self, program: Path) -> bool:
        """Tell whether `program` starts for this user: reachable, executable, its libraries found."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except OSError:
            return False


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a number without a name: usual in containers
        return str(uid)
