"""Reading outlets, messages and their accounts."""

from huying.messages.queries.subscribers import forget, subscribers

__all__ = ["forget", "subscribers"]
