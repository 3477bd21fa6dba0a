"""The only writes of the messages: queueing, claiming, completing, and changing outlets."""

from huying.messages.actions.delivering import Claim, Load, claim, complete, reap
from huying.messages.actions.outlets import NewOutlet, add_outlet, close_outlet, revive, trial
from huying.messages.actions.queueing import queued

__all__ = [
    "Claim",
    "Load",
    "NewOutlet",
    "add_outlet",
    "claim",
    "close_outlet",
    "complete",
    "queued",
    "reap",
    "revive",
    "trial",
]
