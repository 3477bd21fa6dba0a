"""Time as people read it on a page, in their language."""

from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Tone = Literal["calm", "soon", "over"]
SOON = timedelta(minutes=5)  # the shortest limit of the loop; used when the length of a limit is not known
SOON_SHARE = 5  # the last fifth of a limit


def tone(due_at: datetime, now: datetime, since: datetime | None = None) -> Tone:
    """Tell how a clock stands. since: when it started; the last fifth of its time is "soon"."""
    if due_at < now:
        return "over"
    warn = SOON if since is None else (due_at - since) / SOON_SHARE
    return "soon" if due_at - now < warn else "calm"


def left(due_at: datetime, now: datetime) -> str:
    """Return "还剩2天3小时", "已超时15分钟"."""
    if due_at < now:
        return _("已超时%(time)s") % {"time": roughly(now - due_at)}
    return _("还剩%(time)s") % {"time": roughly(due_at - now)}


def roughly(time: timedelta) -> str:
    """Return a length of time in its two largest units: days and hours, hours and minutes, minutes."""
    if time < timedelta(minutes=1):
        return _("不到1分钟")
    days, rest = divmod(time, timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes = rest // timedelta(minutes=1)
    parts = (_days(days), _hours(hours)) if days else (_hours(hours), _minutes(minutes))
    return "".join(parts).strip()  # a language with blanks begins each unit with one


def _days(count: int) -> str:
    return ngettext("%(count)d天", "%(count)d天", count) % {"count": count} if count else ""


def _hours(count: int) -> str:
    return ngettext("%(count)d小时", "%(count)d小时", count) % {"count": count} if count else ""


def _minutes(count: int) -> str:
    return ngettext("%(count)d分钟", "%(count)d分钟", count) % {"count": count} if count else ""
