"""Reading outlets, messages and their accounts."""

from huying.messages.queries.subscriptions import forget, subscribers

__all__ = ["forget", "subscribers"]
