"""The logins of the demonstration, kept for the person who started it."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from huying.config import environment
from huying.database.private import made_once
from huying.org import actions
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.states import Role
from huying.simulation import demo
from huying.simulation.demo import Login

ADMINISTRATOR = "admin"


def demo_logins(*, now: datetime) -> str:
    """Return the lines that tell how to sign in; opens the accounts that are not there yet."""
    file = environment.HOME / "demo-logins.txt"
    people = {login.username: login for login in demo.logins(now)}
    lines = made_once(file, lambda: _passwords(people.values()))
    for line in lines.splitlines():
        username, password, *_ = line.split()
        if not User.objects.filter(username=username).exists():
            _open(username, password, people, now)
    return f"登录账号（保存在 {file}）：\n{lines}"


def _passwords(people: Iterable[Login]) -> str:
    titles = {ADMINISTRATOR: Role.ADMINISTRATOR.label} | {each.username: each.title for each in people}
    return "".join(f"  {username:<12}{_password()}  {title}\n" for username, title in titles.items())


def _password() -> str:
    """Return a random password of letters, digits and a sign, as org's check_password wants it."""
    return f"{secrets.token_urlsafe(9)}-{10 + secrets.randbelow(90)}"


def _open(username: str, password: str, people: dict[str, Login], now: datetime) -> None:
    """Give an account to somebody of the sample street, or make the administrator."""
    if login := people.get(username):
        actions.open_account(login.staff_id, username, password, now=now, actor=SYSTEM)
    elif username == ADMINISTRATOR:
        role = Role.ADMINISTRATOR
        actions.enrol(name="俞敏", username=username, password=password, role=role, now=now, actor=SYSTEM)
