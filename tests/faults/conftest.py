"""One installation for all fault tests, a fresh database for each, the totals at the end."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .street import Street, founded
from .tally import Tally

TALLY = pytest.StashKey[Tally]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--json", type=Path, help="file that receives the totals of the fault tests")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say the totals as the very last line."""
    tally = config.stash[TALLY]
    if tally.verdicts or tally.controls:
        faults = sorted({*tally.verdicts, *tally.controls}, key=_number)
        sys.stdout.write(f"{', '.join(faults)}: {tally.line()}\n")
    if file := config.getoption("--json", None):
        tally.save(file)


def _number(fault: str) -> int:
    return int(fault.removeprefix("F"))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    return request.config.stash[TALLY]


@pytest.fixture(scope="session")
def installation() -> Iterator[Street]:
    with founded() as street:
        yield street


@pytest.fixture
def street(installation: Street) -> Iterator[Street]:
    """The street as it was founded, nothing running but its database."""
    installation.reset()
    yield installation
    installation.reset()
