"""Reading outlets, messages and their accounts."""

from huying.messages.queries.accounts import Account, OutletRow, accounts, dead_letters, outlets, violations
from huying.messages.queries.subscriptions import forget, subscribers
from huying.messages.queries.telling import place, told

__all__ = [
    "Account",
    "OutletRow",
    "accounts",
    "dead_letters",
    "forget",
    "outlets",
    "place",
    "subscribers",
    "told",
    "violations",
]
