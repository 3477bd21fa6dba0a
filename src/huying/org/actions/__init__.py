"""The only writes of the organisation: one function a verb, each one transaction with its ledger entry."""

from huying.org.actions.access import (
    grant,
    issue_token,
    open_account,
    revoke_grant,
    revoke_token,
)
from huying.org.actions.duty import (
    cancel_shift,
    confirm,
    end_absence,
    end_deputy,
    hand_over,
    name_deputy,
    record_absence,
    schedule_shift,
)
from huying.org.actions.people import (
    appoint,
    dismiss,
    end_appointment,
    enrol_volunteer,
    hire,
    make_responsible,
    record_training,
    release,
)
from huying.org.actions.units import (
    close_unit,
    create_post,
    create_unit,
    ensure_unit,
    found_pattern,
    link_branch,
    move_unit,
)

__all__ = [
    "appoint",
    "cancel_shift",
    "close_unit",
    "confirm",
    "create_post",
    "create_unit",
    "dismiss",
    "end_absence",
    "end_appointment",
    "end_deputy",
    "enrol_volunteer",
    "ensure_unit",
    "found_pattern",
    "grant",
    "hand_over",
    "hire",
    "issue_token",
    "link_branch",
    "make_responsible",
    "move_unit",
    "name_deputy",
    "open_account",
    "record_absence",
    "record_training",
    "release",
    "revoke_grant",
    "revoke_token",
    "schedule_shift",
]
