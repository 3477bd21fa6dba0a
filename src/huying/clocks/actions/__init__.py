"""The only writes of the clocks: running deadlines, sweeping them, changing the rules they run by."""

from huying.clocks.actions.ruling import Published, publish_edition, set_stage_limit, settle_editions
from huying.clocks.actions.running import (
    Ending,
    NewDeadline,
    cancel,
    end,
    ended,
    extend,
    pause,
    resume,
    start,
    start_many,
    started,
    stop,
)
from huying.clocks.actions.sweeping import Swept, beat, resume_sweeper, sweep

__all__ = [
    "Ending",
    "NewDeadline",
    "Published",
    "Swept",
    "beat",
    "cancel",
    "end",
    "ended",
    "extend",
    "pause",
    "publish_edition",
    "resume",
    "resume_sweeper",
    "set_stage_limit",
    "settle_editions",
    "start",
    "start_many",
    "started",
    "stop",
    "sweep",
]
