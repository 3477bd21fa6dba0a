"""A request as views and endpoints get it."""

import re
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from huying.org.policy import Actor
from huying.shared.errors import Incomplete, Malformed
from huying.shared.shapes import MOMENT


class ActorRequest(HttpRequest):
    """A request with who is asking: set by `config/authentication.py` and `config/middleware.py`."""

    actor: Actor


def caller(request: HttpRequest) -> str:
    """Return the address a request comes from, "" when that is not known.

    Behind `HUYING_PROXIES` proxies of ours it is the one the outermost of them saw: so many from the right of
    `X-Forwarded-For`, whose left anybody can write. Behind a proxy that nobody told us of it is not known.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if not settings.PROXIES:
        return "" if forwarded else str(request.META.get("REMOTE_ADDR", ""))
    passed = [each.strip() for each in forwarded.split(",") if each.strip()]
    return passed[-settings.PROXIES] if len(passed) >= settings.PROXIES else ""


def device_time(request: HttpRequest) -> datetime | None:
    """Return what the clock of the sender's device says (`Device-Time`); None when it is silent.

    Raises Malformed (no time at all), Incomplete (a day that is in no calendar).
    """
    said = request.META.get("HTTP_DEVICE_TIME", "")
    if not said:
        return None
    if not re.match(MOMENT, said):
        raise Malformed(reason="请求头 Device-Time 无效")
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        raise Incomplete(reason="请求头 Device-Time 的日期不存在") from None
