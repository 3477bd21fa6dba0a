"""Units, posts and people; who answers for which place; who may sign in and what they may see."""

from huying.org.models.access import ApiToken, RoleGrant, User
from huying.org.models.duty import Absence, BuildingVolunteer, Deputy, HandOver, Responsibility, Shift
from huying.org.models.units import Appointment, BranchBuilding, Post, Staff, Training, Unit

__all__ = [
    "Absence",
    "ApiToken",
    "Appointment",
    "BranchBuilding",
    "BuildingVolunteer",
    "Deputy",
    "HandOver",
    "Post",
    "Responsibility",
    "RoleGrant",
    "Shift",
    "Staff",
    "Training",
    "Unit",
    "User",
]
