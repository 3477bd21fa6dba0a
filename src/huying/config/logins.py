"""The logins of the demonstration, kept for the person who started it."""

import secrets
from collections.abc import Iterator

from django.db import transaction
from django.utils.timezone import now

from huying.config import environment
from huying.database.private import made_once
from huying.org import actions
from huying.org.models import User
from huying.org.policy import SYSTEM
from huying.org.states import Role
from huying.simulation import demo

ADMINISTRATOR = "admin"


def demo_logins() -> str:
    """Return the lines that tell how to sign in; makes the accounts when nobody can sign in yet."""
    file = environment.HOME / "demo-logins.txt"
    if not User.objects.exists():
        file.unlink(missing_ok=True)
        made_once(file, _accounts)
    if not file.exists():
        return ""
    return f"登录账号(保存在 {file}):\n{file.read_text()}"


@transaction.atomic
def _accounts() -> str:
    return "".join(f"  {title}  {username}  {password}\n" for title, username, password in _opened())


def _opened() -> Iterator[tuple[str, str, str]]:
    """Open an account for the administrator and one for each role of the sample street."""
    moment, password = now(), _password()
    title = Role.ADMINISTRATOR.label
    actions.enrol(
        name=title,
        username=ADMINISTRATOR,
        password=password,
        role=Role.ADMINISTRATOR,
        now=moment,
        actor=SYSTEM,
    )
    yield title, ADMINISTRATOR, password
    for login in demo.logins(moment):
        password = _password()
        actions.open_account(login.staff_id, login.username, password, now=moment, actor=SYSTEM)
        yield login.title, login.username, password


def _password() -> str:
    """Return a random password of letters, digits and a sign, as check_password wants it."""
    return f"{secrets.token_urlsafe(9)}-{10 + secrets.randbelow(90)}"
