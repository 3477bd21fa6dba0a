"""How often somebody without an account may report. Each report costs the duty room a look."""

from django.http import HttpRequest

from huying.org.policy import Actor
from huying.org.requests import caller
from huying.shared.pace import Pace

MOST, SECONDS = 60, 600.0  # of one address, to one process: a whole estate may share an address
_pace = Pace(MOST, seconds=SECONDS)


def check_pace(request: HttpRequest, actor: Actor) -> None:
    """Count a report of who has not signed in. Raises TooMany when his address has to wait."""
    if not actor.is_signed_in:
        _pace.check(caller(request))


def forget() -> None:
    """Let everybody report anew."""
    _pace.forget()
