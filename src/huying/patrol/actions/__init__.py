"""Everything that changes walks and the facts of buildings."""

from huying.patrol.actions.facts import end_fact, open_personal, state_fact
from huying.patrol.actions.walks import (
    come_back,
    forget_tracks,
    look_at_track,
    set_out,
    switch_track,
    take_points,
)

__all__ = [
    "come_back",
    "end_fact",
    "forget_tracks",
    "look_at_track",
    "open_personal",
    "set_out",
    "state_fact",
    "switch_track",
    "take_points",
]
