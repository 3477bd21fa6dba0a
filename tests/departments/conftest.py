"""The small street of `cases`, photos in a folder of their own."""

import pytest
from pytest_django import Settings
from tests.cases.conftest import cast

__all__ = ["cast"]  # a fixture


@pytest.fixture(autouse=True)
def _own_photos(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.EVIDENCE_FOLDER = tmp_path_factory.mktemp("evidence")
