"""Reading another system's cases. Pure: a profile says how, a row comes out or the reason why not."""

from huying.intake.policy.profiles import Profile, parse_profile
from huying.intake.policy.rows import Broken, Row, Step, read_row

__all__ = ["Broken", "Profile", "Row", "Step", "parse_profile", "read_row"]
