"""Reads of the organisation."""

from huying.org.queries.actors import (
    actor_for_token,
    actor_for_user,
    forget_actors,
    names,
    remembered,
    staff_actors,
)
from huying.org.queries.chain import chain, duty_rooms, grid_worker, on_duty, owner, owners
from huying.org.queries.reports import (
    Coverage,
    Resource,
    Rostered,
    Workload,
    buildings_of,
    coverage,
    duty_today,
    gaps,
    pattern_report,
    resources,
    workload,
)
from huying.org.queries.units import area_of_staff, require_open, unit, unit_by_code, unit_names, units
from huying.org.queries.watches import Watch, watches

__all__ = [
    "Coverage",
    "Resource",
    "Rostered",
    "Watch",
    "Workload",
    "actor_for_token",
    "actor_for_user",
    "area_of_staff",
    "buildings_of",
    "chain",
    "coverage",
    "duty_rooms",
    "duty_today",
    "forget_actors",
    "gaps",
    "grid_worker",
    "names",
    "on_duty",
    "owner",
    "owners",
    "pattern_report",
    "remembered",
    "require_open",
    "resources",
    "staff_actors",
    "unit",
    "unit_by_code",
    "unit_names",
    "units",
    "watches",
    "workload",
]
