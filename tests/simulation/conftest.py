"""A small street, and one call that plays a scenario in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from huying.simulation import blueprint, run, street
from huying.simulation.blueprint import Ground, Size
from huying.simulation.outcome import Result, measure
from huying.simulation.people import Scenario
from huying.simulation.preparing import minutes

SMALL = Size(communities=2, grids=8, buildings=64)
START = datetime(2026, 4, 6, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Monday
ROSTERED = START + timedelta(days=2)

Play = Callable[..., Result]


def build() -> None:
    """Have the small street and two days of its roster."""
    for _ in street.build(SMALL, opened_on=blueprint.OPENED_ON, now=START):
        pass
    for _ in street.roster(START.date(), START.date() + timedelta(days=1), now=START):
        pass


@pytest.fixture(scope="session")
def ground() -> Ground:
    return blueprint.ground(SMALL, street.SEED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def play(db: None, ground: Ground, folder: Path) -> Play:
    """Play one scenario from `start` on in the small street and measure it."""
    build()

    def played(start: datetime = START, *, days: int = 1, a_day: float = 40, seed: int = 1) -> Result:
        end = start + timedelta(days=days)
        scenario = Scenario(days, a_day, seed, limits=minutes(), workers=2)
        done = run.run(
            scenario,
            ground,
            start=start,
            end=end,
            name=f"{start:%Y%m%d}",
            folder=folder,
            progress=lambda _: None,
        )
        return measure(scenario, done, 1.0, start=start, end=end)

    return played
