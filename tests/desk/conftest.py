"""The street of the case tests, with browsers for those who work at the desk."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from tests.cases.conftest import NOW, Cast, cast

from huying.catalogue import actions as catalogue
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.config import middleware
from huying.desk import presentation
from huying.dispatch import queries as dispatch
from huying.org.models import User
from huying.org.policy import SYSTEM, Actor

__all__ = ["cast"]  # a fixture

SignIn = Callable[[Actor], Client]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing remembered from the test before."""
    for forget in (presentation.forget, dispatch.forget, dispatch.forget_subjects):
        forget()
    yield
    for forget in (presentation.forget, dispatch.forget, dispatch.forget_subjects):
        forget()


@pytest.fixture
def sign_in(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Return a browser that acts as somebody, until the next one is asked for."""
    catalogue.ensure_category(
        scheme="demo", path=[Node("扰民"), Node("噪声")], kind=Kind.EVENT, actor=SYSTEM, now=NOW
    )

    def signed_in(actor: Actor) -> Client:
        monkeypatch.setattr(middleware, "actor_of_session", lambda request: actor)
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(User.objects.get_or_create(username="someone")[0])
        return client

    return signed_in
