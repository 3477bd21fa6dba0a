"""A log of its own for a test: folder, keys, name."""

from pathlib import Path

import pytest
from pytest_django import Settings
from tests.ledger.trees import ORIGIN

from huying.ledger.files import LogFiles


@pytest.fixture
def log(settings: Settings, tmp_path: Path) -> LogFiles:
    settings.LOG_FOLDER, settings.LOG_KEYS, settings.LOG_ORIGIN = tmp_path / "log", tmp_path / "keys", ORIGIN
    return LogFiles(tmp_path / "log")
