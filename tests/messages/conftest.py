"""What the tests of messages share."""

from collections.abc import Iterator

import pytest

from huying.messages import queries


@pytest.fixture(autouse=True)
def _forget_subscribers() -> Iterator[None]:
    """A rolled-back test leaves the process cache ahead of the database."""
    queries.forget()
    yield
    queries.forget()
