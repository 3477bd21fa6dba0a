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
from huying.cases.actions.together import report_shown, solve, with_photos
from huying.cases.actions.unit import acknowledge, answer, arrive, request, self_handle
from huying.cases.actions.uploading import (
    Folders,
    attach_uploaded,
    forget_uploads,
    receive,
    report_with_photos,
)

__all__ = [
    "Folders",
    "Reported",
    "accept",
    "acknowledge",
    "answer",
    "approve",
    "arrive",
    "assign",
    "attach",
    "attach_uploaded",
    "decline",
    "escalate",
    "evaluate",
    "expedite",
    "forget_uploads",
    "import_history",
    "join",
    "merge",
    "note",
    "publish",
    "receive",
    "refuse",
    "reopen",
    "report",
    "report_each",
    "report_shown",
    "report_with_photos",
    "request",
    "resume",
    "reveal",
    "rework",
    "self_handle",
    "solve",
    "unpublish",
    "verify",
    "with_photos",
    "withdraw",
]
