"""What the cockpit shows: each figure is counted by SQL over the cases of the scope."""

from huying.cockpit.queries.figures import Figures, figures
from huying.cockpit.queries.ground import Area, Spot, areas, spots
from huying.cockpit.queries.playback import Day, day
from huying.cockpit.queries.work import (
    Ageing,
    Breaking,
    Category,
    Trend,
    Unit,
    ageing,
    breaking,
    categories,
    trend,
    units,
)

__all__ = [
    "Ageing",
    "Area",
    "Breaking",
    "Category",
    "Day",
    "Figures",
    "Spot",
    "Trend",
    "Unit",
    "ageing",
    "areas",
    "breaking",
    "categories",
    "day",
    "figures",
    "spots",
    "trend",
    "units",
]
