"""Reading walks and buildings: fetching authorises."""

from huying.patrol.queries.buildings import building_for, buildings_of, facts_of
from huying.patrol.queries.tasks import Tasks, points, tasks
from huying.patrol.queries.walks import current, line, walk_for, walks_in, walks_of

__all__ = [
    "Tasks",
    "building_for",
    "buildings_of",
    "current",
    "facts_of",
    "line",
    "points",
    "tasks",
    "walk_for",
    "walks_in",
    "walks_of",
]
