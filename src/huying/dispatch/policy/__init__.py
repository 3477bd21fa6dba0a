"""Rules of dispatch. Pure: history and facts in, proposals with reasons out."""

from huying.dispatch.policy.facts import Facts, Past
from huying.dispatch.policy.keeping import packed, unpacked
from huying.dispatch.policy.learning import Model, learn
from huying.dispatch.policy.proposing import Duty, Proposal, Reason, propose

__all__ = ["Duty", "Facts", "Model", "Past", "Proposal", "Reason", "learn", "packed", "propose", "unpacked"]
