"""What the tests of messages share."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings

from huying.messages import actions, queries
from huying.messages.actions import NewOutlet
from huying.messages.models import Outlet
from huying.messages.policy import Event
from huying.messages.policy.sealing import Access
from huying.messages.states import OutletKind, Topic
from huying.org.policy import SYSTEM

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _forget_subscribers() -> Iterator[None]:
    """A rolled-back test leaves the process cache ahead of the database."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture(autouse=True)
def _own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MESSAGES_ALLOW_PRIVATE", True)


@pytest.fixture
def subscribe() -> Callable[..., Outlet]:
    """Add an outlet through the door: name, kind, address, and what else differs from the usual."""

    def add(
        name: str = "指挥室",
        kind: OutletKind = OutletKind.DINGTALK,
        address: str = "http://127.0.0.1:9/robot/send?access_token=abc",
        topics: tuple[Topic, ...] = (Topic.DEADLINE_DUE,),
        **others: str,
    ) -> Outlet:
        to = ("10000000000",) if kind is OutletKind.SMS else ()
        new = NewOutlet(name, kind, Access(address, others.pop("secret", ""), to), topics, **others)
        key = settings.SECRET_KEY.encode()
        return actions.add_outlet(new, actor=SYSTEM, now=NOW, key=key, allow_private=True)

    return add


def happened(count: int, verb: str = "deadline_due") -> list[Event]:
    """Return an event for each of so many cases."""
    return [
        Event(verb, f"HY-330109001-20261121-{each:05d}", NOW, "330109001002003", (7,), stage="accept")
        for each in range(1, count + 1)
    ]
