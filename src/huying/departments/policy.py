"""Where a call belongs in the list of its unit, and what a day plan may hold. docs/rules/departments.md."""

from collections.abc import Collection
from datetime import date, timedelta

from huying.cases.states import AssignmentState
from huying.departments.states import Section, Verb
from huying.org.policy import Actor
from huying.org.states import Role
from huying.shared.errors import Incomplete, NotPermitted
from huying.shared.ids import UnitId

PLANNERS = frozenset({Role.UNIT_WORKER})
DAYS_AHEAD = 14
MOST_PEOPLE = 12  # that go together


def section_of(state: AssignmentState, *, urgent: bool) -> Section:
    """Return the section of a call. Only an urgent case must be driven to before it is answered."""
    if state is AssignmentState.CALLED:
        return Section.TO_SIGN
    if state is AssignmentState.ACKNOWLEDGED and urgent:
        return Section.UNDERWAY
    return Section.ANSWERED if state is AssignmentState.ANSWERED else Section.AT_WORK


def check_planner(actor: Actor, unit_id: UnitId, verb: Verb) -> None:
    """Raise NotPermitted unless the actor works for the unit whose day it is."""
    if not actor.may_act_for(PLANNERS, unit_id):
        raise NotPermitted(verb=verb.label)


def check_visit(day: date, today: date, goes: Collection[int], colleagues: Collection[int]) -> None:
    """Raise Incomplete for a day that is over or far, or for somebody who is not of the unit."""
    if not today <= day <= today + timedelta(days=DAYS_AHEAD):
        raise Incomplete(reason="计划的日期须在今天起两周之内")
    if len(goes) > MOST_PEOPLE or not set(goes) <= set(colleagues):
        raise Incomplete(reason="只能安排本单位的人员")
