"""A request as views and endpoints get it."""

import re
from datetime import datetime

from django.http import HttpRequest

from huying.org.policy import Actor
from huying.shared.errors import Incomplete, Malformed
from huying.shared.shapes import MOMENT


class ActorRequest(HttpRequest):
    """A request with who is asking: set by `config/authentication.py` and `config/middleware.py`."""

    actor: Actor


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
