"""Which cases a browser holds the receipt of: a signed cookie that scripts cannot read. No account.

Source: docs/rules/residents.md §1.
"""

import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from huying.org.policy import RESIDENT, Actor

COOKIE = "receipts"
SALT = "huying.residents.receipts"
YEAR_SECONDS = 365 * 24 * 3600
MOST = 40  # numbers kept of each kind: a cookie holds 4 KB


@dataclass(frozen=True, slots=True)
class Receipts:
    """What a browser holds, newest first. me: chance, tells one browser from another when it joins a case."""

    me: str = ""
    numbers: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    def actor(self) -> Actor:
        """Return a resident with these receipts; whoever is signed in gains nothing here."""
        actor = RESIDENT
        for number in self.numbers:
            actor = actor.holding(number)
        return actor

    def with_case(self, number: str) -> "Receipts":
        return replace(self._known(), numbers=_first(number, self.numbers))

    def with_join(self, number: str) -> "Receipts":
        return replace(self._known(), joined=_first(number, self.joined))

    def _known(self) -> "Receipts":
        return self if self.me else replace(self, me=secrets.token_urlsafe(12))


def _first(number: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return (number, *(each for each in others if each != number))[:MOST]


def read(request: HttpRequest) -> Receipts:
    """Return what the cookie says; one that we have not signed says nothing."""
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=YEAR_SECONDS)
        return Receipts(said["me"], tuple(said["numbers"]), tuple(said["joined"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return Receipts()


def keep(answer: HttpResponse, held: Receipts) -> None:
    """Set the cookie; nothing of it can be read by a script."""
    said = {"me": held.me, "numbers": held.numbers, "joined": held.joined}
    answer.set_cookie(
        COOKIE,
        signing.dumps(said, salt=SALT, compress=True),
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def drop(answer: HttpResponse) -> None:
    """Forget every receipt on this device."""
    answer.delete_cookie(COOKIE, samesite="Lax")
