"""Everything that changes a case: one function for each verb. Nothing else writes one."""

from huying.cases.actions.centre import (
    accept,
    approve,
    assign,
    decline,
    escalate,
    expedite,
    merge,
    refuse,
    resume,
    withdraw,
)
from huying.cases.actions.check import evaluate, reopen, rework, verify
from huying.cases.actions.history import import_history
from huying.cases.actions.record import attach, note, reveal
from huying.cases.actions.release import join, publish, unpublish
from huying.cases.actions.report import Reported, report, report_each
from huying.cases.actions.unit import acknowledge, answer, arrive, request, self_handle

__all__ = [
    "Reported",
    "accept",
    "acknowledge",
    "answer",
    "approve",
    "arrive",
    "assign",
    "attach",
    "decline",
    "escalate",
    "evaluate",
    "expedite",
    "import_history",
    "join",
    "merge",
    "note",
    "publish",
    "refuse",
    "reopen",
    "report",
    "report_each",
    "request",
    "resume",
    "reveal",
    "rework",
    "self_handle",
    "unpublish",
    "verify",
    "withdraw",
]
