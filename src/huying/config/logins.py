"""The logins of the demonstration, kept for the person who started it."""

import secrets
from datetime import datetime

from huying.config import environment
from huying.database.private import made_once
from huying.org import actions
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.states import Role

# user name: name, role
LOGINS = {
    "admin": ("系统管理员", Role.ADMINISTRATOR),
    "chen": ("陈值班", Role.COMMANDER),
    "sun": ("孙主任", Role.LEADER),
}


def demo_logins(*, now: datetime) -> str:
    """Return the lines that tell how to sign in; opens the accounts that are not there yet."""
    file = environment.HOME / "demo-logins.txt"
    lines = made_once(file, _passwords)
    for line in lines.splitlines():
        username, password, *_ = line.split()
        if username in LOGINS and not User.objects.filter(username=username).exists():
            _enrol(username, password, now)
    return f"登录账号(保存在 {file}):\n{lines}"


def _passwords() -> str:
    return "".join(
        f"  {username:<8}{secrets.token_urlsafe(12)}  {role.label}\n"
        for username, (_, role) in LOGINS.items()
    )


def _enrol(username: str, password: str, now: datetime) -> None:
    name, role = LOGINS[username]
    actions.enrol(name=name, username=username, password=password, role=role, now=now, actor=SYSTEM)
