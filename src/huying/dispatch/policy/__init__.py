"""Rules of dispatch. Pure: history and facts in, proposals with reasons out."""

from huying.dispatch.policy.categorising import (
    Likely,
    Subject,
    Subjects,
    learn_subjects,
    likely,
    packed_subjects,
    unpacked_subjects,
)
from huying.dispatch.policy.facts import Facts, Past
from huying.dispatch.policy.keeping import packed, unpacked
from huying.dispatch.policy.learning import Model, learn
from huying.dispatch.policy.proposing import Duty, Proposal, Reason, propose

__all__ = [
    "Duty",
    "Facts",
    "Likely",
    "Model",
    "Past",
    "Proposal",
    "Reason",
    "Subject",
    "Subjects",
    "learn",
    "learn_subjects",
    "likely",
    "packed",
    "packed_subjects",
    "propose",
    "unpacked",
    "unpacked_subjects",
]
