"""The rules of messages. Pure: no database, no clock, no network."""

from huying.messages.policy.events import Event, Subscription

__all__ = ["Event", "Subscription"]
