"""Pure rules of places. The words other packages use are here; the rules are in the modules."""

from huying.places.policy.locations import AreaRef, Candidate, Location

__all__ = ["AreaRef", "Candidate", "Location"]
