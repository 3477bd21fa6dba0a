"""A request as views and endpoints get it."""

from django.http import HttpRequest

from huying.org.policy import Actor


class ActorRequest(HttpRequest):
    """A request with who is asking: set by `config/authentication.py` and `config/middleware.py`."""

    actor: Actor
