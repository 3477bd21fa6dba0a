"""The logins of the demonstration, kept for the person who started it."""

import secrets

from huying.config import environment
from huying.database.private import made_once
from huying.org.models import User

ADMINISTRATOR = "admin"


def demo_logins() -> str:
    """Return the lines that tell how to sign in; makes the administrator when nobody can sign in yet."""
    file = environment.HOME / "demo-logins.txt"
    if not User.objects.exists():
        file.unlink(missing_ok=True)
        made_once(file, _administrator)
    if not file.exists():
        return ""
    return f"登录账号(保存在 {file}):\n{file.read_text()}"


def _administrator() -> str:
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMINISTRATOR, password=password)
    return f"  系统管理员  {ADMINISTRATOR}  {password}\n"
